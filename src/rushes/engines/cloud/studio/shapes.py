"""The answers, as far as they are read. The document prints none: the names are those of its words and tables."""

from __future__ import annotations

from rushes.engines.cloud.peers import Told


class Work(Told, kw_only=True):
    """What was queued: one job, or one for each picture. Speech may be answered with its file."""

    job_id: str = ""
    job_ids: tuple[str, ...] = ()
    filename: str | None = None
    credits_charged: float | None = None


class Uploaded(Told, kw_only=True):
    """A picture that was uploaded."""

    filename: str


class Status(Told, kw_only=True):
    """How a job goes; `progress` in percent."""

    status: str
    progress: float | None = None
    filename: str | None = None
    video_url: str | None = None
    image_url: str | None = None
    audio_url: str | None = None
    error: str | None = None
