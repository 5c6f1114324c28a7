"""The providers there are, by kind. A provider's adapter is imported only when the operator names it."""

from __future__ import annotations

import importlib

from rushes.engines.cloud.provider import Provider

PROVIDERS: dict[str, str] = {
    "apixo": "rushes.engines.cloud.apixo.adapter:Apixo",
    "ark": "rushes.engines.cloud.ark.adapter:Ark",
    "elevenlabs": "rushes.engines.cloud.elevenlabs.adapter:ElevenLabs",
    "fal": "rushes.engines.cloud.fal.adapter:Fal",
    "kling": "rushes.engines.cloud.kling.adapter:Kling",
    "minimax": "rushes.engines.cloud.minimax.adapter:MiniMax",
    "openai": "rushes.engines.cloud.openai.adapter:OpenAI",
    "replicate": "rushes.engines.cloud.replicate.adapter:Replicate",
    "runway": "rushes.engines.cloud.runway.adapter:Runway",
    "rushes": "rushes.engines.cloud.rushes.adapter:Rushes",
    "series": "rushes.engines.cloud.series.adapter:Series",
    "studio": "rushes.engines.cloud.studio.adapter:Studio",
    "usvideo": "rushes.engines.cloud.usvideo.adapter:UsVideo",
    "veo": "rushes.engines.cloud.veo.adapter:Veo",
    "videoserver": "rushes.engines.cloud.videoserver.adapter:VideoServer",
    "wavespeed": "rushes.engines.cloud.wavespeed.adapter:WaveSpeed",
    "xpilot": "rushes.engines.cloud.xpilot.adapter:XPilot",
}
"""Adapter classes by kind, as module:class."""


def adapter(kind: str) -> Provider:
    """A provider's adapter. Raises KeyError for a kind that there is none of."""
    module, _, name = PROVIDERS[kind].partition(":")
    made: Provider = getattr(importlib.import_module(module), name)()
    return made
