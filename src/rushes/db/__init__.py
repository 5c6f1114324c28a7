"""The database: steps (what to run), drivers (who runs it) and migrations (the tables)."""

from rushes.db.sqlite import SqliteDatabase
from rushes.db.steps import Row, Statement, Steps, one, rows, run

Database = SqliteDatabase
"""The driver in use. A second one offers the same methods: rows, one, read, write, close."""

__all__ = ["Database", "Row", "SqliteDatabase", "Statement", "Steps", "one", "rows", "run"]
