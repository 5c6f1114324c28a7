"""fal.ai: other makers' models through one queue."""
