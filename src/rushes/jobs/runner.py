"""One job on its engine: prepare, start, watch, store, finish. No loop lives here; the worker calls in."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import msgspec
import structlog
from msgspec import Struct

from rushes.catalog import Catalog, Plan, extra_of
from rushes.db import Database, Together
from rushes.disk import is_full
from rushes.engines.contract import (
    AmbiguousStart,
    Done,
    Engine,
    EngineError,
    Failed,
    FailureCode,
    Finds,
    Input,
    Lost,
    Operation,
    Output,
    Pending,
    Request,
    Role,
)
from rushes.ids import now_ms
from rushes.jobs import finish, refusals, store
from rushes.jobs.events import News
from rushes.jobs.model import Job, JobOutput, to_text
from rushes.jobs.routing import Router, route_of
from rushes.jobs.settling import reported, settled, upstream_cost
from rushes.jobs.states import AfterLoss, Submission, after_loss
from rushes.library import Asset, Library, assets
from rushes.media.probe import UnreadableMedia
from rushes.media.watermark import burn
from rushes.telemetry import QUIET, Telemetry, Work

log = structlog.get_logger("jobs")

BETWEEN, LONGEST_BETWEEN = 2.0, 30.0
"""Seconds between looks at a job that is done elsewhere: a tenth of the time that it has taken, in these bounds."""
_FETCH_PAUSES = (1.0, 5.0)
MAX_ATTEMPTS = 25
"""Starts of one job, counting those that ended because the server was killed."""
DAY_MS = 86_400_000
_MEASURED = ("video", "audio", "image")
"""Kinds whose size and length are read of the file."""
_SMALL = 1 << 18
"""Bytes of another kind that need no file on their way to the library."""
_BURNING = 2
"""Watermarks that are burnt in at a time: encoding takes whole cores."""


class Running(Struct):
    """A job in this process. Times in milliseconds since 1970."""

    job: Job
    plan: Plan
    engine: Engine
    folder: Path
    deadline: int
    operation: Operation | None = None
    progress: float = 0.0
    losses: int = 0
    looked_at: bool = False
    """A look at it goes on, or waits for its turn."""
    paced: bool = False
    """It has its place among the looks at its engine."""
    due: float = 0.0
    """When that is to be, by the event loop's clock."""
    stuck_since: int = 0
    """Since when the database or the file store cannot be had for its next step; 0: they can."""
    nudged: bool = False
    """The provider says that there is news."""
    given_up: bool = True
    """Files of it may be given up at its end: its inputs, and what it made in vain."""
    dropped: bool = False
    """It is not in our hands any more, or in those of another Running."""
    stored: list[Asset] = []
    """Files that were made of it here."""
    work: Work = Work()
    """Its place in a trace."""

    @property
    def lane(self) -> tuple[str, str]:
        """The engine, and its name for the model."""
        return self.job.engine, self.job.upstream


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
        router: Router,
        catalog: Catalog,
        hook: Callable[[str], str] = str,
        telemetry: Telemetry = QUIET,
    ) -> None:
        self._database = database
        self._library = library
        self._news = news
        self._owner = owner
        self._scratch = scratch
        self._retention_days = retention_days
        self._told = told
        self._router = router
        self._board = router.board
        self._catalog = catalog
        self._hook = hook
        self._telemetry = telemetry
        self._burning = asyncio.Semaphore(_BURNING)
        self._files: Together[tuple[str, str], list[Asset]] = Together(lambda jobs: database.read(assets.of_jobs(jobs)))
        self._saving: Together[store.Saving, bool] = Together(
            lambda saved: database.write(store.save_submissions(saved, owner))
        )
        self._succeeding: Together[finish.Success, bool] = Together(
            lambda ended: database.write(finish.succeed_all(ended, owner))
        )

    def open(self, job: Job, engine: Engine, run_limit_ms: int) -> Running:
        """Take a claimed job in hand."""
        if job.attempts == 1 and not job.refusals:
            self._telemetry.taken(job.queue, ((job.started_at or job.created_at) - job.created_at) / 1000)
        about = {"rushes.job": job.id, "rushes.model": job.model, "rushes.engine": job.engine}
        return Running(
            job=job,
            plan=job.plan(),
            engine=engine,
            folder=self._scratch / job.id,
            deadline=(job.started_at or now_ms()) + run_limit_ms,
            progress=job.progress,
            work=self._telemetry.work("job.run", job.traceparent or "", about),
        )

    async def begin(self, running: Running) -> bool:
        """Start the engine, or pick up the operation an earlier process saved. False when the job ended here."""
        job = running.job
        if running.operation is not None:  # accepted, but that could not be saved
            return await self._accepted(running)
        submission = Submission(job.submission)
        if submission is Submission.NONE and not self._board.admit(*running.lane):
            return await self.elsewhere(job)
        choice = after_loss(submission, paid=running.engine.paid)
        if choice is AfterLoss.GIVE_UP:
            return await self._reconcile(running, await self._request(running))
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
            # One that was taken from us may have come back meanwhile, under our name: another Running begins it then.
            if engine.paid and (
                running.dropped or not await self._save(running, Submission.SENDING) or running.dropped
            ):
                return False
            with self._telemetry.call(engine.name, "start"):
                running.operation = await engine.start(request)
        except EngineError as error:
            refusals.note(self._board, job, error)
            if engine.remote and refusals.theirs(error):
                return await self.elsewhere(job, error)
            return await self._fail(running, error.code, error.message)
        except AmbiguousStart as error:
            log.warning("no clear answer to a start", job=job.id, engine=engine.name, error=str(error))
            self._board.failed(*running.lane)
            # In memory too: what follows may have to be tried again, and this is not to be sent again then.
            running.job = msgspec.structs.replace(job, submission=Submission.SENDING)
            return await self._reconcile(running, request)
        self._board.worked(*running.lane)
        return await self._accepted(running)

    async def _accepted(self, running: Running) -> bool:
        job, engine = running.job, running.engine
        assert running.operation is not None
        # What is done in this process ends with it: whoever takes the job over begins anew.
        kept = engine.remote or engine.paid
        saved = not kept or await self._save(running, Submission.ACCEPTED)
        if not saved:
            await engine.cancel(running.operation)
        log.info("job started", job=job.id, engine=engine.name, attempt=job.attempts)
        self._news.tell(job.id)
        return saved

    async def _reconcile(self, running: Running, request: Request) -> bool:
        """A paid start may or may not have been accepted: go on with it where the engine finds it, else refund it.

        It stays on record as sending, which lists it for the operator.
        """
        if isinstance(running.engine, Finds):
            with self._telemetry.call(running.engine.name, "find"):
                running.operation = await running.engine.find(request)
            if running.operation is not None:
                log.info("a start whose answer was lost was found", job=running.job.id, engine=running.engine.name)
                return await self._accepted(running)
        return await self._fail(running, FailureCode.LOST, "the provider's answer was lost; credits are returned")

    async def elsewhere(self, job: Job, error: EngineError | None = None) -> bool:
        """Put a job of which nothing was accepted back into the queue, or end it. False, as for all that ends here."""
        choice = refusals.decide(self._router, self._catalog, job, error)
        if isinstance(choice, refusals.Over):
            await self._end(job, choice.code, choice.message)
            self._told_of(job)
        else:
            until = now_ms() + round(choice.seconds * 1000)
            await self._database.write(
                store.put_back(job.id, self._owner, choice.way, until, choice.refusals, sent=error is not None)
            )
            to = choice.way
            log.info("job put back", job=job.id, engine=to.engine, upstream=to.upstream, seconds=choice.seconds)
        await asyncio.to_thread(shutil.rmtree, self._scratch / job.id, ignore_errors=True)
        return False

    async def look(self, running: Running) -> float | Done | None:
        """Ask the engine once. Seconds until it is worth asking again, None when the job ended.

        What is done is then to be collected.
        """
        assert running.operation is not None
        running.nudged = False
        with self._telemetry.call(running.engine.name, "status"):
            status = await running.engine.status(running.operation)
        match status:
            case Pending():
                if now_ms() > running.deadline:
                    await running.engine.cancel(running.operation)
                    await self._fail(running, FailureCode.TIMEOUT, "took longer than the server's limit")
                    return None
                if status.progress is not None and status.progress > running.progress:
                    running.progress = status.progress
                    self._news.hint(running.job.id)  # others learn it with the row (worker)
                return self._between(running, status)
            case Done():
                return status
            case Failed():
                if status.for_want_of_room:
                    await self.let_go(running)  # it was not the job's fault: another machine has room, or we later
                else:
                    await self._fail(running, status.code, status.message)
            case Lost():
                return await self._restart(running)
        return None

    def _between(self, running: Running, status: Pending) -> float:
        if not running.engine.remote:
            return status.poll_after or BETWEEN
        taken = (now_ms() - (running.job.started_at or now_ms())) / 1000
        return max(status.poll_after or BETWEEN, min(taken / 10, LONGEST_BETWEEN))

    async def _restart(self, running: Running) -> float | None:
        running.losses += 1
        if running.engine.paid or running.losses > 2:
            await self._fail(running, FailureCode.LOST, "the engine lost this generation")
            return None
        log.warning("engine lost a job, starting again", job=running.job.id, engine=running.engine.name)
        return 0.0 if await self._start(running) else None

    async def collect(self, running: Running, done: Done) -> None:
        """Store what was made, and end the job."""
        job = running.job
        if not done.outputs:
            await self._fail(running, FailureCode.INTERNAL, "the engine finished without a result")
            return
        try:
            outputs = [await self._store(running, output) for output in done.outputs]
        except EngineError as error:
            await self._fail(running, error.code, error.message)
            return
        except UnreadableMedia as error:
            if is_full(error):
                raise
            await self._fail(running, FailureCode.INTERNAL, "the engine's result cannot be read")
            return
        expires = now_ms() + self._retention_days * DAY_MS if self._retention_days else None
        warnings = [*job.warning_list(), *done.warnings]
        used = reported(done.usage)
        plan = running.plan
        model = self._catalog.models.get(job.model)
        spoken = sum(output.duration for output in outputs if output.kind == "audio")
        finished = await self._succeeding.do(
            finish.Success(
                job=job,
                cost=settled(plan, model, used, spoken),
                upstream_cost=upstream_cost(plan, route_of(self._catalog, job), used),
                outputs=outputs,
                warnings=warnings,
                expires=expires,
            )
        )
        if not finished:
            running.given_up = True
            await self._library.give_up(running.stored)
        else:
            self._telemetry.ended(job, "succeeded")
            log.info("job succeeded", job=job.id, seconds=round((now_ms() - (job.started_at or 0)) / 1000, 2))
        await self._leave(running)

    async def _store(self, running: Running, output: Output) -> JobOutput:
        job, measured = running.job, output.kind in _MEASURED
        with self._telemetry.call(running.engine.name, "fetch"):
            file = await _fetched(running.engine, output, running.folder, kept=-1 if measured else _SMALL)
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

    async def abandon(self, running: Running) -> None:
        """The job is no longer ours (cancelled, taken over): stop the work."""
        await _stop(running)
        running.given_up = True
        await self._leave(running)

    async def let_go(self, running: Running) -> None:
        """This process stops: paid work goes on elsewhere with its operation, our own starts anew."""
        if running.engine.remote and running.operation is not None:
            await self._database.write(store.hand_over(running.job.id, self._owner))
            return
        await self._database.write(store.requeue(running.job.id, self._owner))
        await self.abandon(running)

    async def give_up(self, running: Running) -> None:
        """What the job needs of ours, its files say, cannot be had for too long: it must still end."""
        await _stop(running)
        await self._fail(running, FailureCode.UNAVAILABLE, "files could not be read or stored for too long")

    async def crash(self, running: Running, error: BaseException) -> None:
        """Something of ours broke: the job must still end."""
        log.error("job broke", job=running.job.id, exc_info=error)
        await _stop(running)
        await self._fail(running, FailureCode.INTERNAL, "an internal error stopped this generation")

    async def _fail(self, running: Running, code: FailureCode, message: str) -> bool:
        await self._end(running.job, code, message)
        running.given_up = True
        await self._leave(running)
        return False

    async def _end(self, job: Job, code: FailureCode, message: str) -> None:
        ended = await self._database.write(finish.fail(job.id, code, message, self._owner))
        if ended is not None:
            self._telemetry.ended(ended, "failed", code)
            log.warning("job failed", job=job.id, code=code, message=message)

    async def _leave(self, running: Running) -> None:
        if running.operation is not None:
            await running.engine.discard(running.operation)
        if running.folder.exists():
            await asyncio.to_thread(shutil.rmtree, running.folder, ignore_errors=True)
        self._told_of(running.job)
        if running.given_up:
            await self._library.collect()

    def _told_of(self, job: Job) -> None:
        self._news.tell(job.id)
        self._told()

    async def _save(self, running: Running, submission: Submission) -> bool:
        operation = to_text(running.operation) if running.operation is not None else None
        return await self._saving.do(store.Saving(running.job.id, submission, operation))

    async def _request(self, running: Running) -> Request:
        job, plan = running.job, running.plan
        files = await self._files.do((job.account_id, job.id))
        running.given_up = bool(files)
        if any(asset.state == "staged" for asset in files):  # by an earlier attempt
            await self._database.write(assets.drop_staged(job.account_id, job.id))
        inputs = []
        for asset in files:
            if asset.state != "ready":
                continue
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
            upstream=job.upstream,
            hook=self._hook(job.id) if running.engine.remote else "",
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


async def _stop(running: Running) -> None:
    """Stop what was started of it, if anything was."""
    if running.operation is not None:
        await running.engine.cancel(running.operation)


async def _fetched(engine: Engine, output: Output, folder: Path, *, kept: int) -> bytes | Path:
    """The bytes of an output, from their beginning again when they break off: themselves where they are at most `kept`,
    else in a file in `folder`. Raises EngineError.
    """
    for pause in (*_FETCH_PAUSES, None):
        try:
            chunks = engine.fetch(output)
            beginning = await _beginning(chunks, kept)
            if len(beginning) <= kept:
                return beginning
            path = folder / f"fetched-{Path(output.location).name[-40:]}"
            folder.mkdir(parents=True, exist_ok=True)
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


def _operation(text: str) -> Operation:
    return msgspec.json.decode(text, type=dict)
