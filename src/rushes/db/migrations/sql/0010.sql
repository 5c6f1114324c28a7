-- workers: whose jobs each process that runs jobs takes now: queues and engines, each separated by spaces
CREATE TABLE workers (
  id      TEXT PRIMARY KEY,
  queues  TEXT NOT NULL,
  engines TEXT NOT NULL
);

-- the queue of this machine's short work has another name
UPDATE jobs SET queue = 'edit' WHERE queue = 'quick';
