"""The native dialect: every parameter, progress as server-sent events, files, webhooks."""

from rushes.dialects.rushes.api import native
from rushes.dialects.rushes.translate import callback

__all__ = ["callback", "native"]
