"""Clips given more frames a second."""
