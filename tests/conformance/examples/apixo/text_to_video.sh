curl -X POST "https://api.apixo.ai/api/v1/generateTask/seedance-1-5-pro" \
  -H "Authorization: Bearer YOUR_API_KEY" \
  -H "Content-Type: application/json" \
  -d '{
    "request_type": "async",
    "provider": "value",
    "input": {
      "mode": "text-to-video",
      "prompt": "a calm seaside sunrise with gentle camera dolly movement",
      "resolution": "720p",
      "duration": 8,
      "sound": true,
      "aspect_ratio": "16:9",
      "fixed_lens": false
    }
  }'
