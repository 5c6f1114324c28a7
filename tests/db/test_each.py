"""Statements over a table of values, on whichever database the tests run."""

from __future__ import annotations

import pytest

from rushes.db import Steps, changed_by_each, rows_of_each, run_each
from rushes.db.steps import with_table
from tests.driving import BROKEN, Database

_ADD = (
    "INSERT INTO windows (key, ends_at, hits) SELECT * FROM each(key TEXT, ends BIGINT, hits BIGINT) AS added"
    " WHERE true ON CONFLICT (key) DO NOTHING RETURNING key"
)
_MOVE = (
    "UPDATE windows SET hits = hits + more FROM each(name TEXT, more BIGINT) AS moved WHERE key = name"
    " RETURNING key, hits"
)


def _add(count: int) -> Steps[list[str]]:
    return [row[0] for row in (yield from rows_of_each(_ADD, [(f"k{n:03}", n, 1) for n in range(count)]))]


@pytest.mark.parametrize("count", [1, 2, 7, 127, 128, 129, 300])
def test_every_value_is_used_once(database: Database, count: int) -> None:
    added = database.do(_add(count))
    assert sorted(added) == [f"k{n:03}" for n in range(count)]
    assert database.do(_add(count)) == []  # all there already
    moved = database.do(rows_of_each(_MOVE, [(f"k{n:03}", n) for n in range(count)] + [("nobody", 1)]))
    assert sorted(moved) == [(f"k{n:03}", n + 1) for n in range(count)]


_RAISE = (
    "UPDATE windows SET hits = hits + more FROM each(name TEXT, more BIGINT, most BIGINT) AS raised"
    " WHERE key = name AND hits < most"
)


@pytest.mark.parametrize("count", [1, 2, 127, 300])
@pytest.mark.parametrize("fit", ["all", "some", "none"])
def test_who_was_changed_is_told(database: Database, count: int, fit: str) -> None:
    database.do(_add(count))
    most = {"all": lambda n: 9, "some": lambda n: 9 if n % 3 else 0, "none": lambda n: 0}[fit]
    names = [f"k{n:03}" for n in range(count)]
    changed = database.do(changed_by_each(_RAISE, "key", [(name, 5, most(n)) for n, name in enumerate(names)]))
    assert changed == {name for n, name in enumerate(names) if most(n)}
    assert {key for key, hits in database.all("SELECT key, hits FROM windows") if hits == 6} == changed
    assert {hits for _, hits in database.all("SELECT key, hits FROM windows")} <= {1, 6}


def test_one_that_is_named_twice_is_changed_once(database: Database) -> None:
    database.do(_add(3))
    assert database.do(changed_by_each(_RAISE, "key", [("k001", 5, 9), ("k001", 5, 9)])) == {"k001"}
    assert database.value("SELECT hits FROM windows WHERE key = 'k001'") == 6


def test_values_keep_their_kinds(database: Database) -> None:
    sql = "SELECT name, whole, part, said FROM each(name TEXT, whole BIGINT, part DOUBLE PRECISION, said TEXT) AS e"
    given = [("a'b?:c", 2**62, 0.1, None), ("", -1, 2.0, "x"), ("ä", 0, -0.5, None)]
    assert sorted(database.do(rows_of_each(sql, given))) == sorted(given)


def test_without_values_nothing_is_run(database: Database) -> None:
    assert database.do(rows_of_each("no statement", [])) == []
    database.do(run_each("no statement", []))


def test_one_broken_value_undoes_all(database: Database) -> None:
    plain = "INSERT INTO windows (key, ends_at, hits) SELECT * FROM each(key TEXT, ends BIGINT, hits BIGINT) AS added"
    with pytest.raises(BROKEN):
        database.do(run_each(plain, [(f"k{n % 150}", 1, 1) for n in range(200)]))
    assert database.value("SELECT count(*) FROM windows") == 0


def test_columns_are_named_and_typed() -> None:
    made = with_table(
        "SELECT * FROM each(a TEXT, b DOUBLE PRECISION) AS e", lambda columns: " + ".join(map(repr, columns))
    )
    assert made == "SELECT * FROM ('a', 'TEXT') + ('b', 'DOUBLE PRECISION') AS e"
