"""Judging prompts before anything is made or charged: by rules that are data, and by an upstream where one is named."""

from rushes.engines.moderation.moderator import Moderator, make_moderator

__all__ = ["Moderator", "make_moderator"]
