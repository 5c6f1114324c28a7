"""The apixo dialect: https://api.apixo.ai, tasks with callbacks; seedance-1-5-pro and every other model."""

from rushes.dialects.apixo.api import apixo
from rushes.dialects.apixo.translate import callback

__all__ = ["apixo", "callback"]
