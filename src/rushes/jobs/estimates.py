"""How long a job still takes, by how long the latest of its kind took; None where nothing is known."""

from __future__ import annotations

import math
from statistics import median

import msgspec
from msgspec import Struct

from rushes.db import Steps, rows
from rushes.jobs.model import Job
from rushes.jobs.states import State

_LATEST = 10
_TELLING = 0.1
"""From this share of the work on, its own speed says more than that of others."""


class _Work(Struct):
    width: int = 0
    height: int = 0
    seconds: float = 0.0
    fps: int = 0


_WORK = msgspec.json.Decoder(_Work)


def rate(job: Job) -> Steps[float | None]:
    """Seconds for a pixel: the median of the latest runs of the job's model on its engine."""
    found = yield from rows(
        "SELECT request, finished_at - started_at FROM jobs WHERE state = 'succeeded' AND model = :model"
        " AND engine = :engine AND started_at IS NOT NULL ORDER BY finished_at DESC LIMIT :limit",
        model=job.model,
        engine=job.engine,
        limit=_LATEST,
    )
    if not found:
        return None
    latest: float = median(int(milliseconds) / 1000 / _work(request) for request, milliseconds in found)
    return latest


def expected(job: Job, rate: float | None) -> float | None:
    """Seconds that a run of `job` takes at `rate`."""
    return None if rate is None else rate * _work(job.request)


def remaining(job: Job, expected: float | None, *, ahead: int, slots: int, now: int) -> int | None:
    """Whole seconds until `job` is over. `ahead` jobs wait before it for `slots` that work at a time."""
    if job.terminal:
        return 0
    if job.state == State.QUEUED:
        return None if expected is None else math.ceil(expected * (1 + ahead / slots))
    spent = max(0.0, (now - (job.started_at or now)) / 1000)
    if job.progress >= _TELLING or (expected is None and job.progress > 0):
        return math.ceil(spent * (1 - job.progress) / job.progress)
    return None if expected is None else max(1, math.ceil(expected - spent))


def _work(request: str) -> float:
    """The pixels that a plan asks for, over all its frames."""
    work = _WORK.decode(request)
    return max(1, work.width * work.height) * max(1.0, work.seconds * work.fps)
