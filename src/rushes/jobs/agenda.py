"""When each job in hand is looked at next: none has a task that sleeps, all lie in one heap by their time."""

from __future__ import annotations

import asyncio
import heapq
import itertools
import random
from collections.abc import Callable, Mapping

from rushes.jobs.running import Running

_LOOKS_A_SECOND = 100
"""Of each engine that is elsewhere, one after the other: with more jobs waiting, each is looked at less often."""


class Agenda:
    """Calls `look` for each job when it is due. `running` are the jobs in hand, `held` how many of each engine."""

    def __init__(
        self, running: Mapping[str, Running], held: Mapping[str, int], look: Callable[[Running], None]
    ) -> None:
        self._running = running
        self._held = held
        self._look = look
        self._due: list[tuple[float, int, str]] = []
        self._order = itertools.count()
        self._new_due = asyncio.Event()
        self._next_look: dict[str, float] = {}
        """By engine, when it may be asked again."""

    def put(self, running: Running, seconds: float, *, spread: bool = True) -> None:
        """Have a job looked at after so many seconds, or a little more."""
        if self._running.get(running.job.id) is not running:
            return
        more = 0.1 * random.random() if spread else 0.0  # noqa: S311
        running.paced = False
        self._put_off(running, asyncio.get_running_loop().time() + seconds * (1 + more))
        self._new_due.set()

    def shortest(self, running: Running, seconds: float) -> float:
        """Seconds until a job's next look: those that its engine names, or more where it is asked by so many."""
        if not running.engine.remote:
            return seconds
        return max(seconds, self._held[running.job.engine] / _LOOKS_A_SECOND)

    async def run(self) -> None:
        """Look at what is due, until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            self._new_due.clear()
            while self._due and self._due[0][0] <= loop.time():
                when, _, job = heapq.heappop(self._due)
                running = self._running.get(job)
                # One that was nudged lies in the heap twice, and only its latest time counts.
                if running is not None and running.due == when and not running.looked_at and self._paced(running):
                    running.looked_at = True
                    self._look(running)
            wait = max(0.0, self._due[0][0] - loop.time()) if self._due else None
            await set_within(self._new_due, wait)

    def _paced(self, running: Running) -> bool:
        """Whether it may be looked at now; else it is put off until its engine has been asked by fewer."""
        if not running.engine.remote or running.paced:
            running.paced = False
            return True
        now = asyncio.get_running_loop().time()
        turn = max(now, self._next_look.get(running.job.engine, 0.0))
        self._next_look[running.job.engine] = turn + 1 / _LOOKS_A_SECOND
        if turn <= now:
            return True
        running.paced = True
        self._put_off(running, turn)
        return False

    def _put_off(self, running: Running, when: float) -> None:
        running.due = when
        heapq.heappush(self._due, (when, next(self._order), running.job.id))


async def set_within(event: asyncio.Event, seconds: float | None) -> None:
    """Return when `event` is set, or after `seconds`."""
    # Not wait_for: in Python 3.11 it swallows a cancellation that comes together with the event.
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        pass
