"""Jobs that are taken from a process that still has them in hand, and what it does with them then."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from rushes.db import Unavailable, rows, run
from rushes.ids import now_ms
from rushes.jobs import worker
from rushes.jobs.claiming import claim
from rushes.jobs.model import Job
from rushes.services import Services
from tests.faults.conftest import House, Open, play
from tests.faults.peer import Peer


class Gate:
    """Holds whoever comes through a method of an object at its end, until it is opened."""

    def __init__(self, owner: Any, name: str) -> None:
        self.came = 0
        self.open = asyncio.Event()
        through = getattr(owner, name)

        async def held(*given: Any) -> Any:
            self.came += 1
            found = await through(*given)
            await self.open.wait()
            return found

        setattr(owner, name, held)

    async def reached(self) -> None:
        while not self.came:
            await asyncio.sleep(0.01)


class SlowStore:
    """A store that has read a file and keeps it to itself for a while."""

    def __init__(self, kept: Path) -> None:
        self._kept = kept
        self.came = asyncio.Event()
        self.open = asyncio.Event()
        self.done = asyncio.Event()

    async def put(self, path: Path, sha256: str, put: Any) -> None:
        self._kept.write_bytes(path.read_bytes())
        self.came.set()
        await self.open.wait()
        await put(self._kept, sha256)
        self.done.set()


async def claimed(services: Services, *, lasts: int) -> Job:
    now = now_ms()
    [job] = await services.database.write(claim("cloud", services.node.id, now, now + lasts, 10))
    return job


@pytest.mark.parametrize("put_back", [False, True], ids=["its lease ran out", "another put it back"])
def test_what_comes_back_while_it_is_begun_is_paid_once(put_back: bool, peer: Peer, opened: Open) -> None:
    async def story(house: House) -> None:
        services = house.services
        working = services.worker
        assert working is not None
        for loop in (*working._taking, *working._loops):
            if "_claim_loop" in repr(loop) or "_every" in repr(loop):
                loop.cancel()  # this test claims by hand
        gate = Gate(working._runner._preparing, "request")
        job = await house.submit("p")
        working._take(await claimed(services, lasts=-1))
        await gate.reached()
        if put_back:
            working._drop(job.id)
            await services.database.write(
                run("UPDATE jobs SET state = 'queued', lease_owner = NULL, lease_until = NULL")
            )
        working._take(await claimed(services, lasts=60_000))
        await asyncio.sleep(0.2)
        gate.open.set()
        assert (await house.over(job)).state == "succeeded"
        assert peer.submits == ["p"]

    async def main() -> None:
        async with opened({"first": peer}) as house:
            await story(house)

    play(main())


def test_what_is_cancelled_while_it_is_stored_leaves_no_bytes(peer: Peer, opened: Open, tmp_path: Path) -> None:
    async def story() -> None:
        async with opened({"first": peer}) as house:
            blobs = house.services.library._blobs
            put, gate = blobs.put_file, SlowStore(tmp_path / "on its way")
            blobs.put_file = lambda path, sha256: gate.put(path, sha256, put)
            job = await house.submit("p")
            await gate.came.wait()
            await house.services.jobs.cancel(house.account, job.id)
            database = house.services.database
            while await database.read(rows("SELECT 1 FROM assets")):  # given up, deleted, and forgotten
                await house.services.library.collect()
            gate.open.set()
            await gate.done.wait()
            async with asyncio.timeout(10):
                while await blobs.hashes():
                    await asyncio.sleep(0.05)
            assert await database.read(rows("SELECT 1 FROM assets")) == []

    play(story())


def test_a_start_in_doubt_is_not_made_again_when_the_database_is_away(
    peer: Peer, opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "_PATIENCE", 0.05)
    peer.scripts["p"] = {"submit": ["hang up"]}

    async def story() -> None:
        async with opened({"first": peer}) as house:
            assert house.services.worker is not None
            runner: Any = house.services.worker._runner
            end, tries = runner._end, []

            async def away_at_first(*given: Any) -> None:
                tries.append(given)
                if len(tries) == 1:
                    raise Unavailable("the database cannot be reached now")
                await end(*given)

            runner._end = away_at_first
            over = await house.over(await house.submit("p"))
            assert (over.state, over.error_code, len(tries)) == ("failed", "lost", 2)
            assert peer.submits == ["p"]

    play(story())
