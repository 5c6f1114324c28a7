-- Times are milliseconds since 1970. Money is whole credits (1 credit = 1 cent).

-- accounts: who owns money, jobs and files (a person or an organisation)
CREATE TABLE accounts (
  id           TEXT PRIMARY KEY,
  name         TEXT NOT NULL,
  tier         TEXT NOT NULL,
  stored_bytes BIGINT NOT NULL DEFAULT 0,
  created_at   BIGINT NOT NULL
);

-- users: people who log in
CREATE TABLE users (
  id            TEXT PRIMARY KEY,
  account_id    TEXT NOT NULL REFERENCES accounts (id),
  email         TEXT NOT NULL UNIQUE,
  password_hash TEXT,
  created_at    BIGINT NOT NULL
);

CREATE TABLE api_keys (
  hash         TEXT PRIMARY KEY,
  account_id   TEXT NOT NULL REFERENCES accounts (id),
  number       INTEGER NOT NULL,
  name         TEXT NOT NULL,
  dialect      TEXT NOT NULL,
  masked       TEXT NOT NULL,
  created_at   BIGINT NOT NULL,
  last_used_at BIGINT,
  expires_at   BIGINT,
  revoked_at   BIGINT,
  UNIQUE (account_id, number)
);

-- ledger: a wallet is the running sum of its entries
CREATE TABLE wallets (
  account_id TEXT PRIMARY KEY REFERENCES accounts (id),
  available  BIGINT NOT NULL CHECK (available >= 0),
  held       BIGINT NOT NULL CHECK (held >= 0),
  spent      BIGINT NOT NULL,
  holds      BIGINT NOT NULL
);

CREATE TABLE postings (
  key        TEXT PRIMARY KEY,
  account_id TEXT NOT NULL,
  kind       TEXT NOT NULL,
  subject    TEXT NOT NULL,
  amount     BIGINT NOT NULL,
  note       TEXT NOT NULL,
  created_at BIGINT NOT NULL
);
CREATE INDEX postings_by_account ON postings (account_id, created_at);

CREATE TABLE entries (
  posting TEXT NOT NULL REFERENCES postings (key),
  book    TEXT NOT NULL,
  amount  BIGINT NOT NULL,
  PRIMARY KEY (posting, book)
);

-- jobs: the row owns identity, money and files
CREATE TABLE jobs (
  id            TEXT PRIMARY KEY,
  account_id    TEXT NOT NULL REFERENCES accounts (id),
  dialect       TEXT NOT NULL,
  model         TEXT NOT NULL,
  mode          TEXT NOT NULL,
  request       TEXT NOT NULL,
  state         TEXT NOT NULL,
  progress      DOUBLE PRECISION NOT NULL DEFAULT 0,
  quote         BIGINT NOT NULL,
  cost          BIGINT,
  engine        TEXT NOT NULL,
  draft         INTEGER NOT NULL,
  queue         TEXT NOT NULL,
  submission    TEXT NOT NULL DEFAULT 'none',
  operation     TEXT,
  attempts      INTEGER NOT NULL DEFAULT 0,
  lease_owner   TEXT,
  lease_until   BIGINT,
  outputs       TEXT NOT NULL DEFAULT '[]',
  warnings      TEXT NOT NULL DEFAULT '[]',
  error_code    TEXT,
  error_message TEXT,
  created_at    BIGINT NOT NULL,
  started_at    BIGINT,
  finished_at   BIGINT,
  expires_at    BIGINT
);
CREATE INDEX jobs_by_account ON jobs (account_id, id);
CREATE INDEX jobs_waiting ON jobs (queue, id) WHERE state = 'queued';
CREATE INDEX jobs_running ON jobs (lease_until) WHERE state = 'running';
CREATE INDEX jobs_active ON jobs (account_id) WHERE state IN ('queued', 'running');

-- library: files' records; the bytes lie in the store under their sha256
CREATE TABLE assets (
  id         TEXT PRIMARY KEY,
  account_id TEXT NOT NULL REFERENCES accounts (id),
  job_id     TEXT,
  role       TEXT NOT NULL,
  kind       TEXT NOT NULL,
  mime       TEXT NOT NULL,
  sha256     TEXT NOT NULL,
  size       BIGINT NOT NULL,
  width      INTEGER NOT NULL,
  height     INTEGER NOT NULL,
  duration   DOUBLE PRECISION NOT NULL,
  state      TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT
);
CREATE INDEX assets_by_job ON assets (job_id);
CREATE INDEX assets_by_hash ON assets (sha256);
CREATE INDEX assets_by_expiry ON assets (expires_at) WHERE expires_at IS NOT NULL;
CREATE INDEX assets_staged ON assets (created_at) WHERE state = 'staged';
