"""The database: steps (what to run), drivers (who runs it) and migrations (the tables)."""

from rushes.db.driver import Database
from rushes.db.errors import Misused, Unavailable
from rushes.db.locks import lock, lock_account
from rushes.db.sqlite import SqliteDatabase
from rushes.db.steps import Row, Statement, Steps, one, rows, run

__all__ = [
    "Database",
    "Misused",
    "Row",
    "SqliteDatabase",
    "Statement",
    "Steps",
    "Unavailable",
    "lock",
    "lock_account",
    "one",
    "rows",
    "run",
]
