-- the histories list what was changed too, and sounds; the queries say the same lists of modes
DROP INDEX jobs_videos;
DROP INDEX jobs_images;
CREATE INDEX jobs_videos ON jobs (account_id, id) WHERE
  mode IN ('text-to-video', 'image-to-video', 'first-last-frame', 'reference-to-video', 'video-to-video', 'sound-to-video', 'motion-transfer', 'text-to-3d', 'image-to-3d', 'edit', 'upscale-video', 'interpolate-video');
CREATE INDEX jobs_images ON jobs (account_id, id) WHERE
  mode IN ('text-to-image', 'image-to-image', 'video-to-image', 'upscale-image', 'remove-background', 'face-swap');
CREATE INDEX jobs_sounds ON jobs (account_id, id) WHERE
  mode IN ('text-to-audio', 'text-to-speech', 'denoise-audio');
