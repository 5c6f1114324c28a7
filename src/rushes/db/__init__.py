"""The database: steps (what to run), drivers (who runs it) and migrations (the tables)."""

from rushes.db.driver import Database
from rushes.db.errors import Misused, Unavailable
from rushes.db.locks import lock, lock_account, lock_accounts
from rushes.db.sqlite import SqliteDatabase
from rushes.db.steps import Many, Row, Statement, Steps, one, rows, rows_of_many, run, run_many
from rushes.db.together import Together

__all__ = [
    "Database",
    "Many",
    "Misused",
    "Row",
    "SqliteDatabase",
    "Statement",
    "Steps",
    "Together",
    "Unavailable",
    "lock",
    "lock_account",
    "lock_accounts",
    "one",
    "rows",
    "rows_of_many",
    "run",
    "run_many",
]
