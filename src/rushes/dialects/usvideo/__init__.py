"""The usvideo dialect: https://usvideoapi.com/v1, its document's shapes, statuses, prices and limits."""

from rushes.dialects.usvideo.api import usvideo

__all__ = ["usvideo"]
