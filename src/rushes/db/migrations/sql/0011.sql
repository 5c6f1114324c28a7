-- jobs: what is written for every job, less of it. Whether a job is over does not change when it begins; limits are
-- counted among the jobs of `cloud` alone; a queue's leases are looked at by their time
DROP INDEX jobs_active;
DROP INDEX jobs_out;
DROP INDEX jobs_running;
CREATE INDEX jobs_active ON jobs (account_id) WHERE finished_at IS NULL;
CREATE INDEX jobs_out ON jobs (engine, upstream) WHERE state = 'running' AND queue = 'cloud';
CREATE INDEX jobs_running ON jobs (queue, lease_until) WHERE state = 'running';
