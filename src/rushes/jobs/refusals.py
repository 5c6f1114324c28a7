"""What becomes of a job that no engine has taken yet: another route, later, or the end."""

from __future__ import annotations

import random

from msgspec import Struct

from rushes.catalog import Catalog
from rushes.engines.contract import EngineError, FailureCode
from rushes.engines.health import Board
from rushes.jobs.model import Job
from rushes.jobs.routing import Choice, Router

MOST = 20
"""How often engines may refuse a job for now before it fails: with the pauses between, over an hour."""
PAUSE, LONGEST_PAUSE = 5.0, 300.0
"""Seconds that a refused job waits in the queue, the first time and at most."""


class Back(Struct, frozen=True, kw_only=True):
    """Back into the queue, for `way`, after `seconds`."""

    way: Choice
    seconds: float
    refusals: int


class Over(Struct, frozen=True, kw_only=True):
    """The job fails."""

    code: FailureCode
    message: str


_NOT_TAKEN = Over(code=FailureCode.UNAVAILABLE, message="no engine took this generation in time; nothing was charged")


_THEIRS = (FailureCode.UNAVAILABLE, FailureCode.QUOTA, FailureCode.MODEL_MISSING)


def theirs(error: EngineError) -> bool:
    """Whether a refusal is about the engine, not about the request: another one may take it."""
    return error.retryable or error.code in _THEIRS


def note(board: Board, job: Job, error: EngineError) -> None:
    """Put what a refusal says about a lane on the board."""
    if not theirs(error):
        board.worked(job.engine, job.upstream)
    elif error.retryable and (error.code is FailureCode.QUOTA or error.retry_after is not None):
        board.rest(job.engine, job.upstream, PAUSE if error.retry_after is None else error.retry_after)
    else:
        board.failed(job.engine, job.upstream, for_sure=not error.retryable)


def decide(router: Router, catalog: Catalog, job: Job, error: EngineError | None = None) -> Back | Over:
    """What to do with a job whose engine refused it with `error`, or was not even asked (None).

    A refusal counts, and so does finding the lane down; waiting for one that rests or is switched off does not.
    """
    model = catalog.models.get(job.model)
    other = router.elsewhere(model, job) if model is not None else None
    asked = error is not None
    refusals = job.refusals + (1 if asked or router.condition(job) == "down" else 0)
    hopeless = other is None and (not router.knows(job.engine) or (error is not None and not error.retryable))
    if refusals > MOST or hopeless:
        if error is not None:
            return Over(code=error.code, message=error.message)
        if router.knows(job.engine):
            return _NOT_TAKEN
        message = f"engine {job.engine} is not configured on this server any more"
        return Over(code=FailureCode.UNAVAILABLE, message=message)
    growing = min(PAUSE * 2 ** min(refusals, 10), LONGEST_PAUSE)
    if other is not None:
        # At first every route has its turn at once; after that, all of them have refused.
        ways = router.ways(model, job.plan()) if model is not None else 1
        return Back(way=other, seconds=_spread(growing) if refusals > ways else 0.0, refusals=refusals)
    same = Choice(job.engine, job.queue, bool(job.draft), job.upstream, job.tag)
    wait = router.board.wait(job.engine, job.upstream)
    return Back(way=same, seconds=_spread(max(growing if asked else PAUSE, wait)), refusals=refusals)


def _spread(seconds: float) -> float:
    return seconds * (1 + 0.2 * random.random())  # noqa: S311
