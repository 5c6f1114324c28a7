"""The library: files and their records, served with ranges under signed links, kept for their time."""

from rushes.library.assets import Asset
from rushes.library.service import Library

__all__ = ["Asset", "Library"]
