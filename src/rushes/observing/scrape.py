"""The text that Prometheus is answered (prometheus.io/docs/instrumenting/exposition_formats, version 0.0.4)."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path

from prometheus_client import generate_latest

from rushes.db import Database
from rushes.engines.contract import Engine
from rushes.engines.health import Board
from rushes.jobs.worker import Worker
from rushes.observing.metrics import Metrics
from rushes.observing.readings import Reading, Readings


class Scrape:
    """Brings the gauges up to date and writes all metrics down."""

    def __init__(
        self,
        metrics: Metrics,
        database: Database,
        board: Board,
        engines: Mapping[str, Engine],
        worker: Worker | None,
        home: Path,
    ) -> None:
        self._metrics = metrics
        self._database = database
        self._readings = Readings(database)
        self._board = board
        self._engines = engines
        self._worker = worker
        self._home = home
        self._told_broken = 0

    async def text(self) -> bytes:
        """Every metric of this process as it is now, and of the cluster as it was some seconds ago."""
        reading = await self._readings.latest()
        if reading is not None:
            self._cluster(reading)
        self._here()
        return generate_latest(self._metrics.registry)

    async def close(self) -> None:
        """Read no more."""
        await self._readings.close()

    def _cluster(self, reading: Reading) -> None:
        metrics = self._metrics
        metrics.jobs.clear()
        for (queue, state), count in reading.jobs.items():
            metrics.jobs.labels(queue, state).set(count)
        metrics.oldest.clear()
        for queue, age in reading.oldest.items():
            metrics.oldest.labels(queue).set(age)
        metrics.holding.set(reading.holding)
        metrics.held.set(reading.held)
        metrics.deliveries.set(reading.deliveries)
        metrics.oldest_due.set(reading.overdue)
        metrics.stored.set(reading.stored)

    def _here(self) -> None:
        metrics = self._metrics
        metrics.readings_age.set(self._readings.age())
        metrics.readings_broken.inc(self._readings.broken - self._told_broken)
        self._told_broken = self._readings.broken
        load = self._database.load()
        metrics.writes_waiting.set(load.waiting)
        metrics.connections.labels("used").set(load.used)
        metrics.connections.labels("idle").set(load.idle)
        disk = shutil.disk_usage(self._home)
        metrics.disk_free.set(disk.free)
        metrics.disk_size.set(disk.total)
        metrics.worker.set(self._worker is not None)
        for queue, count in self._in_hand().items():
            metrics.running.labels(queue).set(count)
        self._routes(self._board.breakers())
        for name, engine in self._engines.items():
            if engine.remote:
                metrics.engine_ready.labels(name).set(self._board.health(name).ready)

    def _in_hand(self) -> dict[str, int]:
        if self._worker is None:
            return {}
        counts = dict.fromkeys(self._worker.queues, 0)
        for running in self._worker.running.values():
            counts[running.job.queue] = counts.get(running.job.queue, 0) + 1
        return counts

    def _routes(self, breakers: Iterable[tuple[str, str, bool]]) -> None:
        for engine, upstream, is_open in breakers:
            self._metrics.breaker.labels(engine, upstream).set(is_open)
