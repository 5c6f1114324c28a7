curl -X GET "https://api.apixo.ai/api/v1/statusTask/seedance-1-5-pro?taskId=task_12345678" \
  -H "Authorization: Bearer YOUR_API_KEY"
