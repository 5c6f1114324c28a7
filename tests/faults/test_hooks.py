"""Calls of providers that something has changed: early, late, twice or forged, they only make us look sooner."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from rushes import app as application
from rushes.app import create_app
from rushes.dialects.kit.gate import Gate
from rushes.jobs import hooks, runner
from tests.faults.conftest import CREDITS, PRICE, House, Open, play
from tests.faults.peer import Peer


def client(house: House) -> httpx.AsyncClient:
    built = house.services
    gate = Gate(built.database, built.tiers, built.limiter, built.secret)
    app: Any = create_app(built, gate)
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://server")


def test_a_hook_makes_a_waiting_job_be_looked_at_once(
    peer: Peer, opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "BETWEEN", 3600.0)
    peer.scripts["p"] = {"poll": ["running", "running"]}

    async def story() -> None:
        async with opened({"first": peer}) as house, client(house) as call:
            job = await house.submit("p")
            path = hooks.PATH + hooks.token(job.id, house.services.secret)
            while len(peer.polls) < 1:
                await asyncio.sleep(0.01)
            for _ in range(20):
                assert (await call.post(path, json={"state": "failed"})).status_code == 200
            while len(peer.polls) < 2:
                await asyncio.sleep(0.01)
            await call.post(path)
            assert (await house.over(job)).succeeded
            assert (len(peer.polls), peer.accepted) == (3, ["p"])
            for _ in range(3):  # what is over stays as it is
                assert (await call.post(path)).status_code == 200
            assert (await house.wallet()).available == CREDITS - PRICE

    play(story())


def test_a_hook_before_the_answer_to_the_submit_does_no_harm(peer: Peer, opened: Open) -> None:
    peer.scripts["p"] = {"submit": ["silence"]}

    async def story() -> None:
        async with opened({"first": peer}) as house, client(house) as call:
            job = await house.submit("p")
            while not peer.submits:
                await asyncio.sleep(0.01)
            path = hooks.PATH + hooks.token(job.id, house.services.secret)
            assert (await call.post(path)).status_code == 200
            assert (await house.over(job)).error_code == "lost"
            assert len(peer.submits) == 1

    play(story())


def test_what_a_hook_is_answered_with(peer: Peer, opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    """A challenge is given back, to whoever has a token; nothing else of a call is."""
    monkeypatch.setattr(application, "_HOOK_SECONDS", 0.05)
    challenges = ({"challenge": "back!"}, {"challenge": 17}, {"challenge": "", "status": "x"}, {"challenge": "x" * 500})
    others = (b"", b"<html>", b"[1]", b'{"challenge": ["a"]}', b'{"challenge": "' + b"x" * 501 + b'"}',
              b'{"challenge": "a", "more": "' + b"x" * hooks.LONGEST + b'"}', b"[" * 50_000)  # fmt: skip

    async def slow() -> AsyncIterator[bytes]:
        yield b'{"challenge": "a"'
        await asyncio.sleep(3600)

    async def story() -> None:
        async with opened({"first": peer}) as house, client(house) as call:
            job = await house.submit("p")
            path = hooks.PATH + hooks.token(job.id, house.services.secret)
            for said in challenges:
                assert (await call.post(path, json=said)).json() == {"challenge": said["challenge"]}
            for body in (*others, slow()):
                answered = await call.post(path, content=body)
                assert (answered.status_code, answered.json()) == (200, {"status": "success"})
            strange = await call.post(hooks.PATH + hooks.token(job.id, "other secret"), json=challenges[0])
            assert (strange.status_code, "back!" in strange.text) == (404, False)
            assert (await house.over(job)).succeeded

    play(story())


def test_forged_hooks_lead_nowhere(peer: Peer, opened: Open) -> None:
    async def story() -> None:
        async with opened({"first": peer}) as house, client(house) as call:
            job = await house.submit("p")
            for text in (job.id, f"{job.id}.", f"{job.id}.{'0' * 40}", hooks.token(job.id, "other secret"), "é.ü"):
                assert (await call.post(hooks.PATH + text)).status_code == 404
            assert (await call.get(hooks.PATH + hooks.token(job.id, house.services.secret))).status_code in (404, 405)

    play(story())


def test_hooks_are_only_offered_where_they_can_be_called_safely() -> None:
    assert hooks.hook_maker("", "s")("job_1") == ""
    assert hooks.hook_maker("http://a.example", "s")("job_1") == ""
    address = hooks.hook_maker("https://a.example/", "s")("job_1")
    assert address.startswith("https://a.example/hooks/job_1.")
    assert hooks.read(address.rpartition("/")[2], "s") == "job_1"
