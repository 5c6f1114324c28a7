"""Waking whoever waits for news of a job inside this process."""

from __future__ import annotations

import asyncio


class News:
    """Who waits for which job. Other processes' news comes from the row: waiters look again now and then."""

    def __init__(self) -> None:
        self._waiting: dict[str, set[asyncio.Future[None]]] = {}

    def tell(self, job: str) -> None:
        """Something about `job` has changed."""
        for future in self._waiting.pop(job, ()):
            if not future.done():
                future.set_result(None)

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
