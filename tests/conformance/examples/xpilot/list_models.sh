curl -H "Authorization: Bearer xp_your_api_key_here" \
  https://xpilot.jytech.us/api/v1/models
