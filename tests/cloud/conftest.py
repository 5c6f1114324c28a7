from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from rushes.engines.cloud import engine
from tests.cloud import driving
from tests.cloud.cases import CASES
from tests.cloud.driving import World

Drive = Callable[[str, Callable[[World], Awaitable[None]]], None]


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Further tries follow at once."""
    monkeypatch.setattr(engine, "_PAUSES", (0.0, 0.0))
    monkeypatch.setattr(engine, "_FETCH_PAUSES", (0.0, 0.0, 0.0))


@pytest.fixture
def drive(tmp_path: Path) -> Drive:
    """Run a test in the world of one provider."""

    def run(kind: str, test: Callable[[World], Awaitable[None]]) -> None:
        case = CASES[kind]
        driving.run(kind, case.server, tmp_path, test, case.base)

    return run
