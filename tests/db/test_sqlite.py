"""The SQLite driver: atomic writes in groups, reads that see them, failures that hurt nobody else."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from rushes.db import SqliteDatabase, Steps, Unavailable, migrate, one, rows, run


def with_database(empty_database: Path, tmp_path: Path, work: Callable[[SqliteDatabase], Awaitable[None]]) -> None:
    path = tmp_path / "rushes.db"
    shutil.copy(empty_database, path)

    async def main() -> None:
        database = SqliteDatabase(path)
        try:
            await work(database)
        finally:
            await database.close()

    asyncio.run(main())


def add(name: str) -> Steps[str]:
    yield from run("INSERT INTO accounts (id, name, tier, created_at) VALUES (:id, 'n', 'free', 1)", id=name)
    return name


def add_then_fail(name: str) -> Steps[None]:
    yield from add(name)
    raise LookupError(name)


def test_a_write_answers_and_is_seen(empty_database: Path, tmp_path: Path) -> None:
    async def work(database: SqliteDatabase) -> None:
        assert await database.write(add("a1")) == "a1"
        assert await database.one("SELECT id FROM accounts") == ("a1",)
        assert await database.read(rows("SELECT id FROM accounts")) == [("a1",)]

    with_database(empty_database, tmp_path, work)


def test_one_failing_write_of_a_group_changes_nothing_for_the_others(empty_database: Path, tmp_path: Path) -> None:
    async def work(database: SqliteDatabase) -> None:
        writes = [database.write(add(f"a{n}") if n % 3 else add_then_fail(f"a{n}")) for n in range(60)]
        outcomes = await asyncio.gather(*writes, return_exceptions=True)
        for number, outcome in enumerate(outcomes):
            assert isinstance(outcome, str if number % 3 else LookupError)
        assert await database.one("SELECT count(*) FROM accounts") == (40,)

    with_database(empty_database, tmp_path, work)


def test_a_file_that_another_program_keeps_is_away_for_now(
    empty_database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rushes.db.sqlite._PATIENCE", 0.05)

    async def work(database: SqliteDatabase) -> None:
        other = sqlite3.connect(tmp_path / "rushes.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(Unavailable, match="another program"):
            await database.write(add("a1"))
        other.execute("ROLLBACK")
        other.close()
        assert await database.write(add("a1")) == "a1"

    with_database(empty_database, tmp_path, work)


def test_it_ends_well_while_another_program_writes(
    empty_database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rushes.db.sqlite._PATIENCE", 0.05)
    wrong: list[object] = []
    monkeypatch.setattr(threading, "excepthook", wrong.append)

    async def work(database: SqliteDatabase) -> None:
        def many() -> Steps[None]:
            for number in range(200):  # so that there is something to optimize
                yield from add(f"a{number}")
            yield from rows("SELECT id FROM accounts WHERE id > 'a1' ORDER BY id")
            yield from rows("SELECT * FROM postings WHERE account_id > 'a' AND created_at > 1")

        await database.write(many())
        other.execute("BEGIN IMMEDIATE")

    other = sqlite3.connect(tmp_path / "rushes.db", isolation_level=None)
    with_database(empty_database, tmp_path, work)
    other.close()
    assert wrong == []


def test_steps_may_catch_a_broken_constraint(empty_database: Path, tmp_path: Path) -> None:
    def twice() -> Steps[str]:
        yield from add("same")
        try:
            yield from add("same")
        except sqlite3.IntegrityError:
            return "caught"
        return "missed"

    async def work(database: SqliteDatabase) -> None:
        assert await database.write(twice()) == "caught"
        assert await database.one("SELECT count(*) FROM accounts") == (1,)

    with_database(empty_database, tmp_path, work)


def test_the_reader_cannot_write(empty_database: Path, tmp_path: Path) -> None:
    async def work(database: SqliteDatabase) -> None:
        with pytest.raises(sqlite3.OperationalError):
            await database.read(add("a1"))

    with_database(empty_database, tmp_path, work)


def test_a_cancelled_caller_does_not_stop_the_writer(empty_database: Path, tmp_path: Path) -> None:
    async def work(database: SqliteDatabase) -> None:
        task = asyncio.ensure_future(database.write(add("a1")))
        await asyncio.sleep(0)
        task.cancel()
        assert await database.write(add("a2")) == "a2"

    with_database(empty_database, tmp_path, work)


def test_what_waits_is_written_before_closing(empty_database: Path, tmp_path: Path) -> None:
    async def work(database: SqliteDatabase) -> None:
        writes = [asyncio.ensure_future(database.write(add(f"a{n}"))) for n in range(50)]
        await asyncio.sleep(0)
        await database.close()
        assert len(await asyncio.gather(*writes)) == 50
        with pytest.raises(RuntimeError):
            await database.write(add("late"))

    with_database(empty_database, tmp_path, work)


def test_migrating_twice_does_nothing(tmp_path: Path) -> None:
    path = tmp_path / "new.db"
    assert migrate.current(path) is None
    assert migrate.upgrade(path)
    assert migrate.current(path) == migrate.head()
    assert not migrate.upgrade(path)


def test_one_without_rows_is_none(empty_database: Path, tmp_path: Path) -> None:
    async def work(database: SqliteDatabase) -> None:
        assert await database.read(one("SELECT id FROM accounts WHERE id = :id", id="none")) is None

    with_database(empty_database, tmp_path, work)
