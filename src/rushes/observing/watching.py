"""Telemetry that is kept: counted always, traced where the operator names a collector."""

from __future__ import annotations

import asyncio
import time
from contextlib import AbstractContextManager
from functools import cache
from types import TracebackType

from rushes.engines.contract import AmbiguousStart, EngineError
from rushes.ids import now_ms
from rushes.observing.metrics import Metrics
from rushes.observing.tracing import Tracer
from rushes.telemetry import Attributes, Ended, Kind, Telemetry, Work


class Watching(Telemetry):
    """Counts, and traces where there is a tracer."""

    def __init__(self, metrics: Metrics, tracer: Tracer | None = None) -> None:
        self.metrics = metrics
        self.tracer = tracer
        # Finding the child of some labels takes longer than counting.
        self._calls = cache(metrics.calls.labels)
        self._waited = cache(metrics.waited.labels)
        self._ended = cache(metrics.ended.labels)
        self._ran = cache(metrics.ran.labels)

    def span(
        self, name: str, kind: Kind = "inside", *, parent: str = "", attributes: Attributes | None = None
    ) -> AbstractContextManager[None]:
        if self.tracer is None:
            return super().span(name)
        return self.tracer.span(name, kind, parent, attributes)

    def traceparent(self) -> str:
        return self.tracer.traceparent() if self.tracer is not None else ""

    def work(self, name: str, parent: str, attributes: Attributes) -> Work:
        if self.tracer is None:
            return super().work(name, parent, attributes)
        return self.tracer.work(name, parent, attributes)

    def call(self, engine: str, kind: str) -> AbstractContextManager[None]:
        return _Call(self, engine, kind)

    def called(self, engine: str, kind: str, seconds: float, error: BaseException | None) -> None:
        """A call to an engine is over."""
        self._calls(engine, kind).observe(seconds)
        if isinstance(error, Exception):
            self.metrics.faults.labels(engine, kind, _fault(error)).inc()

    def taken(self, queue: str, seconds: float) -> None:
        self._waited(queue).observe(max(0.0, seconds))

    def ended(self, job: Ended, outcome: str, code: str = "") -> None:
        self._ended(job.model, job.engine, job.upstream, job.tag, outcome, code).inc()
        if job.started_at is not None:
            self._ran(job.engine, outcome).observe(max(0, now_ms() - job.started_at) / 1000)
        if self.tracer is not None:
            self.tracer.note({"rushes.outcome": outcome, "rushes.code": code}, failed=outcome == "failed")

    def attempted(self, policy: str, outcome: str, seconds: float) -> None:
        self.metrics.attempts.labels(policy, outcome).inc()
        self.metrics.attempt_seconds.labels(policy).observe(seconds)
        if self.tracer is not None:
            self.tracer.note({"rushes.outcome": outcome}, failed=outcome != "delivered")

    def wrote(self, seconds: float) -> None:
        self.metrics.writes.observe(seconds)

    async def close(self) -> None:
        """Send the traces that are left."""
        if self.tracer is not None:
            await asyncio.to_thread(self.tracer.close)


class _Call:
    """A call to an engine while it goes on. A generator would take longer than the rest of this."""

    __slots__ = ("_engine", "_kind", "_span", "_started", "_watching")

    def __init__(self, watching: Watching, engine: str, kind: str) -> None:
        self._watching, self._engine, self._kind = watching, engine, kind
        self._span = watching.span(f"engine.{kind}", "client", attributes={"rushes.engine": engine})

    def __enter__(self) -> None:
        self._started = time.perf_counter()
        self._span.__enter__()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool | None:
        try:
            return self._span.__exit__(kind, error, trace)
        finally:
            self._watching.called(self._engine, self._kind, time.perf_counter() - self._started, error)


def _fault(error: Exception) -> str:
    if isinstance(error, EngineError):
        return str(error.code)
    return "ambiguous" if isinstance(error, AmbiguousStart) else "broken"
