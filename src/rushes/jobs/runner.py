"""One job on its engine: prepare, start, watch, store, finish. No loop lives here; the worker calls in."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec
import structlog

from rushes.catalog import Catalog
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
    Lost,
    Operation,
    Pending,
    Request,
)
from rushes.ids import now_ms
from rushes.jobs import finish, leasing, refusals, store
from rushes.jobs.events import News
from rushes.jobs.model import Job, to_text
from rushes.jobs.preparing import Preparing
from rushes.jobs.results import Results
from rushes.jobs.routing import Router
from rushes.jobs.running import Running
from rushes.jobs.states import AfterLoss, Submission, after_loss
from rushes.library import Asset, Library
from rushes.media.probe import UnreadableMedia
from rushes.telemetry import QUIET, Telemetry

log = structlog.get_logger("jobs")

BETWEEN, LONGEST_BETWEEN = 2.0, 30.0
"""Seconds between looks at a job that is done elsewhere: a tenth of the time that it has taken, in these bounds."""
_ROOM_MS = 5000
"""Until a job is begun again that a full disk ended: by then it is seen whether this machine has room."""
MAX_ATTEMPTS = 25
"""Starts of one job, counting those that ended because the server was killed."""


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
        self._told = told
        self._router = router
        self._board = router.board
        self._catalog = catalog
        self._preparing = Preparing(database, library, hook)
        self._telemetry = telemetry
        self._saving: Together[store.Saving, bool] = Together(
            lambda saved: database.write(store.save_submissions(saved, owner))
        )
        self._results = Results(database, library, owner, catalog, telemetry, retention_days=retention_days)

    def open(self, job: Job, engine: Engine, run_limit_ms: int, files: list[Asset] | None = None) -> Running:
        """Take a claimed job in hand, with its files where they are known."""
        if job.attempts == 1 and not job.refusals:
            self._telemetry.taken(job.queue, ((job.started_at or job.created_at) - job.created_at) / 1000)
        taken = max(0, now_ms() - (job.started_at or now_ms()))
        about = {"rushes.job": job.id, "rushes.model": job.model, "rushes.engine": job.engine}
        return Running(
            job=job,
            plan=job.plan(),
            engine=engine,
            folder=self._scratch / job.id,
            deadline=asyncio.get_running_loop().time() + (run_limit_ms - taken) / 1000,
            progress=job.progress,
            files=files,
            untidy=job.attempts > 1,
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
            return await self._reconcile(running, await self._preparing.request(running))
        if job.attempts > MAX_ATTEMPTS:
            return await self._fail(running, FailureCode.LOST, "given up after too many interrupted attempts")
        if choice is AfterLoss.RESUME and job.operation is not None:
            running.operation = _operation(job.operation)
            return True
        return await self._start(running)

    async def _start(self, running: Running) -> bool:
        job, engine = running.job, running.engine
        try:
            request = await self._preparing.request(running)
            # One that was taken from us may have come back meanwhile, under our name: another Running begins it then.
            if running.dropped or (
                engine.paid and (not await self._save(running, Submission.SENDING) or running.dropped)
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
        saved = await self._save(running, Submission.ACCEPTED) if kept else not running.dropped
        if not saved:
            if job.id not in await self.going_on([running]):
                await engine.cancel(running.operation)
                await engine.discard(running.operation)
            return False
        log.info("job started", job=job.id, engine=engine.name, attempt=job.attempts)
        self._news.tell(job.id)
        return True

    async def going_on(self, lost: Sequence[Running]) -> set[str]:
        """Which of these jobs, ours no longer, another process goes on with: what the provider makes is its by now."""
        operations = {each.job.id: to_text(each.operation) for each in lost if each.engine.remote and each.operation}
        return await self._database.read(leasing.going_on(operations))

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
                leasing.put_back(job.id, self._owner, choice.way, until, choice.refusals, sent=error is not None)
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
                if asyncio.get_running_loop().time() > running.deadline:
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
                if status.for_want_of_room:  # not the job's fault: another machine has room, or we later
                    await self._database.write(leasing.requeue(running.job.id, self._owner, now_ms() + _ROOM_MS))
                    log.warning("there was no room for what it makes, put back", job=running.job.id)
                    await self.abandon(running)
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
            finished = await self._results.keep(running, done)
        except EngineError as error:
            await self._fail(running, error.code, error.message)
            return
        except UnreadableMedia as error:
            if is_full(error):
                raise
            await self._fail(running, FailureCode.INTERNAL, "the engine's result cannot be read")
            return
        if finished:
            self._telemetry.ended(job, "succeeded")
            log.info("job succeeded", job=job.id, seconds=round((now_ms() - (job.started_at or 0)) / 1000, 2))
        await self._leave(running)

    async def clear(self, running: Running) -> None:
        """The job is no longer ours: nothing of it is left on this machine. Its work, if any, goes on elsewhere."""
        if running.untidy:
            await asyncio.to_thread(shutil.rmtree, running.folder, ignore_errors=True)

    async def abandon(self, running: Running) -> None:
        """The job is over, or begun anew by others: stop the work."""
        await _stop(running)
        running.given_up = True
        await self._leave(running)

    async def let_go(self, running: Running) -> None:
        """This process stops: what was sent goes on elsewhere with its operation, our own starts anew."""
        # The row may say more than we have come to: taken over from others, and not begun here yet.
        sent = running.operation is not None or Submission(running.job.submission) is not Submission.NONE
        if running.engine.remote and sent:
            await self._database.write(leasing.hand_over(running.job.id, self._owner))
            return
        await self._database.write(leasing.requeue(running.job.id, self._owner))
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
        await self.clear(running)
        self._told_of(running.job)
        if running.given_up:
            await self._library.collect()

    def _told_of(self, job: Job) -> None:
        self._news.tell(job.id)
        self._told()

    async def _save(self, running: Running, submission: Submission) -> bool:
        operation = to_text(running.operation) if running.operation is not None else None
        return await self._saving.do(store.Saving(running.job.id, submission, operation))


async def _stop(running: Running) -> None:
    """Stop what was started of it, if anything was."""
    if running.operation is not None:
        await running.engine.cancel(running.operation)


def _operation(text: str) -> Operation:
    return msgspec.json.decode(text, type=dict)
