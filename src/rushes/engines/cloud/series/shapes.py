"""The answers, as far as they are read (docs.xingchaoyiqing.com: videos-create, videos-query)."""

from __future__ import annotations

from msgspec import field

from rushes.engines.cloud.peers import Told


class Task(Told, kw_only=True):
    """A task: new, or as it stands."""

    id: str
    status: str
    video_url: str | None = None
    seconds: float | None = field(name="actualDuration", default=None)
    error: str | None = None
