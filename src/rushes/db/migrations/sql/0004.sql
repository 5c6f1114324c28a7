-- users: what they are called, how they show themselves, what they may do; avatar is an asset's id
ALTER TABLE users ADD COLUMN username TEXT;
ALTER TABLE users ADD COLUMN display_name TEXT NOT NULL DEFAULT '';
ALTER TABLE users ADD COLUMN bio TEXT NOT NULL DEFAULT '';
ALTER TABLE users ADD COLUMN avatar TEXT;
ALTER TABLE users ADD COLUMN profile_public INTEGER NOT NULL DEFAULT 0;
ALTER TABLE users ADD COLUMN theme TEXT NOT NULL DEFAULT 'dark';
ALTER TABLE users ADD COLUMN admin INTEGER NOT NULL DEFAULT 0;
CREATE UNIQUE INDEX users_by_name ON users (lower(username));
CREATE INDEX users_by_account ON users (account_id);

-- accounts: the month ('2026-11', UTC) whose credits were granted last, '' before the first, NULL without an allowance
ALTER TABLE accounts ADD COLUMN allowance TEXT;
CREATE INDEX accounts_by_allowance ON accounts (allowance) WHERE allowance IS NOT NULL;

-- sessions: browsers that are logged in, under the hash of their cookie
CREATE TABLE sessions (
  hash       TEXT PRIMARY KEY,
  user_id    TEXT NOT NULL REFERENCES users (id),
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL
);
CREATE INDEX sessions_by_user ON sessions (user_id);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

-- password_resets: tokens that were mailed and not used yet, under their hash
CREATE TABLE password_resets (
  hash       TEXT PRIMARY KEY,
  user_id    TEXT NOT NULL REFERENCES users (id),
  expires_at BIGINT NOT NULL
);
CREATE INDEX password_resets_by_user ON password_resets (user_id);
CREATE INDEX password_resets_by_expiry ON password_resets (expires_at);
