"""The native dialect: every parameter of the core, progress as events, and the files themselves."""

from rushes.dialects.rushes.api import native

__all__ = ["native"]
