"""What an engine made: fetched, stored in the library, and the job settled for it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

from rushes.catalog import Catalog
from rushes.db import Database, Together
from rushes.engines.contract import Done, EngineError, Output
from rushes.ids import now_ms
from rushes.jobs import finish
from rushes.jobs.model import JobOutput
from rushes.jobs.routing import route_of
from rushes.jobs.running import Running
from rushes.jobs.settling import reported, settled, upstream_cost
from rushes.library import Library
from rushes.media.watermark import burn
from rushes.telemetry import Telemetry

_FETCH_PAUSES = (1.0, 5.0)
DAY_MS = 86_400_000
_MEASURED = ("video", "audio", "image")
"""Kinds whose size and length are read of the file."""
_SMALL = 1 << 18
"""Bytes of another kind that need no file on their way to the library."""
_BURNING = 2
"""Watermarks that are burnt in at a time: encoding takes whole cores."""


class Results:
    """Takes what is done from its engine, and ends its job well."""

    def __init__(
        self,
        database: Database,
        library: Library,
        owner: str,
        catalog: Catalog,
        telemetry: Telemetry,
        *,
        retention_days: int,
    ) -> None:
        self._library = library
        self._catalog = catalog
        self._telemetry = telemetry
        self._retention_days = retention_days
        self._burning = asyncio.Semaphore(_BURNING)
        self._succeeding: Together[finish.Success, bool] = Together(
            lambda ended: database.write(finish.succeed_all(ended, owner))
        )

    async def keep(self, running: Running, done: Done) -> bool:
        """Store what was made, and end the job. False when it is not ours any more: what was stored is given up.

        Raises EngineError where it cannot be fetched, UnreadableMedia where it is not what it is said to be.
        """
        job, plan = running.job, running.plan
        outputs = [await self._store(running, output) for output in done.outputs]
        used = reported(done.usage)
        spoken = sum(output.duration for output in outputs if output.kind == "audio")
        fewer = []
        if len(outputs) < plan.count:
            fewer.append(f"count: {len(outputs)} of {plan.count} results could be made; only these are charged")
        finished = await self._succeeding.do(
            finish.Success(
                job=job,
                cost=settled(plan, self._catalog.models.get(job.model), used, spoken, len(outputs)),
                upstream_cost=upstream_cost(plan, route_of(self._catalog, job), used),
                outputs=outputs,
                warnings=[*job.warning_list(), *done.warnings, *fewer],
                expires=now_ms() + self._retention_days * DAY_MS if self._retention_days else None,
            )
        )
        if not finished:
            running.given_up = True
            await self._library.give_up(running.stored)
        return finished

    async def _store(self, running: Running, output: Output) -> JobOutput:
        job, measured = running.job, output.kind in _MEASURED
        with self._telemetry.call(running.engine.name, "fetch"):
            file = await _fetched(running, output, kept=-1 if measured else _SMALL)
        if running.plan.watermark and output.kind in ("image", "video"):
            assert isinstance(file, Path)
            marked = file.with_name(f"marked-{file.name}")
            async with self._burning:
                await burn(file, marked, output.mime)
            file = marked
        with self._telemetry.span("library.store", attributes={"rushes.kind": output.kind}):
            asset = await self._library.add(
                file,
                account=job.account_id,
                job=job.id,
                role="output",
                kind=output.kind,
                mime=output.mime,
            )
        running.stored.append(asset)
        return JobOutput(
            asset=asset.id,
            kind=output.kind,
            mime=output.mime,
            width=asset.width,
            height=asset.height,
            duration=asset.duration,
            size=asset.size,
        )


async def _fetched(running: Running, output: Output, *, kept: int) -> bytes | Path:
    """The bytes of an output, from their beginning again when they break off: themselves where they are at most `kept`,
    else in a file in the job's folder. Raises EngineError.
    """
    for pause in (*_FETCH_PAUSES, None):
        try:
            chunks = running.engine.fetch(output)
            beginning = await _beginning(chunks, kept)
            if len(beginning) <= kept:
                return beginning
            running.untidy = True
            path = running.folder / f"fetched-{Path(output.location).name[-40:]}"
            running.folder.mkdir(parents=True, exist_ok=True)
            with path.open("wb") as file:
                await asyncio.to_thread(file.write, beginning)
                async for chunk in chunks:
                    await asyncio.to_thread(file.write, chunk)
            return path
        except EngineError as error:
            if pause is None or not error.retryable:
                raise
        await asyncio.sleep(pause)
    raise AssertionError  # the last pause is None


async def _beginning(chunks: AsyncIterator[bytes], kept: int) -> bytes:
    """All bytes where they are at most `kept`, else the first chunks."""
    beginning = b""
    async for chunk in chunks:
        beginning += chunk
        if len(beginning) > kept:
            break
    return beginning
