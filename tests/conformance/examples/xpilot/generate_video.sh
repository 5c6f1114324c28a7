curl -X POST https://xpilot.jytech.us/api/v1/video/generate \
  -H "Authorization: Bearer xp_..." \
  -H "Content-Type: application/json" \
  -d '{
    "model": "seedance-2.0/text-to-video",
    "prompt": "A cat walking on a beach at sunset",
    "duration": 8,
    "aspect_ratio": "16:9",
    "generate_audio": true,
    "lock_camera": false
  }'
