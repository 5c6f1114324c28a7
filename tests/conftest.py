from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from rushes.db import migrate
from rushes.processors import processors
from tests.driving import POSTGRES, Database, opened

# On a busy machine any example may take long; how long they take is the benchmarks' matter.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


def pytest_xdist_auto_num_workers() -> int:
    """One more than there are processors: for a third of their time tests wait for processes that they started."""
    return processors() + 1


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite database to copy: migrating for each test would take longer than the tests."""
    path = tmp_path_factory.mktemp("database") / "rushes.db"
    migrate.upgrade(path)
    return path


@pytest.fixture
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database of the test's own, on the server that RUSHES_TEST_DATABASE names or in a file."""
    path = tmp_path / "rushes.db"
    if not POSTGRES:
        shutil.copy(request.getfixturevalue("empty_database"), path)
    made = opened(path)
    yield made
    made.close()
