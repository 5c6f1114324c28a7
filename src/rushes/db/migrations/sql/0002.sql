-- webhooks: addresses that an account registered; `events` is a JSON list of names, "*" or "name.*"
CREATE TABLE webhooks (
  id              TEXT PRIMARY KEY,
  account_id      TEXT NOT NULL REFERENCES accounts (id),
  url             TEXT NOT NULL,
  events          TEXT NOT NULL,
  description     TEXT NOT NULL,
  enabled         INTEGER NOT NULL,
  disabled_reason TEXT,
  created_at      BIGINT NOT NULL
);
CREATE INDEX webhooks_by_account ON webhooks (account_id, id);

-- versions of an account's signing secret that were shown; the secret itself is derived, not kept
CREATE TABLE webhook_secrets (
  account_id TEXT NOT NULL REFERENCES accounts (id),
  version    INTEGER NOT NULL,
  created_at BIGINT NOT NULL,
  retires_at BIGINT,
  PRIMARY KEY (account_id, version)
);

-- the outbox. due_at: when the next attempt may begin; while one is under way, when its lease runs out
CREATE TABLE webhook_deliveries (
  id          TEXT PRIMARY KEY,
  account_id  TEXT NOT NULL REFERENCES accounts (id),
  webhook_id  TEXT,
  subject     TEXT NOT NULL,
  event       TEXT NOT NULL,
  url         TEXT NOT NULL,
  host        TEXT NOT NULL,
  format      TEXT NOT NULL,
  policy      TEXT NOT NULL,
  snapshot    TEXT NOT NULL,
  body        TEXT,
  state       TEXT NOT NULL DEFAULT 'waiting',
  attempts    INTEGER NOT NULL DEFAULT 0,
  due_at      BIGINT,
  lease_owner TEXT,
  error       TEXT,
  created_at  BIGINT NOT NULL,
  finished_at BIGINT
);
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (host, due_at) WHERE state = 'waiting';
CREATE INDEX webhook_deliveries_leased ON webhook_deliveries (lease_owner) WHERE lease_owner IS NOT NULL;
CREATE INDEX webhook_deliveries_by_account ON webhook_deliveries (account_id, id);
CREATE INDEX webhook_deliveries_by_webhook ON webhook_deliveries (webhook_id) WHERE state = 'waiting';
CREATE INDEX webhook_deliveries_over ON webhook_deliveries (finished_at) WHERE finished_at IS NOT NULL;

CREATE TABLE webhook_attempts (
  delivery_id  TEXT NOT NULL REFERENCES webhook_deliveries (id) ON DELETE CASCADE,
  number       INTEGER NOT NULL,
  started_at   BIGINT NOT NULL,
  milliseconds BIGINT NOT NULL,
  status       INTEGER,
  error        TEXT,
  answer       TEXT NOT NULL,
  PRIMARY KEY (delivery_id, number)
);
