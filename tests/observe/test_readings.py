"""What is read from the database for a scrape, and that a scrape never waits for it for long."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
import time
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from rushes import ledger
from rushes.accounts import create_user
from rushes.db import SqliteDatabase, Steps, rows
from rushes.ids import now_ms
from rushes.observing import readings
from rushes.observing.books import Books
from rushes.observing.metrics import Metrics
from rushes.observing.readings import Readings, read
from tests.driving import Database

FOREVER = (
    "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000000000) SELECT count(*) FROM n"
)


def _account(database: Database) -> str:
    user = database.do(create_user("ada@example.com", tier="free"))
    database.do(ledger.grant(user.account, 100, key="g", note=""))
    return user.account


def _job(database: Database, account: str, name: str, *, state: str, created: int, not_before: int = 0) -> None:
    database.run(
        "INSERT INTO jobs (id, account_id, dialect, model, mode, request, state, quote, engine, draft, queue,"
        " created_at, not_before) VALUES (:id, :account, 'rushes', 'm', 'text-to-video', '{}', :state, 1, 'e', 0,"
        " 'cloud', :created, :not_before)",
        id=name, account=account, state=state, created=created, not_before=not_before,
    )  # fmt: skip


def test_an_empty_server(database: Database) -> None:
    found = database.do(read(now_ms()))
    assert (found.jobs, found.oldest) == ({}, {})
    assert (found.holding, found.held, found.deliveries, found.overdue, found.stored) == (0, 0, 0, 0.0, 0)


def test_queues_holds_and_files(database: Database) -> None:
    account = _account(database)
    now = 1_000_000_000
    for name, state, created, not_before in (
        ("job_1", "queued", now - 9_000, 0),
        ("job_2", "queued", now - 50_000, now + 60_000),  # it may not begin yet, so it does not wait for us
        ("job_3", "running", now - 90_000, 0),
        ("job_4", "succeeded", now - 90_000, 0),
    ):
        _job(database, account, name, state=state, created=created, not_before=not_before)
    database.do(ledger.hold(account, "job_1", 30))
    database.run("UPDATE accounts SET stored_bytes = 12345")
    found = database.do(read(now))
    assert found.jobs == {("cloud", "queued"): 2, ("cloud", "running"): 1}
    assert found.oldest == {"cloud": 9.0}
    assert (found.holding, found.held, found.stored) == (1, 30, 12345)


def test_deliveries_that_are_overdue(database: Database) -> None:
    account = _account(database)
    for number, (state, due) in enumerate((("waiting", 4_000), ("waiting", 9_000), ("delivered", 1_000))):
        database.run(
            "INSERT INTO webhook_deliveries (id, account_id, subject, event, url, host, format, policy, snapshot,"
            " state, due_at, created_at) VALUES (:id, :account, 's', 'e', 'u', 'h', 'f', 'p', '', :state, :due, 0)",
            id=f"msg_{number}", account=account, state=state, due=due,
        )  # fmt: skip
    found = database.do(read(10_000))
    assert (found.deliveries, found.overdue) == (2, 6.0)


class Slow:
    """A database that answers when it is told to."""

    def __init__(self) -> None:
        self.asked = 0
        self.go = asyncio.Event()
        self.error: Exception | None = None

    async def aside(self, steps: Generator[Any, Any, Any], seconds: float) -> str:
        steps.close()
        self.asked += 1
        await self.go.wait()
        if self.error is not None:
            raise self.error
        return f"reading {self.asked}"


def test_a_scrape_is_answered_with_what_there_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readings, "PATIENCE", 0.01)

    async def story() -> None:
        database = Slow()
        kept = Readings(database)  # type: ignore[arg-type]
        assert await asyncio.gather(*(kept.latest() for _ in range(5))) == [None] * 5
        assert database.asked == 1, "one at a time"
        database.go.set()
        assert await kept.latest() == "reading 1"
        assert await kept.latest() == "reading 1"
        assert database.asked == 1, "it is fresh"
        monkeypatch.setattr(readings, "FRESH", -1.0)
        database.error = OSError("gone")
        assert await kept.latest() == "reading 1"
        assert (kept.broken, database.asked) == (1, 2)
        database.error = None
        assert await kept.latest() == "reading 3"
        await kept.close()

    asyncio.run(story())


@pytest.fixture
def path(empty_database: Path, tmp_path: Path) -> Path:
    copied = tmp_path / "rushes.db"
    shutil.copy(empty_database, copied)
    return copied


def _count() -> Steps[int]:
    return len((yield from rows("SELECT id FROM accounts")))


def test_reading_aside_has_a_limit_and_cannot_write(path: Path) -> None:
    def forever() -> Steps[None]:
        yield from rows(FOREVER)

    def write() -> Steps[None]:
        yield from rows("DELETE FROM accounts")

    async def story() -> None:
        database = SqliteDatabase(path)
        try:
            with pytest.raises(TimeoutError):
                await database.aside(forever(), 0.05)
            with pytest.raises(sqlite3.OperationalError, match="readonly"):
                await database.aside(write(), 5)
            assert await database.aside(_count(), 5) == 0
        finally:
            await database.close()

    asyncio.run(story())


def test_writes_are_timed(path: Path) -> None:
    async def story() -> None:
        database = SqliteDatabase(path)
        took: list[float] = []
        database.timed = took.append
        await asyncio.gather(*(database.write(_count()) for _ in range(3)))
        assert len(took) == 3
        assert all(seconds > 0 for seconds in took)
        assert database.load().waiting == 0
        await database.close()

    asyncio.run(story())


def test_the_audit_finds_what_is_wrong(path: Path) -> None:
    async def story() -> None:
        database, metrics = SqliteDatabase(path), Metrics()
        books = Books(database, metrics, 3600)
        user = await database.write(create_user("ada@example.com", tier="free"))
        await database.write(ledger.grant(user.account, 100, key="g", note=""))
        await books.look()
        assert metrics.registry.get_sample_value("rushes_ledger_mismatches") == 0
        audited = metrics.registry.get_sample_value("rushes_ledger_audit_timestamp_seconds") or 0
        assert time.time() - audited < 60
        await database.write(rows("UPDATE wallets SET available = 999"))
        await books.look()
        assert metrics.registry.get_sample_value("rushes_ledger_mismatches") == 1
        await database.close()
        path.write_bytes(b"no database")
        await books.look()
        assert metrics.registry.get_sample_value("rushes_ledger_audits_broken_total") == 1
        assert metrics.registry.get_sample_value("rushes_ledger_mismatches") == 1, "the last that was known"

    asyncio.run(story())
