"""One job on its engine: prepare, start, watch, store, finish. No loop lives here; the worker calls in."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable
from pathlib import Path

import structlog
from msgspec import Struct

from rushes.catalog import extra_of
from rushes.db import Database
from rushes.engines.contract import (
    AmbiguousStart,
    Done,
    Engine,
    EngineError,
    Failed,
    FailureCode,
    Input,
    Lost,
    Operation,
    Output,
    Pending,
    Request,
    Role,
)
from rushes.ids import now_ms
from rushes.jobs import finish, store
from rushes.jobs.events import News
from rushes.jobs.model import Job, JobOutput, to_text
from rushes.jobs.states import AfterLoss, Submission, after_loss
from rushes.library import Library, assets
from rushes.media.probe import UnreadableMedia
from rushes.media.watermark import burn

log = structlog.get_logger("jobs")

MAX_ATTEMPTS = 25
"""Starts of one job, counting those that ended because the server was killed."""
DAY_MS = 86_400_000
_BURNING = 2
"""Watermarks that are burnt in at a time: encoding takes whole cores."""


class Running(Struct):
    """A job in this process. Times in milliseconds since 1970."""

    job: Job
    engine: Engine
    folder: Path
    deadline: int
    operation: Operation | None = None
    progress: float = 0.0
    losses: int = 0


class Runner:
    """Takes jobs through their engine, one call at a time."""

    def __init__(
        self,
        database: Database,
        library: Library,
        news: News,
        owner: str,
        scratch: Path,
        *,
        retention_days: int,
        told: Callable[[], None],
    ) -> None:
        self._database = database
        self._library = library
        self._news = news
        self._owner = owner
        self._scratch = scratch
        self._retention_days = retention_days
        self._told = told
        self._burning = asyncio.Semaphore(_BURNING)

    def open(self, job: Job, engine: Engine, run_limit_ms: int) -> Running:
        """Take a claimed job in hand."""
        return Running(
            job=job,
            engine=engine,
            folder=self._scratch / job.id,
            deadline=(job.started_at or now_ms()) + run_limit_ms,
            progress=job.progress,
        )

    async def begin(self, running: Running) -> bool:
        """Start the engine, or pick up the operation an earlier process saved. False when the job ended here."""
        job = running.job
        choice = after_loss(Submission(job.submission), paid=running.engine.paid)
        if choice is AfterLoss.GIVE_UP:
            return await self._fail(running, FailureCode.LOST, "the provider's answer was lost; credits are returned")
        if job.attempts > MAX_ATTEMPTS:
            return await self._fail(running, FailureCode.LOST, "given up after too many interrupted attempts")
        if choice is AfterLoss.RESUME and job.operation is not None:
            running.operation = _operation(job.operation)
            return True
        return await self._start(running)

    async def _start(self, running: Running) -> bool:
        job, engine = running.job, running.engine
        try:
            request = await self._request(running)
            if engine.paid and not await self._save(running, Submission.SENDING):
                return False
            running.operation = await engine.start(request)
        except EngineError as error:
            return await self._fail(running, error.code, error.message)
        except AmbiguousStart:
            return await self._fail(running, FailureCode.LOST, "the provider's answer was lost; credits are returned")
        saved = await self._save(running, Submission.ACCEPTED)
        if not saved:
            await engine.cancel(running.operation)
        log.info("job started", job=job.id, engine=engine.name, attempt=job.attempts)
        self._news.tell(job.id)
        return saved

    async def look(self, running: Running) -> float | None:
        """Ask the engine once. Seconds until it is worth asking again, None when the job ended."""
        assert running.operation is not None
        status = await running.engine.status(running.operation)
        match status:
            case Pending():
                if now_ms() > running.deadline:
                    await running.engine.cancel(running.operation)
                    await self._fail(running, FailureCode.TIMEOUT, "took longer than the server's limit")
                    return None
                if status.progress is not None and status.progress > running.progress:
                    running.progress = status.progress
                    self._news.tell(running.job.id)
                return status.poll_after or 2.0
            case Done():
                await self._succeed(running, status)
            case Failed():
                await self._fail(running, status.code, status.message)
            case Lost():
                return await self._restart(running)
        return None

    async def _restart(self, running: Running) -> float | None:
        running.losses += 1
        if running.engine.paid or running.losses > 2:
            await self._fail(running, FailureCode.LOST, "the engine lost this generation")
            return None
        log.warning("engine lost a job, starting again", job=running.job.id, engine=running.engine.name)
        return 0.0 if await self._start(running) else None

    async def _succeed(self, running: Running, done: Done) -> None:
        job = running.job
        try:
            outputs = [await self._store(running, output) for output in done.outputs]
        except EngineError as error:
            await self._fail(running, error.code, error.message)
            return
        except UnreadableMedia:
            await self._fail(running, FailureCode.INTERNAL, "the engine's result cannot be read")
            return
        expires = now_ms() + self._retention_days * DAY_MS if self._retention_days else None
        warnings = [*job.warning_list(), *done.warnings]
        finished = await self._database.write(
            finish.succeed(job, self._owner, cost=job.quote, outputs=outputs, warnings=warnings, expires=expires)
        )
        if finished:
            log.info("job succeeded", job=job.id, seconds=round((now_ms() - (job.started_at or 0)) / 1000, 2))
        await self._leave(running)

    async def _store(self, running: Running, output: Output) -> JobOutput:
        path = running.folder / f"fetched-{Path(output.location).name[-40:]}"
        running.folder.mkdir(parents=True, exist_ok=True)
        await _to_file(running.engine, output, path)
        if running.job.plan().watermark and output.kind in ("image", "video"):
            marked = path.with_name(f"marked-{path.name}")
            async with self._burning:
                await burn(path, marked, output.mime)
            path = marked
        asset = await self._library.add(
            path,
            account=running.job.account_id,
            job=running.job.id,
            role="output",
            kind=output.kind,
            mime=output.mime,
        )
        return JobOutput(
            asset=asset.id,
            kind=output.kind,
            mime=output.mime,
            width=asset.width,
            height=asset.height,
            duration=asset.duration,
            size=asset.size,
        )

    async def abandon(self, running: Running) -> None:
        """The job is no longer ours (cancelled, taken over): stop the work."""
        if running.operation is not None:
            await running.engine.cancel(running.operation)
        await self._leave(running)

    async def let_go(self, running: Running) -> None:
        """This process stops: paid work goes on elsewhere with its operation, our own starts anew."""
        if running.engine.paid and running.operation is not None:
            await self._database.write(store.hand_over(running.job.id, self._owner))
            return
        await self._database.write(store.requeue(running.job.id, self._owner))
        await self.abandon(running)

    async def crash(self, running: Running, error: BaseException) -> None:
        """Something of ours broke: the job must still end."""
        log.error("job broke", job=running.job.id, exc_info=error)
        if running.operation is not None:
            await running.engine.cancel(running.operation)
        await self._fail(running, FailureCode.INTERNAL, "an internal error stopped this generation")

    async def _fail(self, running: Running, code: FailureCode, message: str) -> bool:
        ended = await self._database.write(finish.fail(running.job.id, code, message, self._owner))
        if ended is not None:
            log.warning("job failed", job=running.job.id, code=code, message=message)
        await self._leave(running)
        return False

    async def _leave(self, running: Running) -> None:
        if running.operation is not None:
            await running.engine.discard(running.operation)
        await asyncio.to_thread(shutil.rmtree, running.folder, ignore_errors=True)
        self._news.tell(running.job.id)
        self._told()
        await self._library.collect()

    async def _save(self, running: Running, submission: Submission) -> bool:
        operation = to_text(running.operation) if running.operation is not None else None
        return await self._database.write(store.save_submission(running.job.id, self._owner, submission, operation))

    async def _request(self, running: Running) -> Request:
        job, plan = running.job, running.job.plan()
        await self._database.write(assets.drop_staged(job.account_id, job.id))
        inputs = []
        for asset in await self._database.read(assets.of_job(job.account_id, job.id)):
            path = await self._library.copy_out(asset, running.folder)
            inputs.append(
                Input(
                    role=Role(asset.role),
                    path=str(path),
                    mime=asset.mime,
                    width=asset.width,
                    height=asset.height,
                    duration=asset.duration,
                )
            )
        return Request(
            job=job.id,
            model=job.model,
            mode=plan.mode,
            prompt=plan.prompt,
            negative_prompt=plan.negative_prompt,
            width=plan.width,
            height=plan.height,
            seconds=plan.seconds,
            seed=plan.seed,
            fps=plan.fps,
            count=plan.count,
            sound=plan.sound,
            fixed_lens=plan.fixed_lens,
            inputs=tuple(inputs),
            extra=extra_of(plan),
        )


async def _to_file(engine: Engine, output: Output, path: Path) -> None:
    with path.open("wb") as file:
        async for chunk in engine.fetch(output):
            await asyncio.to_thread(file.write, chunk)


def _operation(text: str) -> Operation:
    import msgspec

    return msgspec.json.decode(text, type=dict)
