"""Whose jobs a worker takes: by what it can do itself, and by what the others say that they can."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from rushes import accounts
from rushes.catalog import Wish, load_catalog, make_plan
from rushes.db import SqliteDatabase
from rushes.engines.contract import Mode
from rushes.jobs import store
from rushes.jobs.abilities import SPARE, UNKNOWN, Abilities
from rushes.jobs.routing import Choice
from rushes.jobs.service import Order, new_job
from rushes.node import Node

Story = Callable[["House"], Awaitable[None]]


class House:
    """Workers on one data folder, with a clock of their own."""

    def __init__(self, home: Path, account: str) -> None:
        self.database = SqliteDatabase(home / "rushes.db")
        self.now = 0.0
        self._home = home
        self._account = account
        self.nodes: list[Node] = []

    def worker(self, engines: str, *, unable: str = "", queues: str = "edit") -> tuple[Node, Abilities]:
        node = Node(self._home)
        self.nodes.append(node)

        async def serves(name: str) -> bool:
            return name not in unable.split()

        return node, Abilities(self.database, node, queues.split(), engines.split(), serves, lambda: self.now)

    async def job(self, engine: str, queue: str = "edit") -> None:
        catalog = load_catalog()
        plan = make_plan(catalog, Wish(model="composer", prompt="p", mode=Mode.TEXT_TO_VIDEO, seconds=5))
        order = Order(plan=plan, dialect="rushes")
        await self.database.write(store.insert(new_job(self._account, order, Choice(engine, queue, False))))

    async def after(self, seconds: float, *all_of: Abilities) -> None:
        """All look around, once some time has gone by."""
        self.now += seconds
        for each in all_of:
            await each.look(alone=False)


@pytest.fixture
def play(empty_database: Path, tmp_path: Path) -> Callable[[Story], None]:
    def run(story: Story) -> None:
        shutil.copy(empty_database, tmp_path / "rushes.db")

        async def main() -> None:
            database = SqliteDatabase(tmp_path / "rushes.db")
            user = await database.write(accounts.create_user("ada@example.com", tier="enterprise", credits=1))
            await database.close()
            house = House(tmp_path, user.account)
            try:
                await story(house)
            finally:
                for node in house.nodes:
                    node.close()
                await house.database.close()

        asyncio.run(main())

    return run


def test_what_another_can_do_is_left_to_it(play: Callable[[Story], None]) -> None:
    async def story(house: House) -> None:
        _, poor = house.worker("speech editing", unable="speech")
        _, rich = house.worker("speech editing")
        await house.after(0, poor, rich)
        await house.after(SPARE + 1, poor, rich)
        await house.after(SPARE + 1, poor, rich)
        assert poor.takes("edit") == ("editing",)
        assert rich.takes("edit") == ("editing", "speech")

    play(story)


@pytest.mark.parametrize("killed", [True, False])
def test_what_nobody_can_do_any_more_is_taken_after_a_while(play: Callable[[Story], None], killed: bool) -> None:
    async def story(house: House) -> None:
        _, poor = house.worker("speech editing", unable="speech")
        node, rich = house.worker("speech")
        await house.after(0, rich, poor)
        if not killed:
            await rich.leave()
        node.close()
        house.nodes.remove(node)
        await house.after(1, poor)
        assert poor.takes("edit") == ("editing",)
        await house.after(SPARE, poor)
        assert poor.takes("edit") == ("editing", "speech")
        _, again = house.worker("speech")
        await house.after(1, again, poor)
        assert poor.takes("edit") == ("editing",), "somebody who can is back"

    play(story)


def test_who_takes_other_queues_does_not_count(play: Callable[[Story], None]) -> None:
    async def story(house: House) -> None:
        _, poor = house.worker("upscale", unable="upscale", queues="local edit")
        _, rich = house.worker("upscale", queues="edit")
        await house.after(0, rich, poor)
        await house.after(SPARE + 1, rich, poor)
        assert poor.takes("edit") == ()
        assert poor.takes("local") == ("upscale",)
        assert poor.takes("cloud") == ()

    play(story)


def test_an_engine_that_nobody_was_told_of_is_waited_for_longer(play: Callable[[Story], None]) -> None:
    async def story(house: House) -> None:
        await house.job("comfyui", "cloud")
        await house.job("fal", "edit")
        _, worker = house.worker("openai", queues="cloud")
        await house.after(0, worker)
        await house.after(UNKNOWN - 1, worker)
        assert worker.takes("cloud") == ("openai",)
        await house.after(2, worker)
        assert worker.takes("cloud") == ("comfyui", "openai")
        _, told = house.worker("comfyui", queues="cloud")
        await house.after(1, told, worker)
        assert worker.takes("cloud") == ("openai",)

    play(story)


def test_who_is_alone_waits_for_nobody(play: Callable[[Story], None]) -> None:
    async def story(house: House) -> None:
        await house.job("comfyui")
        _, worker = house.worker("speech editing", unable="speech")
        await worker.look(alone=True)
        assert worker.takes("edit") == ("comfyui", "editing", "speech")

    play(story)


def test_who_was_taken_for_dead_says_again_what_it_can(play: Callable[[Story], None]) -> None:
    async def story(house: House) -> None:
        _, sleeper = house.worker("speech")
        _, other = house.worker("speech", unable="speech")
        await house.after(0, sleeper, other)
        await sleeper.leave()  # as others do for one that hangs
        await house.after(SPARE, other)
        await house.after(1, sleeper, other)
        assert (sleeper.takes("edit"), other.takes("edit")) == (("speech",), ())

    play(story)
