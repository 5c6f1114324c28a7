"""Telemetry that is kept: counted always, traced where the operator names a collector."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import cache

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

    @contextmanager
    def call(self, engine: str, kind: str) -> Iterator[None]:
        started = time.perf_counter()
        try:
            with self.span(f"engine.{kind}", "client", attributes={"rushes.engine": engine}):
                yield
        except Exception as error:
            self.metrics.faults.labels(engine, kind, _fault(error)).inc()
            raise
        finally:
            self._calls(engine, kind).observe(time.perf_counter() - started)

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


def _fault(error: Exception) -> str:
    if isinstance(error, EngineError):
        return str(error.code)
    return "ambiguous" if isinstance(error, AmbiguousStart) else "broken"
