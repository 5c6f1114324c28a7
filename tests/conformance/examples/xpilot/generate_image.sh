curl -X POST https://xpilot.jytech.us/api/v1/image/generate \
  -H "Authorization: Bearer xp_..." \
  -H "Content-Type: application/json" \
  -d '{
    "model": "bytedance/seedream-4.5",
    "prompt": "A futuristic cityscape at dawn",
    "aspect_ratio": "16:9"
  }'
