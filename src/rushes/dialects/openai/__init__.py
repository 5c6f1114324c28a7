"""The openai dialect: /openai/v1, for OpenAI's own clients, over the same jobs as all dialects."""

from rushes.dialects.openai.api import openai
from rushes.dialects.openai.callbacks import callback

__all__ = ["callback", "openai"]
