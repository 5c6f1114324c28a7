"""The loops that run jobs: claim, poll, keep the leases, tidy up. One set of loops for all jobs of a process.

No job has a task of its own that sleeps: waiting jobs lie in one heap by the time of their next look.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
import random
from collections.abc import Callable, Coroutine, Mapping, Sequence

import structlog

from rushes.db import Database, Steps
from rushes.engines.contract import Engine, FailureCode
from rushes.ids import now_ms
from rushes.jobs import claims, finish, store
from rushes.jobs.events import News
from rushes.jobs.model import Job
from rushes.jobs.runner import Runner, Running
from rushes.jobs.states import DIRECT
from rushes.library import Library
from rushes.node import Node

log = structlog.get_logger("worker")

Chore = Callable[[int], Steps[int]]
"""Other rooms' upkeep at a time (milliseconds since 1970), a piece at a time; done again until it answers 0."""
LEASE_MS = 30_000
ABANDONED_MS = 600_000
"""Files staged for longer than this by no running job are given up."""
HEARTBEAT = 2.0
TIDY = 60.0
_LOOKS_AT_A_TIME = 64
_CLAIMS_AT_A_TIME = 50


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
        chores: Sequence[Chore] = (),
    ) -> None:
        self._database = database
        self._engines = engines
        self._library = library
        self._news = news
        self._node = node
        self._runner = runner
        self._slots = slots
        self._run_limit_ms = run_limit * 1000
        self._queue_limit_ms = queue_limit * 1000
        self._chores = chores
        self.running: dict[str, Running] = {}
        self._due: list[tuple[float, int, str]] = []
        self._order = itertools.count()
        self._busy = asyncio.Semaphore(_LOOKS_AT_A_TIME)
        self._wakes = {queue: asyncio.Event() for queue in slots}
        self._new_due = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._loops: list[asyncio.Task[None]] = []
        self._stopping = False

    async def start(self) -> None:
        """Free what dead processes held, then begin to run jobs."""
        alone = await self._recover()
        await self._library.tidy(abandoned_before=now_ms() if alone else now_ms() - ABANDONED_MS)
        self._loops = [asyncio.create_task(self._claim_loop(queue)) for queue in self._slots]
        self._loops += [
            asyncio.create_task(self._poll_loop()),
            asyncio.create_task(self._every(HEARTBEAT, self._keep)),
            asyncio.create_task(self._every(TIDY, self._tidy)),
        ]

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
        running = self.running.pop(job, None)
        if running is not None:
            self._spawn(self._abandon(running))

    async def close(self, grace: float) -> None:
        """Take no more jobs, wait up to `grace` seconds for the running ones, put the rest back."""
        self._stopping = True
        for task in self._loops[: len(self._slots)]:
            task.cancel()
        until = now_ms() + grace * 1000
        while self.running and now_ms() < until:
            await asyncio.sleep(0.05)
        for task in self._loops:
            task.cancel()
        await asyncio.gather(*self._loops, *self._tasks, return_exceptions=True)
        for running in list(self.running.values()):
            await self._runner.let_go(running)
        self.running.clear()

    # claiming

    async def _claim_loop(self, queue: str) -> None:
        wake = self._wakes[queue]
        while True:
            wake.clear()
            try:
                while (free := self._free(queue)) and (jobs := await self._next(queue, free)):
                    for job in jobs:
                        self._take(job)
            except Exception as error:
                log.error("claiming failed, trying again", queue=queue, exc_info=error)
            # Not only woken: another process may have put something in the queue.
            await _set_within(wake, 1.0 + random.random())  # noqa: S311

    def _free(self, queue: str) -> int:
        used = sum(1 for running in self.running.values() if running.job.queue == queue)
        return max(0, self._slots[queue] - used)

    async def _next(self, queue: str, free: int) -> list[Job]:
        now = now_ms()
        limit = min(free, _CLAIMS_AT_A_TIME)
        return await self._database.write(store.claim(queue, self._node.id, now, now + LEASE_MS, limit))

    def _take(self, job: Job) -> None:
        engine = self._engines.get(job.engine)
        if engine is None:
            self._spawn(self._no_engine(job))
            return
        running = self._runner.open(job, engine, self._run_limit_ms)
        self.running[job.id] = running
        self._spawn(self._begin(running))

    async def _no_engine(self, job: Job) -> None:
        message = f"engine {job.engine} is not configured on this server any more"
        await self._database.write(finish.fail(job.id, FailureCode.UNAVAILABLE, message, self._node.id))
        self._news.tell(job.id)

    # running

    async def _begin(self, running: Running) -> None:
        try:
            if await self._runner.begin(running):
                self._schedule(running, 0.0)
            else:
                self._forget(running)
        except Exception as error:
            await self._crash(running, error)

    async def _poll_loop(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            self._new_due.clear()
            while self._due and self._due[0][0] <= loop.time():
                _, _, job = heapq.heappop(self._due)
                running = self.running.get(job)
                if running is not None:
                    await self._busy.acquire()
                    self._spawn(self._look(running))
            wait = max(0.0, self._due[0][0] - loop.time()) if self._due else None
            await _set_within(self._new_due, wait)

    async def _look(self, running: Running) -> None:
        try:
            again = await self._runner.look(running)
        except Exception as error:
            await self._crash(running, error)
            return
        finally:
            self._busy.release()
        if again is None:
            self._forget(running)
        else:
            self._schedule(running, again)

    def _schedule(self, running: Running, seconds: float) -> None:
        if self.running.get(running.job.id) is not running:
            return
        spread = seconds * (1 + 0.1 * random.random())  # noqa: S311
        when = asyncio.get_running_loop().time() + spread
        heapq.heappush(self._due, (when, next(self._order), running.job.id))
        self._new_due.set()

    def _forget(self, running: Running) -> None:
        if self.running.get(running.job.id) is running:
            del self.running[running.job.id]
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
            except Exception as error:
                log.error("upkeep failed, trying again", work=work.__name__, exc_info=error)

    async def _keep(self) -> None:
        if not self.running:
            return
        progress = {job: running.progress for job, running in self.running.items()}
        lost = await self._database.write(store.keep(progress, self._node.id, now_ms() + LEASE_MS))
        for job in lost:
            self.stop_job(job)

    async def _recover(self) -> bool:
        """Free what dead processes held. True when no other process lives on this data folder."""
        alone = self._node.clear_dead()
        owners = await self._database.read(store.lease_owners())
        dead = [owner for owner in owners if self._node.is_dead(owner)]
        count = await self._database.write(store.expire_leases(dead))
        if count:
            log.info("taking over jobs of a process that died", jobs=count)
        for job in await self._database.read(store.orphans(DIRECT, now_ms())):
            await self._database.write(finish.fail(job, FailureCode.LOST, "the server stopped while it was answering"))
        return alone

    async def _tidy(self) -> None:
        await self._recover()
        await self._library.tidy(abandoned_before=now_ms() - ABANDONED_MS)
        await self._database.write(claims.forget(now_ms() - claims.DAY_MS))
        overdue = await self._database.read(store.overdue(now_ms() - self._queue_limit_ms))
        for job in overdue:
            message = "waited in the queue for longer than the server's limit"
            await self._database.write(finish.fail(job, FailureCode.TIMEOUT, message))
            self._news.tell(job)
        for chore in self._chores:
            while await self._database.write(chore(now_ms())):
                pass


async def _set_within(event: asyncio.Event, seconds: float | None) -> None:
    """Return when `event` is set, or after `seconds`."""
    # Not wait_for: in Python 3.11 it swallows a cancellation that comes together with the event.
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        pass
