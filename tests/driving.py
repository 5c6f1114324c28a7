"""Running steps against a real SQLite database, synchronously: for tests of the rooms' SQL and rules."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import TypeVar

from rushes.db import Steps, migrate

T = TypeVar("T")


class Database:
    """A migrated database in a file; `do` runs steps as one transaction."""

    def __init__(self, path: Path) -> None:
        migrate.upgrade(path)
        self.connection = sqlite3.connect(path, isolation_level=None)
        self.connection.execute("PRAGMA foreign_keys = ON")

    def do(self, steps: Steps[T]) -> T:
        """Commit what `steps` did, or roll back and raise what they raised."""
        self.connection.execute("BEGIN IMMEDIATE")
        try:
            statement = next(steps)
            while True:
                found = self.connection.execute(statement.sql, statement.params).fetchall()
                statement = steps.send(found)
        except StopIteration as stop:
            self.connection.execute("COMMIT")
            return stop.value
        except BaseException:
            self.connection.execute("ROLLBACK")
            raise

    def value(self, sql: str) -> object:
        """One value of a query."""
        return self.connection.execute(sql).fetchone()[0]
