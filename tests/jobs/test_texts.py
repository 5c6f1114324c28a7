"""Texts: held, written piece by piece, settled at what they came to, however they end."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from pathlib import Path

import pytest

from rushes import ledger
from rushes.accounts import create_user
from rushes.catalog import Model, load_catalog
from rushes.db import SqliteDatabase
from rushes.engines.contract import EngineError, FailureCode, Health
from rushes.engines.text import Chat, End, Piece
from rushes.jobs import NoEngine, Order, Texts, TooManyJobs, Written, audit, leasing, store, text_plan
from rushes.jobs.model import Job
from rushes.jobs.states import DIRECT, State
from rushes.ledger import InsufficientCredits

CATALOG = load_catalog()
GPT = CATALOG.models["openai/gpt-4o"]


class Writer:
    """A text engine that writes as many words as it is allowed, and remembers what it was asked."""

    name = "writer"

    def __init__(self) -> None:
        self.asked: list[Chat] = []
        self.fail_after: int | None = None
        self.wait: asyncio.Event | None = None
        self.stopped = 0
        self.closed = False

    async def write(self, chat: Chat) -> AsyncGenerator[Piece | End, None]:
        self.asked.append(chat)
        try:
            for number in range(chat.max_tokens):
                if number == self.fail_after:
                    raise EngineError(FailureCode.UNAVAILABLE, "the upstream is gone")
                yield Piece(text=f"w{number} ")
                if self.wait is not None:
                    await self.wait.wait()
            yield End(finish="length", prompt_tokens=50, completion_tokens=chat.max_tokens, model="tiny")
        except GeneratorExit:
            self.stopped += 1
            raise

    async def health(self) -> Health:
        return Health(ready=True)

    async def close(self) -> None:
        self.closed = True


class World:
    """A database with one account of `credits`, and texts on it."""

    def __init__(self, database: SqliteDatabase, account: str, writer: Writer, *, drafts: bool = True) -> None:
        self.database = database
        self.account = account
        self.writer = writer
        self.told = 0
        self.texts = Texts(
            database, writer, "node:1", own="qwen2.5-1.5b", stand_in=True, drafts=drafts, told=self._told
        )

    def _told(self) -> None:
        self.told += 1

    def ask(
        self, tokens: int = 10, *, model: Model = GPT, concurrent: int = 0
    ) -> AsyncGenerator[Piece | Written, None]:
        chat = Chat(model=model.id, messages=({"role": "user", "content": "say w"},), max_tokens=tokens)
        order = Order(plan=text_plan(model, chat), dialect="xpilot", concurrent=concurrent)
        return self.texts.write(self.account, model, chat, order)

    async def wallet(self) -> ledger.Wallet:
        return await self.database.read(ledger.wallet(self.account))

    async def jobs(self) -> list[Job]:
        return await self.database.read(store.recent(self.account, 10, 0))

    async def sound(self) -> None:
        assert await self.database.read(audit.audit()) == []


async def _world(empty: Path, folder: Path, credits: int) -> AsyncIterator[World]:
    path = folder / "texts.db"
    shutil.copy(empty, path)
    database = SqliteDatabase(path)
    user = await database.write(create_user("ada@example.com", tier="free", credits=credits))
    made = World(database, user.account, Writer())
    yield made
    await made.texts.close()
    await database.close()


def run(empty: Path, folder: Path, test: object, credits: int = 1000) -> None:
    """Run an async test in a world of its own."""

    async def main() -> None:
        async for made in _world(empty, folder, credits):
            await test(made)  # type: ignore[operator]

    asyncio.run(main())


def test_a_text_is_settled_at_its_own_count(empty_database: Path, tmp_path: Path) -> None:
    async def test(world: World) -> None:
        items = [item async for item in world.ask(500)]
        written = items[-1]
        assert isinstance(written, Written)
        assert "".join(item.text for item in items[:-1] if isinstance(item, Piece)).startswith("w0 w1 ")
        # 50 tokens in at 5,000 a million, 500 out at 20,000: 10.25, rounded up.
        assert written.cost == 11
        assert written.available == 989
        assert (written.job.state, written.job.cost, written.job.draft) == (State.SUCCEEDED, 11, 1)
        wallet = await world.wallet()
        assert (wallet.available, wallet.held, wallet.spent) == (989, 0, 11)
        assert world.told == 1
        await world.sound()

    run(empty_database, tmp_path, test)


def test_an_engine_that_fails_costs_nothing(empty_database: Path, tmp_path: Path) -> None:
    async def test(world: World) -> None:
        world.writer.fail_after = 3
        with pytest.raises(EngineError, match="upstream is gone"):
            [item async for item in world.ask()]
        [job] = await world.jobs()
        assert (job.state, job.error_code) == (State.FAILED, "unavailable")
        assert (await world.wallet()).available == 1000
        await world.sound()

    run(empty_database, tmp_path, test)


def test_a_reader_who_leaves_pays_for_what_was_written_and_stops_the_work(empty_database: Path, tmp_path: Path) -> None:
    async def test(world: World) -> None:
        async with aclosing(world.ask(5_000)) as pieces:
            for _ in range(100):
                await anext(pieces)
        await world.texts.close()
        assert world.writer.stopped == 1
        [job] = await world.jobs()
        # 100 pieces at 20,000 a million.
        assert (job.state, job.cost) == (State.CANCELLED, 2)
        wallet = await world.wallet()
        assert (wallet.available, wallet.held) == (998, 0)
        await world.sound()

    run(empty_database, tmp_path, test)


def test_a_request_that_is_cancelled_while_it_waits_is_settled_too(empty_database: Path, tmp_path: Path) -> None:
    async def test(world: World) -> None:
        world.writer.wait = asyncio.Event()

        async def read() -> None:
            async for _ in world.ask():
                pass

        task = asyncio.create_task(read())
        while not await world.jobs():
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await asyncio.sleep(0)
        await world.texts.close()
        [job] = await world.jobs()
        assert job.state == State.CANCELLED
        assert (await world.wallet()).held == 0
        await world.sound()

    run(empty_database, tmp_path, test)


def test_little_money_buys_a_shorter_text(empty_database: Path, tmp_path: Path) -> None:
    async def test(world: World) -> None:
        items = [item async for item in world.ask(4_000)]
        assert isinstance(items[-1], Written)
        assert 1 <= world.writer.asked[0].max_tokens < 500, "10 credits buy fewer than 500 tokens"
        wallet = await world.wallet()
        assert wallet.held == 0
        assert wallet.available >= 0
        await world.sound()

    run(empty_database, tmp_path, test, credits=10)


def test_no_money_is_refused_before_anything_happens(empty_database: Path, tmp_path: Path) -> None:
    async def test(world: World) -> None:
        with pytest.raises(InsufficientCredits):
            await anext(world.ask())
        assert not world.writer.asked
        assert not await world.jobs()

    run(empty_database, tmp_path, test, credits=0)


def test_other_jobs_that_are_cancelled_leave_nothing_behind(empty_database: Path, tmp_path: Path) -> None:
    async def test(world: World) -> None:
        for number in range(3):
            world.texts.cancel(f"job_{number}")  # every cancel of every process is heard here
        assert world.texts._cancelled == set()
        async with aclosing(world.ask()) as pieces:
            await anext(pieces)
            [job] = await world.jobs()
            world.texts.cancel(job.id)
            with pytest.raises(EngineError, match="cancelled"):
                await anext(pieces)
        world.texts.cancel(job.id)
        assert world.texts._cancelled | world.texts._writing == set()

    run(empty_database, tmp_path, test)


def test_cancelling_the_job_stops_the_writing(empty_database: Path, tmp_path: Path) -> None:
    async def test(world: World) -> None:
        pieces = world.ask(1_000)
        await anext(pieces)
        [job] = await world.jobs()
        world.texts.cancel(job.id)
        with pytest.raises(EngineError, match="cancelled"):
            [item async for item in pieces]
        assert (await world.wallet()).available == 1000

    run(empty_database, tmp_path, test)


def test_limits_and_missing_engines(empty_database: Path, tmp_path: Path) -> None:
    async def test(world: World) -> None:
        world.writer.wait = asyncio.Event()
        first = world.ask(concurrent=1)
        await anext(first)
        with pytest.raises(TooManyJobs):
            await anext(world.ask(concurrent=1))
        await first.aclose()
        alone = Texts(world.database, None, "n", own="", stand_in=True, drafts=True, told=lambda: None)
        strict = Texts(world.database, world.writer, "n", own="own", stand_in=True, drafts=False, told=lambda: None)
        chat = Chat(model=GPT.id, messages=({"role": "user", "content": "x"},), max_tokens=1)
        order = Order(plan=text_plan(GPT, chat), dialect="xpilot")
        for texts in (alone, strict):
            with pytest.raises(NoEngine):
                await anext(texts.write(world.account, GPT, chat, order))

    run(empty_database, tmp_path, test)


def test_a_text_of_a_vanished_process_is_found(empty_database: Path, tmp_path: Path) -> None:
    async def test(world: World) -> None:
        world.writer.wait = asyncio.Event()
        pieces = world.ask()
        await anext(pieces)
        [job] = await world.jobs()
        assert job.queue == DIRECT
        now = job.created_at
        assert await world.database.read(leasing.orphans(DIRECT, now)) == []
        await world.database.write(leasing.expire_leases(["node:1"]))
        assert await world.database.read(leasing.orphans(DIRECT, now)) == [job.id]
        await pieces.aclose()

    run(empty_database, tmp_path, test)
