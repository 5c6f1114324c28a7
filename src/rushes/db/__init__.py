"""The database: steps (what to run), drivers (who runs it) and migrations (the tables)."""

from rushes.db.driver import Database
from rushes.db.errors import Misused, Unavailable
from rushes.db.locks import lock, lock_account, lock_accounts
from rushes.db.sqlite import SqliteDatabase
from rushes.db.steps import (
    Each,
    Many,
    Row,
    Statement,
    Step,
    Steps,
    changed_by_each,
    one,
    rows,
    rows_of_each,
    rows_of_many,
    run,
    run_each,
)
from rushes.db.together import Together

__all__ = [
    "Database",
    "Each",
    "Many",
    "Misused",
    "Row",
    "SqliteDatabase",
    "Statement",
    "Step",
    "Steps",
    "Together",
    "Unavailable",
    "changed_by_each",
    "lock",
    "lock_account",
    "lock_accounts",
    "one",
    "rows",
    "rows_of_each",
    "rows_of_many",
    "run",
    "run_each",
]
