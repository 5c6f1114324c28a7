"""The studio dialect: video.progressiverobot.com's API, everything about accounts, credits and generation."""

from rushes.dialects.studio.api import studio

__all__ = ["studio"]
