"""Calls of providers that something has changed: asked for as each document says, and believed in nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from rushes.engines.cloud import results
from rushes.engines.contract import AmbiguousStart, EngineError, FailureCode
from tests.cloud.cases import CASES, HOOK, Case
from tests.cloud.conftest import Drive
from tests.cloud.driving import World, request
from tests.cloud.housing import Door, housed
from tests.cloud.upstreams.base import PUBLIC, Seen, Task, answer, running
from tests.conformance.web import clip
from tests.faults.conftest import CREDITS, PRICE, House, play

CALLING = {kind: case for kind, case in CASES.items() if case.query or case.fields}
SILENT = {kind: case for kind, case in CASES.items() if kind not in CALLING}
calling = pytest.mark.parametrize("case", CALLING.values(), ids=list(CALLING))
NOTHING = (b"", b"<html>busy</html>", b'{"challenge": {"a": 1}}', b'["failed"]', b"\xff" * 300_000)
"""Bodies that are not what the documents say."""


def submits(world: World, case: Case) -> list[Seen]:
    return world.server.calls("POST", case.submit)


def carried(seen: Seen) -> tuple[dict[str, str], dict[str, Any]]:
    """A submit's query and JSON, without what is another for every job."""
    return seen.query, {name: value for name, value in seen.json.items() if name != "external_task_id"}


@calling
def test_the_submit_carries_the_address_as_the_document_says(case: Case, drive: Drive) -> None:
    async def test(world: World) -> None:
        engine = world.engine()
        await engine.start(request(case.model, job="job_1"))
        await engine.start(request(case.model, job="job_2", hook=HOOK))
        (plain, body), (asked, fields) = [carried(each) for each in submits(world, case)]
        assert (asked, fields) == (plain | case.query, body | case.fields)
        assert HOOK not in str((plain, body))
        assert [task.hook for task in world.server.tasks.values()] == ["", HOOK]

    drive(case.kind, test)


@pytest.mark.parametrize("case", SILENT.values(), ids=list(SILENT))
def test_providers_that_call_nobody_are_not_told_the_address(case: Case, drive: Drive) -> None:
    async def test(world: World) -> None:
        await world.engine().start(request(case.model, hook=HOOK))
        assert "/hooks/" not in str([(seen.query, seen.headers, seen.parts, seen.body) for seen in world.server.seen])

    drive(case.kind, test)


@calling
def test_what_is_refused_for_the_address_is_made_without_it(case: Case, drive: Drive) -> None:
    async def test(world: World) -> None:
        name = next(iter((*case.query, *case.fields)))
        world.server.plan(case.submit, answer({"error": {"message": f"{name}: the address is not public"}}, 400))
        await world.engine().start(request(case.model, hook=HOOK))
        first, second = submits(world, case)
        assert HOOK in str(carried(first))
        assert HOOK not in str(carried(second))
        assert [task.hook for task in world.server.tasks.values()] == [""]

    drive(case.kind, test)


@calling
def test_what_is_refused_for_something_else_or_may_be_accepted_is_not_sent_again(case: Case, drive: Drive) -> None:
    async def test(world: World) -> None:
        engine = world.engine()
        world.server.plan(case.submit, answer({"error": {"message": "the prompt is too long"}}, 400))
        with pytest.raises(EngineError) as caught:
            await engine.start(request(case.model, hook=HOOK))
        assert caught.value.code is FailureCode.INVALID_INPUT
        world.server.plan(case.submit, answer({"error": {"message": f"no answer from {case.query}{case.fields}"}}, 500))
        with pytest.raises(AmbiguousStart):
            await engine.start(request(case.model, hook=HOOK))
        assert len(submits(world, case)) == 2

    drive(case.kind, test)


@asynccontextmanager
async def before(
    case: Case, folder: Path, monkeypatch: pytest.MonkeyPatch, *, public_url: str = PUBLIC, pause: float = 3600.0
) -> AsyncIterator[tuple[House, World]]:
    """A server before the provider's, which is asked at the beginning and then every `pause` seconds."""
    monkeypatch.setattr(results, "_PAUSES", {"video": pause})
    world, door = World(case.kind, case.server, folder), Door()
    world.base, world.files.content = case.base, clip(64, 48, 1)
    async with running(world.files, world.server):
        async with housed(world.engine(), case.model, folder, monkeypatch, door, public_url) as house:
            world.server.door = door.url
            yield house, world
        await world.close()


async def until(true: Callable[[], bool]) -> None:
    while not true():
        await asyncio.sleep(0.01)


async def asked(world: World, polls: int) -> Task:
    """The only task, once it was asked for so often."""
    await until(lambda: [task.polls for task in world.server.tasks.values()] == [polls])
    (task,) = world.server.tasks.values()
    return task


@calling
def test_a_call_ends_the_wait(case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Early, wrong and double calls only make us ask: nobody would ask for an hour."""

    async def story() -> None:
        async with before(case, tmp_path, monkeypatch) as (house, world):
            server = world.server
            server.states, server.hasty = ["running"], True
            job = await house.submit("a fox in the snow")
            task = await asked(world, 1)
            for count, body in enumerate((None, *NOTHING)):
                assert (await server.tell(task, "done", body)).is_success
                await asked(world, count + 2)
            polls = task.polls
            task.states = ["done"]
            for _ in range(3):
                assert (await server.tell(task, "done")).is_success
            assert (await house.over(job)).succeeded
            server.fail(*case.violation)  # type: ignore[attr-defined]
            for state in ("failed", "done"):
                assert (await server.tell(task, state)).is_success
            assert (task.polls, len(submits(world, case))) == (polls + 1, 1)
            assert (await house.wallet()).available == CREDITS - PRICE

    play(story())


@calling
@pytest.mark.parametrize("public_url", [PUBLIC, "http://rushes.example", ""])
def test_without_a_call_polling_is_enough(
    case: Case, public_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor is anybody asked to call where our address is not known, or not safe."""

    async def story() -> None:
        async with before(case, tmp_path, monkeypatch, public_url=public_url, pause=0.01) as (house, world):
            assert (await house.over(await house.submit("a fox in the snow"))).succeeded
            (seen,), (task,) = submits(world, case), world.server.tasks.values()
            assert task.hook.startswith(f"{PUBLIC}/hooks/job_") is (public_url == PUBLIC)
            assert ("/hooks/" in str(carried(seen))) is (public_url == PUBLIC)

    play(story())
