"""Batches: what comes meanwhile goes together, and one item's trouble is its own."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from rushes.db import Together, Unavailable


class Desk:
    """Does batches when it is let; items that are negative are refused, and a batch with 13 breaks."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.open = asyncio.Event()
        self.away = False

    async def work(self, items: Sequence[int]) -> Sequence[int | Exception]:
        self.batches.append(list(items))
        await self.open.wait()
        if self.away:
            raise Unavailable("away")
        if 13 in items:
            raise ValueError("13")
        return [LookupError(item) if item < 0 else item * 2 for item in items]


async def _ask(together: Together[int, int], *items: int) -> list[asyncio.Task[int]]:
    tasks = [asyncio.create_task(together.do(item)) for item in items]
    await asyncio.sleep(0.01)
    return tasks


def test_what_comes_meanwhile_goes_together_in_its_order() -> None:
    async def story() -> None:
        desk = Desk()
        together: Together[int, int] = Together(desk.work)
        tasks = await _ask(together, 1) + await _ask(together, 2, 3) + await _ask(together, *range(20, 220))
        tasks[1].cancel()  # it no longer waits; the others are not disturbed
        desk.open.set()
        found = await asyncio.gather(*tasks, return_exceptions=True)
        assert [len(batch) for batch in desk.batches] == [1, 128, 74]
        assert [item for batch in desk.batches for item in batch] == [1, 2, 3, *range(20, 220)]
        assert isinstance(found.pop(1), asyncio.CancelledError)
        assert found == [2, 6, *range(40, 440, 2)]
        assert await together.do(7) == 14

    asyncio.run(story())


def test_a_refusal_and_a_break_are_their_items_own() -> None:
    async def story() -> None:
        desk = Desk()
        desk.open.set()
        together: Together[int, int] = Together(desk.work)
        found = await asyncio.gather(*(together.do(item) for item in (1, -2, 3)), return_exceptions=True)
        assert (found[0], type(found[1]), found[2]) == (2, LookupError, 6)
        assert desk.batches == [[1, -2, 3]]
        desk.batches.clear()
        found = await asyncio.gather(*(together.do(item) for item in (1, 13, 3)), return_exceptions=True)
        assert (found[0], type(found[1]), found[2]) == (2, ValueError, 6)
        assert desk.batches == [[1, 13, 3], [1], [13], [3]]

    asyncio.run(story())


def test_what_cannot_be_reached_is_not_asked_again() -> None:
    async def story() -> None:
        desk = Desk()
        desk.open.set()
        desk.away = True
        together: Together[int, int] = Together(desk.work)
        found = await asyncio.gather(*(together.do(item) for item in (1, 2)), return_exceptions=True)
        assert [type(each) for each in found] == [Unavailable, Unavailable]
        assert desk.batches == [[1, 2]]
        desk.away = False
        with pytest.raises(LookupError):
            await together.do(-1)

    asyncio.run(story())
