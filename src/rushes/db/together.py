"""What many tasks want done at the same time, done at once: in one transaction they share its round trips and commit.

While one batch is under way, what comes meanwhile waits for the next: nothing is put off that could begin at once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from rushes.db.errors import Unavailable

Item = TypeVar("Item")
Outcome = TypeVar("Outcome")
_MOST = 128
"""In one transaction: it locks what they are about."""


class Together(Generic[Item, Outcome]):
    """Batches of items of one kind. `work` does a batch, all of it or nothing, and answers the outcomes in its order.

    An outcome that is an exception is raised for its item alone. Where `work` itself fails, each item is done again in
    a batch of its own, so that only the one at fault fails.
    """

    def __init__(self, work: Callable[[Sequence[Item]], Awaitable[Sequence[Outcome | Exception]]]) -> None:
        self._work = work
        self._waiting: list[tuple[Item, asyncio.Future[Outcome]]] = []
        self._working: asyncio.Task[None] | None = None

    async def do(self, item: Item) -> Outcome:
        """Return when it is done. Raises Unavailable; whether it was done is then not known.

        A caller who is cancelled no longer waits: what it gave is done all the same.
        """
        future: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, future))
        if self._working is None:
            self._working = asyncio.create_task(self._batches())
        return await future

    async def _batches(self) -> None:
        try:
            while self._waiting:
                batch = self._waiting[:_MOST]
                del self._waiting[:_MOST]
                await self._batch(batch)
        finally:
            self._working = None

    async def _batch(self, batch: Sequence[tuple[Item, asyncio.Future[Outcome]]]) -> None:
        outcomes: Sequence[Outcome | Exception]
        try:
            outcomes = await self._work([item for item, _ in batch])
        except Unavailable as error:
            outcomes = [error] * len(batch)
        except Exception as error:
            if len(batch) > 1:
                for alone in batch:
                    await self._batch([alone])
                return
            outcomes = [error]
        for (_, future), outcome in zip(batch, outcomes, strict=True):
            if future.done():  # its caller was cancelled
                continue
            if isinstance(outcome, Exception):
                future.set_exception(outcome)
            else:
                future.set_result(outcome)
