"""Transactions as generators: the rooms say what to run, a driver runs it.

A *step* is one statement. A function that needs the database is a generator that yields statements and
receives their rows; it never touches a connection. So the same code runs on every driver, a room's
functions combine into one transaction with `yield from`, and a test can drive them by hand.

    def rename(user: str, name: str) -> Steps[bool]:
        row = yield from one("UPDATE users SET name = :name WHERE id = :user RETURNING id", user=user, name=name)
        return row is not None

    done = await database.write(rename("u1", "Ada"))

SQL is the part that SQLite (3.35 or later) and PostgreSQL (14 or later) share, with `:named` parameters.

On SQLite all writes happen one after another; on PostgreSQL many at a time, each statement seeing what was committed
before it (READ COMMITTED): db/locks.py says what a transaction locks that relies on what it has read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

T = TypeVar("T")
Row = tuple[Any, ...]


class Statement(NamedTuple):
    """One SQL statement and its named parameters."""

    sql: str
    params: Mapping[str, Any]


class Many(NamedTuple):
    """One SQL statement, run for each of several sets of parameters in their order: on PostgreSQL in one round trip.

    Its rows are those of all runs, one after the other.
    """

    sql: str
    each: Sequence[Mapping[str, Any]]


class Each(NamedTuple):
    """One SQL statement over a table of values: `each(name type, …)` in its FROM stands for that table.

    The columns are in the order of each of the `values`. Its rows must not depend on each other: a driver may run it
    for some of them at a time.

    bare: the same without what it returns, where that is the first column of each of the values for which it changed a
    row, and it changes one at most for each: where it did for all, nothing need be returned.
    """

    sql: str
    values: Sequence[Sequence[Any]]
    bare: str = ""


Step = Statement | Many | Each
Steps = Generator[Step, list[Row], T]
_EACH = re.compile(r"\beach\(([^()]*)\)")


def with_table(sql: str, table: Callable[[Sequence[tuple[str, str]]], str]) -> str:
    """The statement of an Each, with what `table` makes of the names and types of its columns."""

    def made(match: re.Match[str]) -> str:
        name_type = (column.strip().partition(" ") for column in match[1].split(","))
        return table([(name, kind) for name, _, kind in name_type])

    return _EACH.sub(made, sql)


class Load(NamedTuple):
    """How busy a driver is: transactions that wait for their turn to write, connections in use and idle."""

    waiting: int
    used: int
    idle: int


def rows(sql: str, /, **params: Any) -> Steps[list[Row]]:
    """Run a statement; all its rows."""
    return (yield Statement(sql, params))


def one(sql: str, /, **params: Any) -> Steps[Row | None]:
    """Run a statement; its first row, or None."""
    found = yield Statement(sql, params)
    return found[0] if found else None


def run(sql: str, /, **params: Any) -> Steps[None]:
    """Run a statement for its effect."""
    yield Statement(sql, params)


def rows_of_many(sql: str, each: Sequence[Mapping[str, Any]]) -> Steps[list[Row]]:
    """Run a statement for each set of parameters; all their rows."""
    if len(each) == 1:
        return (yield Statement(sql, each[0]))
    return (yield Many(sql, each)) if each else []


def rows_of_each(sql: str, values: Sequence[Sequence[Any]]) -> Steps[list[Row]]:
    """Run a statement over a table of values, if there are any; its rows."""
    return (yield Each(sql, values)) if values else []


def run_each(sql: str, values: Sequence[Sequence[Any]]) -> Steps[None]:
    """Run a statement over a table of values, if there are any, for its effect."""
    if values:
        yield Each(sql, values)


def changed_by_each(sql: str, returned: str, values: Sequence[Sequence[Any]]) -> Steps[set[str]]:
    """Run a statement that changes at most one row for each of the values: the first columns of those for which it did.

    `returned` is what names the row, and the same as that column.
    """
    found = (yield Each(f"{sql} RETURNING {returned}", values, sql)) if values else []
    return {str(name) for (name,) in found}
