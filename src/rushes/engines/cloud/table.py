"""The providers there are, by kind. A provider's adapter is imported only when the operator names it."""

from __future__ import annotations

import importlib

from rushes.engines.cloud.provider import Provider

PROVIDERS: dict[str, str] = {}
"""Adapter classes by kind, as module:class."""


def adapter(kind: str) -> Provider:
    """A provider's adapter. Raises KeyError for a kind that there is none of."""
    module, _, name = PROVIDERS[kind].partition(":")
    made: Provider = getattr(importlib.import_module(module), name)()
    return made
