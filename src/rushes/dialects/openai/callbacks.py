"""Callbacks as OpenAI's webhooks write them: what happened, and to which id."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import msgspec
from msgspec import Struct

from rushes.dialects.kit.links import Links
from rushes.engines.contract import Mode
from rushes.jobs import Job
from rushes.webhooks.outbox import Callback

FORMAT = "openai"
_IMAGES = frozenset({Mode.TEXT_TO_IMAGE, Mode.IMAGE_TO_IMAGE})


class EventData(Struct, kw_only=True):
    """Whom an event is about."""

    id: str


class Event(Struct, kw_only=True):
    """The body of a callback. `type` is video.completed, video.failed, image.completed or image.failed."""

    id: str
    created_at: int
    type: str
    data: EventData
    object: Literal["event"] = "event"


def wanted(url: str | None) -> Callback | None:
    """The callback that a `callback_url` asks for."""
    return Callback(url=url, format=FORMAT) if url else None


def callback(links: Links) -> Callable[[bytes, str, str, int], bytes]:
    """Writes the bodies of callbacks. There are no links in them: the receiver asks for what it wants by id."""

    def write(snapshot: bytes, delivery: str, event: str, created: int) -> bytes:
        job = msgspec.json.decode(snapshot, type=Job)
        kind = "image" if job.mode in _IMAGES else "video"
        how = "completed" if job.succeeded else "failed"
        data = EventData(id=job.id)
        return msgspec.json.encode(Event(id=delivery, created_at=created // 1000, type=f"{kind}.{how}", data=data))

    return write
