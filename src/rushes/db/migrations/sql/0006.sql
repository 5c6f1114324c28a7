-- jobs: the route that a job takes. A job that an engine would not take for now waits until not_before;
-- taken_at is when it last left the queue. upstream_cost is what the provider asks, in millionths of a credit
ALTER TABLE jobs ADD COLUMN upstream TEXT NOT NULL DEFAULT '';
ALTER TABLE jobs ADD COLUMN tag TEXT NOT NULL DEFAULT '';
ALTER TABLE jobs ADD COLUMN refusals INTEGER NOT NULL DEFAULT 0;
ALTER TABLE jobs ADD COLUMN not_before BIGINT NOT NULL DEFAULT 0;
ALTER TABLE jobs ADD COLUMN taken_at BIGINT;
ALTER TABLE jobs ADD COLUMN upstream_cost BIGINT;
CREATE INDEX jobs_out ON jobs (engine, upstream) WHERE state = 'running';
CREATE INDEX jobs_taken ON jobs (engine, taken_at) WHERE queue = 'cloud' AND taken_at IS NOT NULL;

-- engines and routes that the operator has switched off: an engine's name, or engine:upstream
CREATE TABLE engine_switches (
  target      TEXT PRIMARY KEY,
  reason      TEXT NOT NULL,
  disabled_at BIGINT NOT NULL
);
