"""xPilot's v1 API as an upstream."""
