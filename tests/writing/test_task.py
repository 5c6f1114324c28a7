"""Several questions as one piece of writing."""

from __future__ import annotations

import asyncio

import pytest

from rushes.engines.contract import EngineError, FailureCode
from rushes.engines.text import Chat, End, Piece
from rushes.writing import Ask, Task, Unanswered
from tests.writing.scripted import Scripted

WHOLE = Chat(model="m", messages=({"role": "user", "content": "all"},), max_tokens=9)
SMALL = Chat(model="", messages=({"role": "user", "content": "one"},), max_tokens=5)


async def twice(ask: Ask) -> list[str]:
    return [await ask(SMALL), await ask(SMALL)]


def test_the_end_counts_all_answers() -> None:
    async def run() -> None:
        engine = Scripted(lambda _: "twenty letters here.")
        task = Task(twice)
        items = [item async for item in task.write(engine, WHOLE)]
        assert task.result == ["twenty letters here."] * 2
        assert items[-1] == End(finish="stop", prompt_tokens=14, completion_tokens=4, model="scripted-1")
        assert "".join(item.text for item in items[:-1] if isinstance(item, Piece)) == "twenty letters here." * 2
        assert [chat.model for chat in engine.asked] == ["m", "m"]

    asyncio.run(run())


def test_all_answers_share_the_limit() -> None:
    async def work(ask: Ask) -> list[str]:
        answers = []
        try:
            while True:
                answers.append(await ask(SMALL))
        except Unanswered:
            return answers

    async def run() -> None:
        engine = Scripted(lambda chat: "x" * 10 * min(chat.max_tokens, 4))
        task = Task(work)
        items = [item async for item in task.write(engine, WHOLE)]
        assert [chat.max_tokens for chat in engine.asked] == [5, 5, 1]
        assert len(task.result) == 3
        assert items[-1] == End(finish="stop", prompt_tokens=21, completion_tokens=9, model="scripted-1")

    asyncio.run(run())


def test_an_error_that_the_work_does_not_catch_ends_it() -> None:
    async def run() -> None:
        task = Task(twice)
        engine = Scripted(lambda _: EngineError(FailureCode.UNAVAILABLE, "gone"))
        with pytest.raises(EngineError):
            _ = [item async for item in task.write(engine, WHOLE)]

    asyncio.run(run())


def test_work_without_questions_costs_nothing() -> None:
    async def nothing(_: Ask) -> int:
        return 7

    async def run() -> None:
        task = Task(nothing)
        items = [item async for item in task.write(Scripted(lambda _: ""), WHOLE)]
        assert items == [End(finish="stop", prompt_tokens=0, completion_tokens=0, model="m")]
        assert task.result == 7

    asyncio.run(run())


def test_closing_early_stops_the_work_and_the_engine() -> None:
    async def run() -> None:
        engine = Scripted(lambda _: "twenty letters here.")
        engine.wait = asyncio.Event()
        pieces = Task(twice).write(engine, WHOLE)
        assert isinstance(await anext(pieces), Piece)
        await pieces.aclose()
        assert engine.closed == 1
        assert len(engine.asked) == 1
        assert len(asyncio.all_tasks()) == 1

    asyncio.run(run())
