"""Running steps against a real database, synchronously: for tests of the rooms' SQL and rules.

SQLite, or PostgreSQL where RUSHES_TEST_DATABASE names one (`make test` runs these tests on both).
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

import asyncpg
import pytest

from rushes.db import Row, Statement, Step, Steps, migrate, postgres, sqlite
from rushes.db.postgres import translated
from rushes.ids import new_id

T = TypeVar("T")
POSTGRES = os.environ.get("RUSHES_TEST_DATABASE", "")
"""Address of a server whose databases the tests may make and drop."""
TEMPLATE = "rushes_tests"
BROKEN = (sqlite3.IntegrityError, asyncpg.IntegrityConstraintViolationError)
"""What a broken constraint raises."""


class Database(ABC):
    """A migrated database; `do` runs steps as one transaction."""

    order: str
    """An expression that grows with the order in which rows were written."""

    def do(self, steps: Steps[T]) -> T:
        """Commit what `steps` did, or roll back and raise what they raised."""
        self.begin()
        try:
            statement = next(steps)
            while True:
                statement = steps.send(self.found(statement))
        except StopIteration as stop:
            self.script("COMMIT")
            return stop.value
        except BaseException:
            self.roll_back()
            raise

    @abstractmethod
    def found(self, step: Step) -> list[Row]:
        """Run a step; its rows."""

    def begin(self) -> None:
        """Begin a transaction by hand."""
        self.script("BEGIN")

    def roll_back(self) -> None:
        """Undo it."""
        self.script("ROLLBACK")

    def run(self, sql: str, **params: Any) -> None:
        """Run a statement for its effect."""
        self.all(sql, params)

    def value(self, sql: str) -> Any:
        """One value of a query."""
        return self.all(sql)[0][0]

    def explain(self, steps: Steps[Any]) -> str:
        """How SQLite would run the first statement of `steps`."""
        statement = next(steps)
        assert isinstance(statement, Statement)
        steps.close()
        return "; ".join(str(row[3]) for row in self.all(f"EXPLAIN QUERY PLAN {statement.sql}", statement.params))

    def dump(self) -> str:
        """Every row of every table as text."""
        return "\n".join(str(row) for table in self.tables() for row in self.all(f"SELECT * FROM {table}"))

    @abstractmethod
    def all(self, sql: str, params: Mapping[str, Any] = MappingProxyType({})) -> list[Row]:
        """All rows of a statement."""

    @abstractmethod
    def tables(self) -> list[str]:
        """The names of all tables."""

    @abstractmethod
    def script(self, sql: str) -> None:
        """Run what is no query."""

    @abstractmethod
    def close(self) -> None: ...


class InSqlite(Database):
    """A database in a file, migrated before."""

    order = "rowid"

    def __init__(self, path: Path) -> None:
        self.connection = sqlite3.connect(path, isolation_level=None, timeout=30)
        self.connection.execute("PRAGMA foreign_keys = ON")

    def begin(self) -> None:
        self.script("BEGIN IMMEDIATE")

    def found(self, step: Step) -> list[Row]:
        return sqlite.found(self.connection, step)

    def all(self, sql: str, params: Mapping[str, Any] = MappingProxyType({})) -> list[Row]:
        return self.connection.execute(sql, dict(params)).fetchall()

    def tables(self) -> list[str]:
        return [row[0] for row in self.all("SELECT name FROM sqlite_master WHERE type = 'table'")]

    def script(self, sql: str) -> None:
        self.connection.execute(sql)

    def close(self) -> None:
        self.connection.close()


class InPostgres(Database):
    """A database on a server: the one at `url`, or else one of its own."""

    order = "(SELECT xmin::text::bigint)"

    def __init__(self, url: str = "") -> None:
        self._loop = asyncio.new_event_loop()
        self._own = not url
        self.url = url or self._loop.run_until_complete(new_postgres())
        self._connection = self._loop.run_until_complete(_connect(self.url))

    def found(self, step: Step) -> list[Row]:
        return self._loop.run_until_complete(postgres.fetched(self._connection, step, {}))

    def all(self, sql: str, params: Mapping[str, Any] = MappingProxyType({})) -> list[Row]:
        text, names = translated(sql)
        found = self._loop.run_until_complete(self._connection.fetch(text, *[params[name] for name in names]))
        return [tuple(record) for record in found]

    def tables(self) -> list[str]:
        return [row[0] for row in self.all("SELECT tablename::text FROM pg_tables WHERE schemaname = 'public'")]

    def script(self, sql: str) -> None:
        self._loop.run_until_complete(self._connection.execute(sql))

    def close(self) -> None:
        self._loop.run_until_complete(self._connection.close())
        if self._own:
            self._loop.run_until_complete(drop_postgres(self.url))
        self._loop.close()


def opened(path: Path) -> Database:
    """A new database on the server that RUSHES_TEST_DATABASE names, or the one in the file at `path`."""
    if POSTGRES:
        return InPostgres()
    migrate.upgrade(path)
    return InSqlite(path)


sqlite_only = pytest.mark.skipif(bool(POSTGRES), reason="about SQLite alone")


async def new_postgres() -> str:
    """The address of a new, migrated database: a copy of one that is migrated once."""
    server = await _connect(POSTGRES)
    name = new_id("t_").lower()
    try:
        # One makes the template, the others wait for it.
        await server.execute("SELECT pg_advisory_lock(7)")
        if not await server.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", TEMPLATE):
            await server.execute(f"CREATE DATABASE {TEMPLATE}")
        await migrate.upgrade_postgres(_at(TEMPLATE))
        await server.execute(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
        await server.execute("SELECT pg_advisory_unlock(7)")
    finally:
        await server.close()
    return _at(name)


async def drop_postgres(url: str) -> None:
    """Remove a database that `new_postgres` made."""
    server = await _connect(POSTGRES)
    await server.execute(f"DROP DATABASE IF EXISTS {url.rpartition('/')[2]} WITH (FORCE)")
    await server.close()


async def _connect(url: str) -> Any:
    return await asyncpg.connect(url)


def _at(name: str) -> str:
    return f"{POSTGRES.rpartition('/')[0]}/{name}"
