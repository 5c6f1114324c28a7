-- nodes: the processes of several machines that share this database, each while it says that it lives
CREATE TABLE nodes (
  id       TEXT PRIMARY KEY,
  started  BIGINT NOT NULL,
  seen_at  BIGINT NOT NULL
);

-- what all processes must have alike, kept when the first one came: a check value, not the thing itself
CREATE TABLE agreed (
  name  TEXT PRIMARY KEY,
  value TEXT NOT NULL
);

-- request limits that hold for all processes together: how many of a window's hits are given away
CREATE /*+ UNLOGGED */ TABLE windows (
  key     TEXT PRIMARY KEY,
  ends_at BIGINT NOT NULL,
  hits    BIGINT NOT NULL
);
CREATE INDEX windows_by_end ON windows (ends_at);

-- wrong passwords in a row, of whom, and until when no further one is looked at
CREATE /*+ UNLOGGED */ TABLE wrong_passwords (
  who   TEXT PRIMARY KEY,
  count INTEGER NOT NULL,
  until BIGINT NOT NULL
);

-- assets: given up (deleted), and those whose bytes are being deleted (going, since expires_at)
CREATE INDEX assets_given_up ON assets (id) WHERE state IN ('deleted', 'going');
