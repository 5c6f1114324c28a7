curl -X POST https://xpilot.jytech.us/api/v1/text/generate \
  -H "Authorization: Bearer xp_..." \
  -H "Content-Type: application/json" \
  -d '{
    "model": "openai/gpt-4o",
    "prompt": "Write a tweet about AI video generation",
    "max_tokens": 280
  }'
