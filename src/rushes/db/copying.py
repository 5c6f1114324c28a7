"""From SQLite to PostgreSQL: all tables in one transaction, proven row by row before it is committed."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct

from rushes.db.errors import Misused
from rushes.db.postgres import driven, storable, told
from rushes.db.steps import Row, Steps

_AT_A_TIME = 5_000
_OURS = ("alembic_version", "nodes", "agreed", "windows", "wrong_passwords", "workers")
"""What a database has for itself."""


class Copied(Struct, frozen=True):
    """One table: how many rows it has, and the hash of all that is in them, on both sides."""

    table: str
    rows: int
    sha256: str


class NotTheSame(Exception):
    """What was read back is not what was written. Nothing is kept."""


async def copy_all(path: Path, url: str, *, proof: Callable[[], Steps[list[str]]]) -> list[Copied]:
    """Copy every table of the SQLite database at `path` into the migrated, empty PostgreSQL database at `url`.

    `proof` are checks on the copy; what they find wrong undoes it. Raises Misused, NotTheSame, Unavailable.
    """
    import asyncpg

    source = sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True, isolation_level=None)
    try:
        source.execute("BEGIN IMMEDIATE")  # whoever else works on it waits, or fails: a copy has no yesterday
        async with told():
            target = await asyncpg.connect(url, timeout=10.0)
            try:
                async with target.transaction():
                    copied = await _copied(source, target)
                    if wrong := await driven(target, proof()):
                        raise NotTheSame("the copy's books are wrong: " + "; ".join(wrong[:5]))
            finally:
                await target.close()
        return copied
    finally:
        source.close()


async def _copied(source: sqlite3.Connection, target: Any) -> list[Copied]:
    columns = _columns(source)
    for table in columns:
        if await target.fetchval(f'SELECT 1 FROM "{table}" LIMIT 1') is not None:
            raise Misused(f"the target is not empty: its table {table} has rows")
    found = []
    for table in _in_order(source, columns):
        names = columns[table]
        ours, theirs = hashlib.sha256(), hashlib.sha256()
        count = 0
        key, texts = _key(source, table), _texts(source, table)
        for part in _parts(source.execute(f"SELECT {', '.join(names)} FROM {table}")):
            await target.copy_records_to_table(table, records=part, columns=names)
            count += len(part)
        # Hashed in one order on both sides: that of the key, byte by byte.
        for part in _parts(source.execute(f"SELECT {', '.join(names)} FROM {table} ORDER BY {', '.join(key)}")):
            _add(ours, part)
        exact = ", ".join(f'{name} COLLATE "C"' if name in texts else name for name in key)
        copied = 0
        async for record in target.cursor(f"SELECT {', '.join(names)} FROM {table} ORDER BY {exact}"):
            _add(theirs, [tuple(record)])
            copied += 1
        if copied != count or ours.digest() != theirs.digest():
            raise NotTheSame(f"table {table}: {count} rows were read, {copied} written, or they differ")
        found.append(Copied(table, count, ours.hexdigest()))
    return found


def _parts(cursor: sqlite3.Cursor) -> Iterator[list[Row]]:
    while part := cursor.fetchmany(_AT_A_TIME):
        yield [tuple(storable(value) for value in row) for row in part]


def _add(digest: Any, rows: Iterable[Sequence[Any]]) -> None:
    for row in rows:
        digest.update(repr([float(value) if isinstance(value, float) else value for value in row]).encode())


def _columns(source: sqlite3.Connection) -> dict[str, list[str]]:
    """The columns of every table that is copied."""
    tables = source.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    names = sorted(str(name) for (name,) in tables.fetchall())
    return {
        table: [str(row[1]) for row in source.execute(f"PRAGMA table_info({table})")]
        for table in names
        if table not in _OURS
    }


def _key(source: sqlite3.Connection, table: str) -> list[str]:
    """The columns of a table's primary key, in its order."""
    found = sorted((row[5], str(row[1])) for row in source.execute(f"PRAGMA table_info({table})") if row[5])
    return [name for _, name in found]


def _texts(source: sqlite3.Connection, table: str) -> set[str]:
    return {str(row[1]) for row in source.execute(f"PRAGMA table_info({table})") if row[2] == "TEXT"}


def _in_order(source: sqlite3.Connection, tables: Iterable[str]) -> list[str]:
    """Tables that others refer to come first."""
    left = {
        table: {str(row[2]) for row in source.execute(f"PRAGMA foreign_key_list({table})")} - {table}
        for table in tables
    }
    order: list[str] = []
    while left:
        ready = [table for table, needs in left.items() if needs <= set(order)]
        order += ready
        for table in ready:
            del left[table]
    return order
