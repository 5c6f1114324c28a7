"""Another route is taken only while nothing can have been accepted; what refuses is left alone for a while."""

from __future__ import annotations

import asyncio

import pytest

from rushes.engines import health, watch
from rushes.jobs import NoEngine, switches
from tests.faults.conftest import CREDITS, PRICE, Open, play
from tests.faults.peer import Peer


@pytest.mark.parametrize("act", ["503", "429 30", "401", "402"])
def test_a_refused_job_takes_the_next_route(act: str, peer: Peer, other: Peer, opened: Open) -> None:
    peer.scripts["p"] = {"submit": [f"{act}*"]}

    async def story() -> None:
        async with opened({"first": peer, "second": other}) as house:
            done = await house.over(await house.submit("p"))
            assert (done.state, done.engine, done.upstream, done.tag) == ("succeeded", "second", "m", "value")
            assert (peer.accepted, other.accepted) == ([], ["p"])
            assert (await house.wallet()).available == CREDITS - PRICE

    play(story())


def test_one_that_cannot_be_reached_is_gone_around(other: Peer, opened: Open) -> None:
    async def story() -> None:
        async with opened({"first": "http://127.0.0.1:9", "second": other}) as house:
            done = await house.over(await house.submit("p"))
            assert (done.state, done.engine) == ("succeeded", "second")

    play(story())


@pytest.mark.parametrize("act", ["500", "garbage", "half", "silence"])
def test_no_other_route_after_a_start_in_doubt(act: str, peer: Peer, other: Peer, opened: Open) -> None:
    peer.scripts["p"] = {"submit": [act]}

    async def story() -> None:
        async with opened({"first": peer, "second": other}) as house:
            over = await house.over(await house.submit("p"))
            assert (over.state, over.error_code, over.engine) == ("failed", "lost", "first")
            assert (len(peer.submits), other.submits) == (1, [])
            assert (await house.wallet()).available == CREDITS

    play(story())


def test_failures_in_a_row_open_the_breaker_and_one_success_closes_it(
    peer: Peer, other: Peer, opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "PAUSE", 3600.0)
    peer.scripts["p"] = {"submit": ["500"] * health.FAILURES}

    async def story() -> None:
        async with opened({"first": peer, "second": other}) as house:
            for _ in range(health.FAILURES):
                assert (await house.over(await house.submit("p"))).error_code == "lost"
            done = await house.over(await house.submit("p"))
            assert (done.engine, len(peer.submits)) == ("second", health.FAILURES)
            with pytest.raises(NoEngine, match="none of its engines is working"):
                await house.submit("p", "only-first")
            board = house.services.jobs._router.board
            board._clock = lambda: 1e9  # much later
            done = await house.over(await house.submit("p"))
            assert (done.state, done.engine) == ("succeeded", "first")

    play(story())


def test_what_the_operator_switches_off_is_not_used_by_running_servers(
    peer: Peer, other: Peer, opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "_TICK", 0.02)

    async def story() -> None:
        async with opened({"first": peer, "second": other}) as house:
            board = house.services.jobs._router.board
            database = house.services.database
            await database.write(switches.disable("first:m", "too dear", 1))
            while board.condition("first", "m") != "off":
                await asyncio.sleep(0.01)
            assert (await house.over(await house.submit("p"))).engine == "second"
            assert await database.write(switches.enable("first:m"))
            while board.condition("first", "m") != "ready":
                await asyncio.sleep(0.01)
            assert (await house.over(await house.submit("p"))).engine == "first"

    play(story())


def test_health_is_asked_in_the_background(
    peer: Peer, other: Peer, opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "_TICK", 0.02)
    monkeypatch.setattr(watch, "SOON", 0.02)
    monkeypatch.setattr(watch, "EVERY", 0.02)
    peer.healthy = False

    async def story() -> None:
        async with opened({"first": peer, "second": other}) as house:
            board = house.services.jobs._router.board
            while board.condition("first", "m") != "down":
                await asyncio.sleep(0.01)
            assert (await house.over(await house.submit("p"))).engine == "second"
            assert not (await house.services.watch.health("first")).ready
            peer.healthy = True
            while board.condition("first", "m") != "ready":
                await asyncio.sleep(0.01)
            assert (await house.over(await house.submit("p"))).engine == "first"

    play(story())
