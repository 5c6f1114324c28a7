"""The SQLite driver: reads in the event loop's own thread, all writes in one thread with group commit.

A point read costs about 10 µs, less than handing it to a thread would. Writes queue up; the writer takes
all that wait into one commit, each in its own savepoint, so that one failing changes nothing for the others.
"""

from __future__ import annotations

import asyncio
import contextlib
import queue
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Literal, NamedTuple, TypeVar

from rushes.db.errors import Unavailable
from rushes.db.steps import Each, Load, Row, Statement, Step, Steps, with_table

T = TypeVar("T")
HINT = "/*+"
"""What begins with it is for PostgreSQL alone (db/postgres.py)."""
_GROUP = 256
"""Most writes in one commit: bounds how long the first of them waits."""
_VALUES = 128
"""Most rows of values in one statement."""
_PATIENCE = 30.0
"""Seconds to wait for another program that writes."""
_STEPS = 20_000
"""Steps of SQLite's machine between looks at the clock, in what has a time limit."""


class _Write(NamedTuple):
    steps: Steps[Any]
    future: asyncio.Future[Any]


class SqliteDatabase:
    """One SQLite file. Make it inside a running event loop, close it in the same."""

    shared = False

    def __init__(self, path: Path, *, sync: Literal["full", "normal"] = "full") -> None:
        self._path = path
        self._sync = sync
        self._loop = asyncio.get_running_loop()
        self._reader = self._connect()
        self._reader.execute("PRAGMA query_only = 1")
        self._queue: queue.SimpleQueue[_Write | None] = queue.SimpleQueue()
        self._closed = False
        self.timed: Callable[[float], None] | None = None
        """Is told the seconds that each write took, waiting included."""
        self._thread = threading.Thread(target=self._work, name="sqlite-writer", daemon=True)
        self._thread.start()

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self._path, isolation_level=None, cached_statements=512, timeout=_PATIENCE, check_same_thread=False
        )
        for pragma in (
            "journal_mode = WAL",
            f"synchronous = {self._sync}",
            "foreign_keys = ON",
            "temp_store = MEMORY",
            "cache_size = -16000",
            "wal_autocheckpoint = 4000",
        ):
            connection.execute(f"PRAGMA {pragma}")
        return connection

    async def rows(self, sql: str, /, **params: Any) -> list[Row]:
        """All rows of a query. Sees every write whose `write` has returned."""
        return self._reader.execute(sql, params).fetchall()

    async def one(self, sql: str, /, **params: Any) -> Row | None:
        """The first row of a query, or None."""
        # fetchall, not fetchone: an unfinished statement would keep its snapshot open.
        found = self._reader.execute(sql, params).fetchall()
        return found[0] if found else None

    async def read(self, steps: Steps[T]) -> T:
        """Run steps that only read. Raises sqlite3.OperationalError when one writes."""
        return _drive(self._reader, steps)

    async def snapshot(self, steps: Steps[T]) -> T:
        """Run steps that only read, all at one moment."""
        self._reader.execute("BEGIN")
        try:
            return _drive(self._reader, steps)
        finally:
            self._reader.execute("ROLLBACK")

    async def write(self, steps: Steps[T]) -> T:
        """Run `steps` in one transaction. What they raise is raised here, and nothing of theirs stays.

        Raises Unavailable while another program keeps the file to itself.
        """
        if self._closed:
            raise RuntimeError("the database is closed")
        future: asyncio.Future[T] = self._loop.create_future()
        self._queue.put(_Write(steps, future))
        if self.timed is None:
            return await future
        started = time.perf_counter()
        try:
            return await future
        finally:
            self.timed(time.perf_counter() - started)

    async def aside(self, steps: Steps[T], seconds: float) -> T:
        """Run steps that only read and may take long, in one snapshot and out of everybody's way.

        Raises TimeoutError after `seconds`.
        """
        return await asyncio.to_thread(self._aside, steps, seconds)

    def _aside(self, steps: Steps[T], seconds: float) -> T:
        until = time.monotonic() + seconds
        connection = sqlite3.connect(f"{self._path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None)
        connection.set_progress_handler(lambda: time.monotonic() > until, _STEPS)
        try:
            connection.execute("BEGIN")
            return _drive(connection, steps)
        except sqlite3.OperationalError as error:
            if time.monotonic() > until:
                raise TimeoutError from error
            raise
        finally:
            connection.close()

    def load(self) -> Load:
        """How busy it is."""
        return Load(waiting=self._queue.qsize(), used=2, idle=0)

    async def close(self) -> None:
        """Finish the writes that wait, then close the file."""
        if self._closed:
            return
        self._closed = True
        self._queue.put(None)
        await asyncio.to_thread(self._thread.join)
        self._reader.close()

    def _work(self) -> None:
        connection = self._connect()
        stop = False
        while not stop:
            group: list[_Write] = []
            item = self._queue.get()
            while True:
                if item is None:
                    stop = True
                    break
                group.append(item)
                if len(group) == _GROUP:
                    break
                try:
                    item = self._queue.get_nowait()
                except queue.Empty:
                    break
            if group:
                self._commit(connection, group)
        with contextlib.suppress(sqlite3.OperationalError):  # another program writes: the next one to end will do it
            connection.execute("PRAGMA optimize")
        connection.close()

    def _commit(self, connection: sqlite3.Connection, group: list[_Write]) -> None:
        outcomes: list[tuple[asyncio.Future[Any], Any, BaseException | None]] = []
        try:
            connection.execute("BEGIN IMMEDIATE")
            for write in group:
                outcomes.append(self._savepoint(connection, write))
            connection.execute("COMMIT")
        except sqlite3.Error as error:  # the disk is full, the file is locked: nobody's write happened
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            told = Unavailable("another program has locked the database") if _is_locked(error) else error
            outcomes = [(write.future, None, told) for write in group]
        self._loop.call_soon_threadsafe(_resolve, outcomes)

    def _savepoint(
        self, connection: sqlite3.Connection, write: _Write
    ) -> tuple[asyncio.Future[Any], Any, BaseException | None]:
        connection.execute("SAVEPOINT one")
        try:
            result = _drive(connection, write.steps)
        except Exception as error:
            connection.execute("ROLLBACK TO one")
            connection.execute("RELEASE one")
            return write.future, None, error
        connection.execute("RELEASE one")
        return write.future, result, None


def _is_locked(error: sqlite3.Error) -> bool:
    return getattr(error, "sqlite_errorcode", None) in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


def _drive(connection: sqlite3.Connection, steps: Steps[T]) -> T:
    try:
        statement = next(steps)
        while True:
            try:
                rows = found(connection, statement)
            except sqlite3.IntegrityError as error:
                statement = steps.throw(error)
            else:
                statement = steps.send(rows)
    except StopIteration as stop:
        return stop.value  # type: ignore[no-any-return]


def found(connection: sqlite3.Connection, step: Step) -> list[Row]:
    """Run a step; its rows."""
    if step.sql.startswith(HINT):  # a lock: nobody else writes here
        return []
    if isinstance(step, Statement):
        return connection.execute(step.sql, step.params).fetchall()
    if isinstance(step, Each):
        return _of_each(connection, step)
    return [row for params in step.each for row in connection.execute(step.sql, params).fetchall()]


def _of_each(connection: sqlite3.Connection, step: Each) -> list[Row]:
    """All values in few statements, and few rows back: each of either costs a wait for the interpreter, which is the
    event loop's meanwhile."""
    if step.bare and len(step.values) > 1 and _changed_all(connection, step):
        return [row[:1] for row in map(tuple, step.values)]
    return [row for sql, values in _parts(step.sql, step.values) for row in connection.execute(sql, values).fetchall()]


def _changed_all(connection: sqlite3.Connection, step: Each) -> bool:
    """Whether the statement changed a row for each of the values; else it changed nothing."""
    connection.execute("SAVEPOINT all_of_them")
    changed = 0
    try:
        for sql, values in _parts(step.bare, step.values):
            connection.execute(sql, values)
            changed += connection.execute("SELECT changes()").fetchone()[0]
    finally:
        if changed != len(step.values):
            connection.execute("ROLLBACK TO all_of_them")
        connection.execute("RELEASE all_of_them")
    return changed == len(step.values)


def _parts(sql: str, given: Sequence[Sequence[Any]]) -> Iterator[tuple[str, list[Any]]]:
    """The statements that an Each is, with their parameters."""
    at, left = 0, len(given)
    while left:
        count = min(_VALUES, 1 << left.bit_length() - 1)  # few different statements, which are prepared once
        yield _over(sql, count), [value for row in given[at : at + count] for value in row]
        at, left = at + count, left - count


@cache
def _over(sql: str, count: int) -> str:
    """The statement of an Each over so many rows of values."""

    def table(columns: Sequence[tuple[str, str]]) -> str:
        names = ", ".join(f"column{number} AS {name}" for number, (name, _) in enumerate(columns, 1))
        row = f"({', '.join('?' * len(columns))})"
        return f"(SELECT {names} FROM (VALUES {', '.join([row] * count)}))"

    return with_table(sql, table)


def _resolve(outcomes: list[tuple[asyncio.Future[Any], Any, BaseException | None]]) -> None:
    for future, result, error in outcomes:
        if future.done():  # the caller was cancelled; its write stands
            continue
        if error is None:
            future.set_result(result)
        else:
            future.set_exception(error)
