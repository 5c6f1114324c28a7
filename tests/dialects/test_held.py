"""Large bodies: how many of them lie in memory at a time, and for how long one may be on its way."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from rushes.accounts import Principal, load_tiers
from rushes.dialects.kit import held, reading
from rushes.dialects.kit.endpoint import Dialect, Endpoint, routes
from rushes.dialects.kit.gate import Caller
from rushes.dialects.kit.problems import Problem

LIMIT = 1000


@pytest.fixture(autouse=True)
def counted(monkeypatch: pytest.MonkeyPatch) -> Iterator[held.Held]:
    """Small numbers, and counts of one test's own; all is let go of at its end."""
    own = held.Held()
    monkeypatch.setattr(reading, "SMALL", 100)
    monkeypatch.setattr(held, "SHARE", 1500)
    monkeypatch.setattr(held, "ROOM", 2500)
    yield own
    assert not own._by_account


def render(problem: Problem) -> Response:
    return PlainTextResponse(problem.message, problem.status)


class Sent:
    """A request whose body comes piece by piece, as the test lets it."""

    def __init__(self, counted: held.Held, account: str, declared: int | None = None) -> None:
        tier = load_tiers()["free"]
        caller = Caller(Principal(account, "free"), tier, load_tiers().limits(tier, "openai"))
        headers = [] if declared is None else [(b"content-length", str(declared).encode())]
        self.scope = {"type": "http", "method": "POST", "path": "/", "headers": headers, reading.CALLER: caller}
        self.pieces: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.status = 0
        self.counted = counted

    def send(self, size: int, *, last: bool = False) -> None:
        self.pieces.put_nowait({"type": "http.request", "body": b"x" * size, "more_body": not last})

    async def answer(self, message: Any) -> None:
        self.status = message.get("status", self.status)

    async def run(self) -> int:
        async def read(request: Request) -> Response:
            return PlainTextResponse(str(len(await reading.read_bytes(request, LIMIT))))

        endpoint = Endpoint(method="POST", path="/", run=read, summary="")
        dialect = Dialect(name="x", title="", description="", endpoints=[endpoint], error=dict[str, str], render=render)
        [route] = routes(dialect, lambda run: run, self.counted)
        await route.app(self.scope, self.pieces.get, self.answer)
        return self.status


async def _under_way(*sent: Sent) -> list[asyncio.Task[int]]:
    """They have sent 900 bytes each, and not all."""
    for each in sent:
        each.send(900)
    tasks = [asyncio.create_task(each.run()) for each in sent]
    for _ in range(10):
        await asyncio.sleep(0)
    return tasks


def test_an_account_holds_its_share_and_no_more(counted: held.Held) -> None:
    async def scenario() -> None:
        first, second, other = Sent(counted, "a"), Sent(counted, "a"), Sent(counted, "b")
        tasks = await _under_way(first, second, other)
        assert await tasks[1] == 429
        assert dict(counted._by_account) == {"a": 900, "b": 900}
        first.send(50, last=True)
        other.send(50, last=True)
        assert [await tasks[0], await tasks[2]] == [200, 200]
        again = Sent(counted, "a")  # what was answered counts no longer
        [task] = await _under_way(again)
        again.send(50, last=True)
        assert await task == 200

    asyncio.run(scenario())


def test_all_together_hold_what_there_is_room_for(counted: held.Held) -> None:
    async def scenario() -> None:
        sent = [Sent(counted, account) for account in "abc"]
        tasks = await _under_way(*sent)
        assert await tasks[2] == 503
        for each in sent[:2]:
            each.send(0, last=True)
        assert [await task for task in tasks[:2]] == [200, 200]

    asyncio.run(scenario())


def test_one_alone_and_small_ones_are_never_too_much(counted: held.Held, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(held, "SHARE", 500)
    monkeypatch.setattr(held, "ROOM", 500)

    async def scenario() -> None:
        large = Sent(counted, "a")
        [task] = await _under_way(large)
        small = Sent(counted, "a", declared=80)
        small.send(80, last=True)
        assert await small.run() == 200
        large.send(100, last=True)
        assert await task == 200

    asyncio.run(scenario())


def test_who_goes_away_holds_nothing(counted: held.Held) -> None:
    async def scenario() -> None:
        gone, cancelled = Sent(counted, "a"), Sent(counted, "b")
        tasks = await _under_way(gone, cancelled)
        assert set(counted._by_account) == {"a", "b"}
        gone.pieces.put_nowait({"type": "http.disconnect"})
        await tasks[0]
        tasks[1].cancel()
        with pytest.raises(asyncio.CancelledError):
            await tasks[1]

    asyncio.run(scenario())


def test_a_large_body_that_never_ends_is_given_up(counted: held.Held, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "SECONDS", 0.01)

    async def scenario() -> None:
        for declared in (None, 900):
            slow = Sent(counted, "a", declared)
            slow.send(200)
            assert await slow.run() == 400

    asyncio.run(scenario())


@pytest.mark.parametrize("declared", ["1001", "1" + "0" * 19, "1" + "0" * 5000], ids=["more", "much more", "absurd"])
def test_what_says_that_it_is_too_large_is_not_read(counted: held.Held, declared: str) -> None:
    large = Sent(counted, "a")
    large.scope["headers"] = [(b"content-length", declared.encode())]
    assert asyncio.run(large.run()) == 413
