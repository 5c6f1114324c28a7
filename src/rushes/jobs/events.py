"""Waking whoever waits for news of a job: in this process at once, in others through the wire (jobs/wire.py)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class News:
    """Who waits for which job. News may be lost on its way from other processes: waiters look again now and then."""

    def __init__(self) -> None:
        self._waiting: dict[str, set[asyncio.Future[None]]] = {}
        self.over = False
        """This process is about to end: who follows a job goes on elsewhere."""
        self.abroad: Callable[[str], None] | None = None
        """Tells the other processes."""
        self.look_again = 1.0
        """Seconds after which who waits had better look by themselves."""

    def tell(self, job: str) -> None:
        """The row of `job` has changed."""
        self.hint(job)
        if self.abroad is not None:
            self.abroad(job)

    def hint(self, job: str) -> None:
        """Something about `job` has changed that is known in this process, or that another one told it."""
        for future in self._waiting.pop(job, ()):
            if not future.done():
                future.set_result(None)

    def close(self) -> None:
        """Wake everybody: there will be no more news here."""
        self.over = True
        self.hint_all()

    def hint_all(self) -> None:
        """Any job may have changed."""
        for job in list(self._waiting):
            self.hint(job)

    async def wait(self, job: str, seconds: float) -> None:
        """Return at the next news of `job`, or after `seconds`."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        waiting = self._waiting.setdefault(job, set())
        waiting.add(future)
        try:
            async with asyncio.timeout(seconds):
                await future
        except TimeoutError:
            pass
        finally:
            waiting.discard(future)
            if not waiting and self._waiting.get(job) is waiting:
                del self._waiting[job]
