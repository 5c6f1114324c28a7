"""The providers there are, by kind. A provider's adapter is imported only when the operator names it."""

from __future__ import annotations

import importlib

from rushes.engines.cloud.provider import Provider

PROVIDERS: dict[str, str] = {
    "ark": "rushes.engines.cloud.ark.adapter:Ark",
    "fal": "rushes.engines.cloud.fal.adapter:Fal",
    "kling": "rushes.engines.cloud.kling.adapter:Kling",
    "minimax": "rushes.engines.cloud.minimax.adapter:MiniMax",
    "replicate": "rushes.engines.cloud.replicate.adapter:Replicate",
    "runway": "rushes.engines.cloud.runway.adapter:Runway",
    "veo": "rushes.engines.cloud.veo.adapter:Veo",
    "wavespeed": "rushes.engines.cloud.wavespeed.adapter:WaveSpeed",
}
"""Adapter classes by kind, as module:class."""


def adapter(kind: str) -> Provider:
    """A provider's adapter. Raises KeyError for a kind that there is none of."""
    module, _, name = PROVIDERS[kind].partition(":")
    made: Provider = getattr(importlib.import_module(module), name)()
    return made
