#!/bin/bash
API_KEY="xp_your_key_here"
HOST="https://xpilot.jytech.us"
# 1. Submit video generation
RESULT=$(curl -s -X POST "$HOST/api/v1/video/generate" \
  -H "Authorization: Bearer $API_KEY" \
  -H "Content-Type: application/json" \
  -d '{
    "model": "seedance-2.0/text-to-video",
    "prompt": "A golden retriever running through a meadow",
    "duration": 8,
    "generate_audio": true
  }')
POLL_PATH=$(echo $RESULT | jq -r '.poll_url')
echo "Task submitted. Poll path: $POLL_PATH"
# 2. Poll until complete
while true; do
  STATUS=$(curl -s -H "Authorization: Bearer $API_KEY" "$HOST$POLL_PATH")
  STATE=$(echo $STATUS | jq -r '.status')
  echo "Status: $STATE"
  if [ "$STATE" = "completed" ]; then
    VIDEO_URL=$(echo $STATUS | jq -r '.outputs[0]')
    echo "Video ready: $VIDEO_URL"
    curl -o output.mp4 "$VIDEO_URL"
    break
  elif [ "$STATE" = "failed" ]; then
    echo "Error: $(echo $STATUS | jq -r '.error')"
    break
  fi
  sleep 5
done
