"""What the rooms say of their work while they do it. This one keeps nothing; rushes.observing counts and traces.

A *span* is a piece of work with a beginning and an end. `traceparent` is its name in W3C Trace Context (level 1,
section 3.2), by which another process goes on with the same trace; "" where nothing is traced.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Literal, Protocol

Kind = Literal["inside", "server", "client", "consumer"]
Attributes = Mapping[str, str | int | float]


class Ended(Protocol):
    """A job that is over (jobs.model.Job). Times in milliseconds since 1970."""

    @property
    def model(self) -> str: ...
    @property
    def engine(self) -> str: ...
    @property
    def upstream(self) -> str: ...
    @property
    def tag(self) -> str: ...
    @property
    def started_at(self) -> int | None: ...


class Work:
    """A piece of work that several tasks do, one after the other: a job, from its claim until it leaves our hands."""

    def part(self) -> AbstractContextManager[None]:
        """While it is entered, spans belong to this work."""
        return _NOTHING

    def end(self) -> None:
        """It is over here."""


class Telemetry:
    """Keeps nothing."""

    def span(
        self, name: str, kind: Kind = "inside", *, parent: str = "", attributes: Attributes | None = None
    ) -> AbstractContextManager[None]:
        """A piece of work of the task that enters it. `parent` is a traceparent; "": what is going on in this task."""
        return _NOTHING

    def traceparent(self) -> str:
        """Of what is going on in this task."""
        return ""

    def work(self, name: str, parent: str, attributes: Attributes) -> Work:
        """Begin a piece of work that outlives this task."""
        return _NO_WORK

    def call(self, engine: str, kind: str) -> AbstractContextManager[None]:
        """A call to an engine: start, status, find, fetch."""
        return _NOTHING

    def taken(self, queue: str, seconds: float) -> None:
        """A job left the queue for the first time, having waited there."""

    def ended(self, job: Ended, outcome: str, code: str = "") -> None:
        """A job is over: succeeded, failed for the reason `code`, or cancelled."""

    def attempted(self, policy: str, outcome: str, seconds: float) -> None:
        """A webhook's delivery was attempted: delivered, waiting for a further attempt, or failed for good."""

    def wrote(self, seconds: float) -> None:
        """A transaction is over, the time that it waited for its turn included."""


_NOTHING: AbstractContextManager[None] = nullcontext()
_NO_WORK = Work()
QUIET = Telemetry()
