"""The answers, as far as they are read (xPilot's document: Generate Video, Poll Video Status, Generate Image)."""

from __future__ import annotations

from rushes.engines.cloud.peers import Told


class Task(Told, kw_only=True):
    """A task: new, or as it stands. `error` is a sentence."""

    task_id: str
    status: str
    poll_url: str | None = None
    outputs: tuple[str, ...] = ()
    cost_cents: float | None = None
    error: str | None = None
