"""Runway's own models."""
