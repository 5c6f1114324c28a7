"""Reading prompts: from English prose to the plain data of a scene."""

from rushes.engines.local.composer.reading.cast import Nearest
from rushes.engines.local.composer.reading.reader import read_prompt

__all__ = ["Nearest", "read_prompt"]
