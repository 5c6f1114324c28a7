"""Replicate's answers, as far as they are read (replicate.com/docs/reference/http)."""

from __future__ import annotations

from typing import Any

from msgspec import Struct


class Prediction(Struct):
    """A prediction as it stands."""

    id: str
    status: str = "starting"
    output: Any = None
    error: Any = None
    metrics: dict[str, Any] | None = None
    data_removed: bool = False


class Addresses(Struct):
    """Where a file can be had."""

    get: str


class Uploaded(Struct):
    """A file that was uploaded."""

    urls: Addresses
