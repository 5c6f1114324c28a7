"""Answers out: JSON by msgspec, times in ISO 8601, absolute links."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
from starlette.responses import Response

_encoder = msgspec.json.Encoder()


def json(value: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """A JSON answer."""
    return Response(_encoder.encode(value), status, headers, "application/json")


def iso(milliseconds: int) -> str:
    """2026-04-21T15:30:00Z of milliseconds since 1970."""
    return datetime.fromtimestamp(milliseconds // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
