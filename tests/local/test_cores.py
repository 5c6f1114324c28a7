"""Who computes when: short work before long, one at a time, nobody starved."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from rushes.engines.local.cores import Cores


class Work:
    """A member that knows whether it may go on."""

    def __init__(self) -> None:
        self.running = True
        self.pauses = 0

    def pause(self) -> None:
        self.running = False
        self.pauses += 1

    def resume(self) -> None:
        self.running = True


def run(test: Callable[[Cores], Awaitable[None]], **slices: float) -> None:
    async def main() -> None:
        await test(Cores(**slices))

    asyncio.run(main())


def test_long_work_is_paused_while_short_work_runs() -> None:
    async def test(cores: Cores) -> None:
        long, short, late = Work(), Work(), Work()
        async with cores.use(long, short=False):
            assert long.running
            async with cores.use(short, short=True):
                assert (long.running, short.running) == (False, True)
                async with cores.use(late, short=False):
                    assert not late.running, "long work that comes meanwhile waits too"
                assert late.running, "what has left is not left paused"
            assert long.running

    run(test)


def test_short_work_comes_one_at_a_time_in_order() -> None:
    async def test(cores: Cores) -> None:
        order: list[int] = []
        inside = 0

        async def one(number: int) -> None:
            nonlocal inside
            async with cores.use(Work(), short=True):
                inside += 1
                assert inside == 1
                order.append(number)
                await asyncio.sleep(0.01)
                inside -= 1

        await asyncio.gather(*(one(number) for number in range(5)))
        assert order == list(range(5))

    run(test)


def test_both_go_on_in_turns_when_the_short_work_is_long() -> None:
    async def test(cores: Cores) -> None:
        long, short = Work(), Work()
        async with cores.use(long, short=False), cores.use(short, short=True):
            seen: list[tuple[bool, bool]] = []
            for _ in range(40):
                await asyncio.sleep(0.01)
                state = (long.running, short.running)
                assert state in ((True, False), (False, True)), "never both, never none"
                if not seen or seen[-1] != state:
                    seen.append(state)
            assert len(seen) >= 4

    run(test, short_slice=0.05, long_slice=0.03)


def test_a_stream_of_short_work_does_not_starve_the_long() -> None:
    async def test(cores: Cores) -> None:
        long = Work()
        ran = 0.0
        stop = asyncio.Event()

        async def shorts() -> None:
            while not stop.is_set():
                async with cores.use(work := Work(), short=True):
                    for _ in range(10):
                        await asyncio.sleep(0.002)
                        while not work.running:
                            await asyncio.sleep(0.002)

        async with cores.use(long, short=False):
            streams = [asyncio.create_task(shorts()) for _ in range(3)]
            for _ in range(200):
                await asyncio.sleep(0.005)
                ran += long.running
            stop.set()
            await asyncio.gather(*streams)
        assert ran >= 20, "a tenth of the time at the very least"
        assert ran <= 150, "and the short work has most of it"

    run(test, short_slice=0.1, long_slice=0.04)


def test_whatever_breaks_leaves_nobody_paused() -> None:
    async def test(cores: Cores) -> None:
        long = Work()

        async def breaks() -> None:
            async with cores.use(Work(), short=True):
                raise RuntimeError("broken")

        async with cores.use(long, short=False):
            results: list[Any] = await asyncio.gather(breaks(), breaks(), return_exceptions=True)
            assert all(isinstance(result, RuntimeError) for result in results)
            assert long.running

    run(test)
