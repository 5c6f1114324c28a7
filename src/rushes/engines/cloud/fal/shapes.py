"""fal's answers, as far as they are read (fal.ai/docs: api-reference/inference-api, queue.json)."""

from __future__ import annotations

from msgspec import Struct


class Accepted(Struct):
    """The answer to a request that was put in the queue."""

    request_id: str


class Progress(Struct):
    """Where a request is."""

    status: str
