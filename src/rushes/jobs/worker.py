"""What runs jobs: those of some queues are claimed, begun, looked at when it is time, and collected.

One set of loops for all jobs of a process. Starts, looks and downloads take turns by engine, so that a slow one delays
no other's jobs.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Callable, Coroutine, Mapping, Sequence
from functools import partial

import structlog

from rushes.db import Database, Steps, Unavailable
from rushes.engines.contract import Done, Engine, FailureCode
from rushes.ids import now_ms
from rushes.jobs import keeper
from rushes.jobs.abilities import Abilities, Serves, always
from rushes.jobs.agenda import Agenda, set_within
from rushes.jobs.claiming import Limit, claim
from rushes.jobs.events import News
from rushes.jobs.keeper import Keeper
from rushes.jobs.model import Job
from rushes.jobs.room import Room, needed
from rushes.jobs.runner import Runner
from rushes.jobs.running import Running
from rushes.jobs.states import Submission
from rushes.jobs.turns import Turns
from rushes.jobs.upkeep import Chore, Upkeep
from rushes.library import Asset, Library, assets
from rushes.node import Node
from rushes.telemetry import QUIET, Telemetry

log = structlog.get_logger("worker")

HEARTBEAT = 2.0
TIDY = 60.0
ABLE = 15.0
"""Seconds between two looks at what this process, and the others, can do."""
LOOK_AGAIN = 1.0
"""Seconds, and up to as many more, until a queue is looked at that nobody woke."""
_STARTS, _LOOKS, _DOWNLOADS = 32, 32, 32
"""At a time, of each engine."""
_NUDGED = 0.2
"""Seconds after news until a look: what is told again meanwhile is looked at together."""
_CLAIMS_AT_A_TIME = 100
_PATIENCE = 3.0
"""Seconds until a step is tried again that the database, or the file store, could not serve."""
_LET_GO_AT_A_TIME = 100


class Worker:
    """Runs jobs of the given queues, at most `slots[queue]` at a time."""

    def __init__(
        self,
        database: Database,
        engines: Mapping[str, Engine],
        library: Library,
        news: News,
        node: Node,
        runner: Runner,
        *,
        slots: Mapping[str, int],
        run_limit: int,
        queue_limit: int,
        limits: Sequence[Limit] = (),
        chores: Sequence[Chore] = (),
        telemetry: Telemetry = QUIET,
        serves: Serves = always,
    ) -> None:
        self._database = database
        self._abilities = Abilities(database, node, tuple(slots), tuple(engines), serves)
        self._engines = engines
        self._node = node
        self._runner = runner
        self._room = Room(node.scratch)
        self._slots = slots
        self._run_limit_ms = run_limit * 1000
        self._limits = limits
        self._upkeep = Upkeep(
            database, library, news, node, queue_limit=queue_limit, chores=chores, telemetry=telemetry
        )
        self.running: dict[str, Running] = {}
        self._starts = Turns(_STARTS, self._spawn)
        self._looks = Turns(_LOOKS, self._spawn)
        self._downloads = Turns(_DOWNLOADS, self._spawn)
        self._held: Counter[str] = Counter()
        """Jobs in hand, by engine."""
        self._used: Counter[str] = Counter()
        """The same by queue."""
        self._agenda = Agenda(self.running, self._held, self._due)
        self._keeper = Keeper(database, news, node.id, self.running, self._lose)
        self._wakes = {queue: asyncio.Event() for queue in slots}
        self._tasks: set[asyncio.Task[None]] = set()
        self._taking: list[asyncio.Task[None]] = []
        """Those of the loops that end first."""
        self._loops: list[asyncio.Task[None]] = []
        self._stopping = False

    async def start(self) -> None:
        """Free what dead processes held, then begin to run jobs."""
        await self._upkeep.begin()
        await self._look_around()
        self._taking = [asyncio.create_task(self._claim_loop(queue)) for queue in self._slots]
        self._taking.append(asyncio.create_task(self._every(ABLE, self._look_around)))
        self._loops = [
            *self._taking,
            asyncio.create_task(self._agenda.run()),
            asyncio.create_task(self._every(HEARTBEAT, self._keeper.keep)),
            asyncio.create_task(self._every(TIDY, self._upkeep.tidy)),
        ]

    @property
    def queues(self) -> tuple[str, ...]:
        """Whose jobs it runs."""
        return tuple(self._slots)

    def wake(self, queue: str) -> None:
        """There is something new in `queue`."""
        if queue in self._wakes:
            self._wakes[queue].set()

    def progress(self, job: str) -> float | None:
        """How far a job of this process is; None for others."""
        running = self.running.get(job)
        return running.progress if running is not None else None

    def stop_job(self, job: str) -> None:
        """The job was cancelled: stop its engine now."""
        running = self._drop(job)
        if running is not None:
            self._spawn(self._abandon(running))

    def _drop(self, job: str) -> Running | None:
        running = self.running.pop(job, None)
        if running is not None:
            running.dropped = True
            self._keeper.forget(job)
            self._held[running.job.engine] -= 1
            self._used[running.job.queue] -= 1
            running.work.end()
        return running

    def nudge(self, job: str) -> None:
        """The provider says that there is news of a job: look at it soon, once, however often it says so."""
        running = self.running.get(job)
        if running is None or running.operation is None or running.nudged:
            return  # it is looked at as soon as its start is answered
        running.nudged = True
        if not running.looked_at:
            self._agenda.put(running, _NUDGED, spread=False)

    async def close(self, grace: float) -> None:
        """Take no more jobs, wait up to `grace` seconds for the running ones, put the rest back."""
        self._stopping = True
        self._starts.close()
        for task in self._taking:
            task.cancel()
        try:
            await self._abilities.leave()
        except Exception as error:  # others forget it once they see that we are gone
            log.warning("could not say that this worker ends", error=repr(error))
        until = now_ms() + grace * 1000
        # What is done elsewhere goes on without us.
        while now_ms() < until and any(not running.engine.remote for running in self.running.values()):
            await asyncio.sleep(0.05)
        for task in self._loops:
            task.cancel()
        self._looks.close()
        self._downloads.close()
        await asyncio.gather(*self._loops, *self._tasks, return_exceptions=True)
        left = list(self.running.values())
        for first in range(0, len(left), _LET_GO_AT_A_TIME):
            part = left[first : first + _LET_GO_AT_A_TIME]
            for outcome in await asyncio.gather(
                *(self._runner.let_go(running) for running in part), return_exceptions=True
            ):
                if isinstance(outcome, Exception):  # others take it over once they see that we are gone
                    log.warning("a job could not be handed over", error=repr(outcome))
        for running in left:
            running.work.end()
        self.running.clear()

    # claiming

    async def _claim_loop(self, queue: str) -> None:
        wake = self._wakes[queue]
        while True:
            wake.clear()
            try:
                while (free := self._free(queue)) and await self._room.left():
                    if not (taken := await self._next(queue, free)):
                        break
                    for job, files in taken:
                        self._take(job, files)
            except Unavailable as error:
                log.warning("no jobs can be taken now", queue=queue, error=str(error))
            except Exception as error:
                log.error("claiming failed, trying again", queue=queue, exc_info=error)
            # Not only woken: another process may have put something in the queue.
            await set_within(wake, LOOK_AGAIN * (1 + random.random()))  # noqa: S311

    def _free(self, queue: str) -> int:
        return max(0, self._slots[queue] - self._used[queue])

    async def _next(self, queue: str, free: int) -> list[tuple[Job, list[Asset]]]:
        now = now_ms()
        limit = min(free, _CLAIMS_AT_A_TIME)
        limits = self._limits if queue == "cloud" else ()
        engines = self._abilities.takes(queue)

        def taken() -> Steps[list[tuple[Job, list[Asset]]]]:
            jobs = yield from claim(queue, self._node.id, now, now + keeper.LEASE_MS, limit, limits, engines)
            files = yield from assets.of_jobs([(job.account_id, job.id) for job in jobs])
            return list(zip(jobs, files, strict=True))

        return await self._database.write(taken())

    def _take(self, job: Job, files: list[Asset] | None = None) -> None:
        engine = self._engines.get(job.engine)
        if engine is None:
            self._spawn(self._no_engine(job))
            return
        known = self.running.get(job.id)
        if known is not None and (known.job.engine, known.job.upstream) == (job.engine, job.upstream):
            # Others took us for dead, or its lease had run out: it is in our hands all the same, and not begun twice.
            known.job = job
            return
        self._drop(job.id)
        running = self._runner.open(job, engine, self._run_limit_ms, files)
        self.running[job.id] = running
        self._held[job.engine] += 1
        self._used[job.queue] += 1
        if engine.remote:
            self._starts.add(job.engine, partial(self._begin, running))
        else:  # its queue's slots are turns enough
            self._spawn(self._begin(running))

    async def _no_engine(self, job: Job) -> None:
        if job.submission == Submission.NONE:
            await self._runner.elsewhere(job)
            return
        message = f"engine {job.engine} is not configured on this server any more"
        await self._upkeep.fail(job.id, FailureCode.UNAVAILABLE, message, self._node.id)

    # running

    async def _begin(self, running: Running) -> None:
        if self.running.get(running.job.id) is not running:  # cancelled before its turn came
            return
        try:
            with running.work.part(), needed():
                begun = await self._runner.begin(running)
            running.stuck_since = 0.0
        except Unavailable as error:
            await self._later(running, error)
            if self.running.get(running.job.id) is running:
                self._starts.add(running.job.engine, partial(self._begin, running))
            return
        except Exception as error:
            await self._crash(running, error)
            return
        if not begun:
            self._forget(running)
            if running.dropped and running.job.id not in self.running:
                await self._runner.clear(running)  # inputs may have been copied since it was dropped
        elif running.engine.remote:
            self._agenda.put(running, 0.0)
        else:
            running.looked_at = True
            await self._look(running)

    def _due(self, running: Running) -> None:
        self._looks.add(running.job.engine, partial(self._look, running))

    async def _look(self, running: Running) -> None:
        if self.running.get(running.job.id) is not running:
            return
        try:
            with running.work.part(), needed():
                found = await self._runner.look(running)
        except Unavailable as error:
            await self._look_later(running, error)
            return
        except Exception as error:
            await self._crash(running, error)
            return
        if found is None:
            self._forget(running)
        elif not isinstance(found, Done):
            running.looked_at = False
            running.stuck_since = 0.0
            wait = _NUDGED if running.nudged else self._agenda.shortest(running, found)
            self._agenda.put(running, wait)
        # It stays looked at: what is being stored is not asked for again.
        elif running.engine.remote:
            self._downloads.add(running.job.engine, partial(self._collect, running, found))
        else:
            await self._collect(running, found)

    async def _collect(self, running: Running, done: Done) -> None:
        if self.running.get(running.job.id) is not running:
            return
        try:
            with running.work.part(), needed():
                await self._runner.collect(running, done)
        except Unavailable as error:
            await self._look_later(running, error)
            return
        except Exception as error:
            await self._crash(running, error)
            return
        self._forget(running)

    async def _later(self, running: Running, error: Unavailable) -> None:
        """Nothing is wrong with a job that cannot be written down just now: what was done for it stays done. One that
        stays so for as long as a whole run may take is given up.
        """
        now = asyncio.get_running_loop().time()
        running.stuck_since = running.stuck_since or now
        if now - running.stuck_since > self._run_limit_ms / 1000:
            try:
                await self._runner.give_up(running)
            except Unavailable as still:  # the database itself: nothing can end
                error = still
            else:
                self._forget(running)
                return
        log.warning("trying again", job=running.job.id, error=str(error))
        await asyncio.sleep(_PATIENCE)

    async def _look_later(self, running: Running, error: Unavailable) -> None:
        await self._later(running, error)
        running.looked_at = False
        self._agenda.put(running, 0.0)

    def _forget(self, running: Running) -> None:
        if self.running.get(running.job.id) is running:
            self._drop(running.job.id)
        self.wake(running.job.queue)

    async def _crash(self, running: Running, error: Exception) -> None:
        self._forget(running)
        try:
            await self._runner.crash(running, error)
        except Exception as second:  # the database is gone: the lease runs out and another process goes on
            log.error("job could not be ended", job=running.job.id, exc_info=second)

    async def _abandon(self, running: Running) -> None:
        await self._runner.abandon(running)
        self.wake(running.job.queue)

    def _spawn(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    # upkeep

    async def _every(self, seconds: float, work: Callable[[], Coroutine[None, None, None]]) -> None:
        while True:
            await asyncio.sleep(seconds)
            try:
                await work()
            except Unavailable as error:
                log.warning("no upkeep now", work=work.__name__, error=str(error))
            except Exception as error:
                log.error("upkeep failed, trying again", work=work.__name__, exc_info=error)

    async def _lose(self, lost: Sequence[Running]) -> None:
        """These jobs are no longer ours: they are over, or another process took us for dead and has them."""
        going_on = await self._runner.going_on(lost)
        for running in lost:
            if running.dropped:
                continue
            if running.job.id not in going_on:
                self.stop_job(running.job.id)
                continue
            log.warning("another process goes on with a job of ours", job=running.job.id)
            self._forget(running)
            self._spawn(self._runner.clear(running))

    async def _look_around(self) -> None:
        await self._abilities.look(alone=self._upkeep.alone)
