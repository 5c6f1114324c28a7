"""The xpilot dialect: https://xpilot.jytech.us/api/v1, its document's shapes, prices per call and limits."""

from rushes.dialects.xpilot.api import xpilot

__all__ = ["xpilot"]
