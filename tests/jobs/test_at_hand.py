"""Whether a text could be written now: only when no weights have to be downloaded first."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from rushes.db import SqliteDatabase
from rushes.engines.contract import Health
from rushes.engines.local.llm.engine import LocalText
from rushes.engines.text import Chat, End, Piece, TextEngine
from rushes.jobs import Texts


class Silent:
    """An engine that only says how it is."""

    name = "silent"

    def __init__(self, health: Health) -> None:
        self._health = health

    async def write(self, chat: Chat) -> AsyncGenerator[Piece | End, None]:
        raise NotImplementedError
        yield

    async def health(self) -> Health:
        return self._health

    async def close(self) -> None: ...


def at_hand(folder: Path, engine: TextEngine | None) -> bool:
    async def ask() -> bool:
        database = SqliteDatabase(folder / "empty.db")
        texts = Texts(database, engine, "node:1", own="m", stand_in=True, drafts=True, told=lambda: None)
        try:
            return await texts.at_hand()
        finally:
            await texts.close()
            await database.close()

    return asyncio.run(ask())


@pytest.mark.parametrize(
    ("health", "expected"),
    [
        (Health(ready=True), True),
        (Health(ready=True, downloads=True), False),
        (Health(ready=False, reason="gone"), False),
    ],
)
def test_ready_and_nothing_to_download(tmp_path: Path, health: Health, expected: bool) -> None:
    assert at_hand(tmp_path, Silent(health)) is expected


def test_no_engine_writes_nothing(tmp_path: Path) -> None:
    assert at_hand(tmp_path, None) is False


@pytest.mark.parametrize("offline", [True, False])
def test_the_embedded_engine_without_its_weights(tmp_path: Path, offline: bool) -> None:
    pytest.importorskip("xllamacpp")
    engine = LocalText(tmp_path / "models", offline=offline)
    health = asyncio.run(engine.health())
    assert (health.ready, health.downloads) == (not offline, True)
    assert at_hand(tmp_path, engine) is False
