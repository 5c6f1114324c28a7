"""The answers, as far as they are read (usvideoapi.com/docs: Create Video, Get Video Status)."""

from __future__ import annotations

from msgspec import Struct

from rushes.engines.cloud.peers import Told


class Accepted(Struct):
    """A job that was made."""

    id: str


class Video(Told, kw_only=True):
    """A job as it stands. The service's own packages read `result_url` where the document has `video_url`."""

    status: str
    video_url: str | None = None
    result_url: str | None = None
    cost_cents: float | None = None
    progress: float | None = None
    error: str | None = None
