"""WaveSpeedAI: other makers' models as predictions."""
