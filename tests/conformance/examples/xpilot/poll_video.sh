# Use the poll_url from the generate response
curl -H "Authorization: Bearer xp_..." \
  "https://xpilot.jytech.us/api/v1/video/abc123?provider=seedance"
