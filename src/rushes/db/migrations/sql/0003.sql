-- jobs: where the client reached us (for links in callbacks), and whom to call at the end
ALTER TABLE jobs ADD COLUMN origin TEXT NOT NULL DEFAULT '';
ALTER TABLE jobs ADD COLUMN callbacks TEXT NOT NULL DEFAULT '[]';

-- claims: what a client's Idempotency-Key stands for, kept a day
CREATE TABLE claims (
  account_id  TEXT NOT NULL REFERENCES accounts (id),
  key         TEXT NOT NULL,
  fingerprint TEXT NOT NULL,
  job_id      TEXT NOT NULL,
  owner       TEXT NOT NULL,
  created_at  BIGINT NOT NULL,
  status      INTEGER,
  media       TEXT,
  answer      TEXT,
  PRIMARY KEY (account_id, key)
);
CREATE INDEX claims_by_age ON claims (created_at);
