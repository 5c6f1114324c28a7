curl -X POST "https://api.apixo.ai/api/v1/generateTask/seedance-1-5-pro" \
  -H "Authorization: Bearer YOUR_API_KEY" \
  -H "Content-Type: application/json" \
  -d '{
    "request_type": "callback",
    "callback_url": "https://your-server.com/callback",
    "provider": "official",
    "input": {
      "mode": "image-to-video",
      "prompt": "animate this landscape with moving clouds and wind",
      "resolution": "480p",
      "duration": 4,
      "sound": false,
      "image_urls": [
        "https://example.com/head.jpg",
        "https://example.com/tail.jpg"
      ],
      "aspect_ratio": "1:1"
    }
  }'
