"""The translator that ships: its process, and its turn among what computes here."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from rushes.engines.contract import EngineError, FailureCode
from rushes.engines.local.cores import Cores
from tests.local.test_cores import Work
from tests.text.translating import needs_translator, translator

pytestmark = needs_translator


def test_longer_work_is_paused_while_it_translates(tmp_path: Path) -> None:
    async def run() -> None:
        cores, film = Cores(), Work()
        async with translator(tmp_path, cores) as by, cores.use(film, short=False):
            [made] = await by.translate(["Where is the boat?"], "en", "pt")
            assert "barco" in made
            assert film.pauses == 1
            assert film.running

    asyncio.run(run())


def test_it_waits_for_other_short_work(tmp_path: Path) -> None:
    async def run() -> None:
        cores, picture = Cores(), Work()
        async with translator(tmp_path, cores) as by:
            async with cores.use(picture, short=True):
                waiting = asyncio.create_task(by.translate(["Yes."], "en", "pt"))
                await asyncio.sleep(0.5)
                assert not waiting.done()
            assert await waiting == ["Sim."]

    asyncio.run(run())


def test_a_whole_film_is_long_work(tmp_path: Path) -> None:
    async def run() -> None:
        cores, film = Cores(), Work()
        async with translator(tmp_path, cores) as by, cores.use(film, short=False):
            work = asyncio.create_task(by.translate(["The keeper lights the lamp. " * 10] * 400, "en", "pt"))
            while not _children():
                await asyncio.sleep(0.02)
            await asyncio.sleep(0.5)
            assert not work.done()
            assert film.pauses == 0
            work.cancel()
            await asyncio.gather(work, return_exceptions=True)

    asyncio.run(run())


def test_many_sentences_keep_their_order(tmp_path: Path) -> None:
    async def run() -> None:
        async with translator(tmp_path) as by:
            made = await by.translate([f"The number is {number}." for number in range(40)], "en", "pt")
            assert [str(number) in text for number, text in enumerate(made)] == [True] * 40
            assert not list(tmp_path.iterdir())

    asyncio.run(run())


def test_the_process_is_kept_for_the_next_and_goes_when_idle(tmp_path: Path) -> None:
    async def run() -> None:
        async with translator(tmp_path, idle_seconds=1.0) as by:
            await by.translate(["Hello."], "en", "pt")
            before = _children()
            assert await by.translate(["Onde você estava ontem à noite?"], "pt", "en") == ["Where were you last night?"]
            assert _children() == before
            assert len(before) == 1
            async with asyncio.timeout(20):
                while _children():
                    await asyncio.sleep(0.1)

    asyncio.run(run())


def test_cancelling_ends_the_process(tmp_path: Path) -> None:
    async def run() -> None:
        async with translator(tmp_path) as by:
            work = asyncio.create_task(by.translate(["The keeper lights the lamp."] * 4000, "en", "pt"))
            while not (mine := _children()):
                await asyncio.sleep(0.02)
            work.cancel()
            with pytest.raises(asyncio.CancelledError):
                await work
            assert not [pid for pid in mine if Path(f"/proc/{pid}").exists()]
            # And the next one is served.
            assert await by.translate(["Hello."], "en", "pt") == ["Olá."]

    asyncio.run(run())


def test_a_translator_that_dies_is_an_error(tmp_path: Path) -> None:
    async def run() -> None:
        async with translator(tmp_path, memory_bytes=1 << 20) as by:
            await by.translate(["Hello."], "en", "pt")

    with pytest.raises(EngineError) as error:
        asyncio.run(run())
    assert error.value.code is FailureCode.INTERNAL


def _children() -> list[int]:
    """The render processes that we started."""
    found = []
    for folder in Path("/proc").iterdir():
        try:
            command = (folder / "cmdline").read_bytes()
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
        except (OSError, IndexError):
            continue
        if b"rushes.engines.local.child" in command and parent == os.getpid():
            found.append(int(folder.name))
    return found
