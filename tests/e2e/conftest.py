from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.server import Server


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One running server for a module's tests."""
    running = Server(tmp_path_factory.mktemp("server") / "home")
    running.home.mkdir()
    running.start()
    yield running
    running.close()


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Server]:
    """A server of one test's own, not started yet."""
    home = tmp_path / "home"
    home.mkdir()
    made = Server(home)
    yield made
    made.close()
