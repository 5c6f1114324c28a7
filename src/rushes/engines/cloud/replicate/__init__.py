"""Replicate: other makers' models as predictions."""
