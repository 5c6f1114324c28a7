-- jobs: the length of what was made, in seconds of picture, so that sums need not read the outputs
ALTER TABLE jobs ADD COLUMN made_seconds DOUBLE PRECISION NOT NULL DEFAULT 0;
UPDATE jobs SET made_seconds = coalesce((SELECT sum(a.duration) FROM assets a
  WHERE a.job_id = jobs.id AND a.role = 'output' AND a.kind = 'video'), 0) WHERE state = 'succeeded';

-- the histories of videos and of pictures, newest first; the queries say the same lists of modes
CREATE INDEX jobs_videos ON jobs (account_id, id) WHERE mode IN
  ('text-to-video', 'image-to-video', 'first-last-frame', 'reference-to-video', 'video-to-video', 'sound-to-video',
   'motion-transfer', 'text-to-3d', 'image-to-3d');
CREATE INDEX jobs_images ON jobs (account_id, id) WHERE mode IN ('text-to-image', 'image-to-image');

-- how long an engine lately took for a model
CREATE INDEX jobs_timed ON jobs (model, engine, finished_at) WHERE state = 'succeeded';

-- gallery: what the owner says about a job; it goes with the job. share_token opens its file, public_at shows it to all
CREATE TABLE marks (
  job_id      TEXT PRIMARY KEY REFERENCES jobs (id) ON DELETE CASCADE,
  favorite    INTEGER NOT NULL DEFAULT 0,
  share_token TEXT UNIQUE,
  public_at   BIGINT
);
CREATE INDEX marks_public ON marks (public_at, job_id) WHERE public_at IS NOT NULL;

-- prompts that a user keeps for later
CREATE TABLE templates (
  id              TEXT PRIMARY KEY,
  account_id      TEXT NOT NULL REFERENCES accounts (id),
  name            TEXT NOT NULL,
  prompt          TEXT NOT NULL,
  negative_prompt TEXT NOT NULL,
  model           TEXT NOT NULL,
  created_at      BIGINT NOT NULL
);
CREATE INDEX templates_by_account ON templates (account_id, id);
