from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.driving import Database


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated database to copy: migrating for each test would take longer than the tests."""
    path = tmp_path_factory.mktemp("database") / "rushes.db"
    Database(path).connection.close()
    return path


@pytest.fixture
def database(empty_database: Path, tmp_path: Path) -> Iterator[Database]:
    path = tmp_path / "rushes.db"
    shutil.copy(empty_database, path)
    opened = Database(path)
    yield opened
    opened.connection.close()
