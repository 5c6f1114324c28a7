"""A scrape of one process: breakers, what it has in hand, and a collector that cannot be had."""

from __future__ import annotations

import asyncio
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from rushes.db import SqliteDatabase
from rushes.engines.contract import AmbiguousStart, EngineError, FailureCode, Health
from rushes.engines.health import Board
from rushes.observing.metrics import Metrics
from rushes.observing.scrape import Scrape
from rushes.observing.watching import Watching
from rushes.services import build
from rushes.settings import Settings, SettingsError
from tests.observe.exposition import Scraped


class Elsewhere:
    remote = True


def test_breakers_and_checks(empty_database: Path, tmp_path: Path) -> None:
    shutil.copy(empty_database, tmp_path / "rushes.db")
    now = 100.0
    board = Board(lambda: now)
    engines: Mapping[str, Any] = {"cloud": Elsewhere()}

    async def story() -> list[Scraped]:
        nonlocal now
        database = SqliteDatabase(tmp_path / "rushes.db")
        scrape = Scrape(Metrics(), database, board, engines, None, tmp_path)
        found = []
        board.told("cloud", Health(ready=True))
        board.failed("cloud", "kling:v2", for_sure=True)
        board.failed("cloud", "veo")
        board.failed("composer", for_sure=True)
        found.append(Scraped((await scrape.text()).decode()))
        now += 31
        board.told("cloud", Health(ready=False, reason="away"))
        found.append(Scraped((await scrape.text()).decode()))
        assert board.admit("composer")  # on trial: others are still kept away
        found.append(Scraped((await scrape.text()).decode()))
        await scrape.close()
        await database.close()
        return found

    first, second, third = asyncio.run(story())
    name = "rushes_breaker_open"
    assert first.get(name, engine="cloud", upstream="kling:v2") == 1
    assert first.get(name, engine="cloud", upstream="veo") == 0
    assert first.get(name, engine="composer", upstream="") == 1
    assert first.get("rushes_engine_ready", engine="cloud") == 1
    assert second.get(name, engine="cloud", upstream="kling:v2") == 0
    assert second.get("rushes_engine_ready", engine="cloud") == 0
    assert third.get(name, engine="composer", upstream="") == 1
    assert first.get("rushes_worker") == 0


def test_faults_of_calls_are_told_apart() -> None:
    watching = Watching(Metrics())
    for error in (EngineError(FailureCode.QUOTA, "full"), AmbiguousStart("?"), KeyError("x")):
        with pytest.raises(type(error)), watching.call("cloud", "start"):
            raise error
    with watching.call("cloud", "start"):
        pass
    value = watching.metrics.registry.get_sample_value
    for fault in ("quota", "ambiguous", "broken"):
        assert value("rushes_engine_faults_total", {"engine": "cloud", "call": "start", "fault": fault}) == 1
    assert value("rushes_engine_call_seconds_count", {"engine": "cloud", "call": "start"}) == 4


def test_a_collector_without_the_extra_stops_the_start(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry", None)
    settings = Settings(home=str(tmp_path), otel_endpoint="http://127.0.0.1:4318", text_model="off")
    with pytest.raises(SettingsError, match=r"rushes\[otel\]"):
        asyncio.run(build(settings, worker=False))
