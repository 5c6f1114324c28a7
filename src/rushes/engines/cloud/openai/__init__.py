"""OpenAI's API for media, and what others built like it."""
