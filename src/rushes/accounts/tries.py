"""Wrong passwords in a row: kept in memory by one process, in the database by several."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol

from rushes.db import Database, Steps, one, rows, run

FREE = 5
"""Wrong ones in a row that cost no wait."""
LONGEST = 900.0
"""Seconds to wait at most."""
_KNOWN = 10_000
_KEPT_MS = 3_600_000
_NOW = "(extract(epoch FROM clock_timestamp()) * 1000)::bigint"


def wait_after(count: int) -> float:
    """Seconds to wait after the `count`-th wrong one in a row."""
    return min(LONGEST, 2.0 ** min(20, max(0, count - FREE + 1)))


class Tries(Protocol):
    """Counts wrong passwords by whose they would be."""

    async def wait(self, who: str) -> float:
        """Seconds until `who` may try again; 0 or less: now."""

    async def wrong(self, who: str) -> None:
        """One more."""

    async def forgive(self, who: str) -> None:
        """They count from the start again."""


class OwnTries:
    """Those that this process has seen."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._wrong: dict[str, tuple[int, float]] = {}

    async def wait(self, who: str) -> float:
        """Seconds until `who` may try again."""
        count, until = self._wrong.get(who, (0, 0.0))
        return until - self._clock() if count >= FREE else 0.0

    async def wrong(self, who: str) -> None:
        """One more."""
        now = self._clock()
        if len(self._wrong) > _KNOWN:  # bounded: forget who may try again anyway
            self._wrong = {key: entry for key, entry in self._wrong.items() if entry[1] > now}
        count = self._wrong.get(who, (0, 0.0))[0] + 1
        self._wrong[who] = (count, now + wait_after(count))

    async def forgive(self, who: str) -> None:
        """They count from the start again."""
        self._wrong.pop(who, None)


class SharedTries:
    """Those that all processes of a PostgreSQL database have seen. Two that come at the same moment both count."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def wait(self, who: str) -> float:
        """Seconds until `who` may try again."""
        row = await self._database.one(f"SELECT count, until - {_NOW} FROM wrong_passwords WHERE who = :who", who=who)
        return int(row[1]) / 1000 if row is not None and int(row[0]) >= FREE else 0.0

    async def wrong(self, who: str) -> None:
        """One more."""
        await self._database.write(_wrong(who))

    async def forgive(self, who: str) -> None:
        """They count from the start again."""
        await self._database.write(run("DELETE FROM wrong_passwords WHERE who = :who", who=who))


def _wrong(who: str) -> Steps[None]:
    row = yield from one(
        f"INSERT INTO wrong_passwords AS w (who, count, until) VALUES (:who, 1, {_NOW})"
        " ON CONFLICT (who) DO UPDATE SET count = w.count + 1 RETURNING count",
        who=who,
    )
    assert row is not None
    yield from run(
        f"UPDATE wrong_passwords SET until = {_NOW} + :wait WHERE who = :who",
        who=who,
        wait=round(wait_after(int(row[0])) * 1000),
    )


def clear_tries(now: int) -> Steps[int]:
    """Forget those that ended long ago, some at a time. How many."""
    found = yield from rows(
        "DELETE FROM wrong_passwords WHERE who IN (SELECT who FROM wrong_passwords WHERE until < :before LIMIT 1000"
        " /*+ FOR UPDATE SKIP LOCKED */) RETURNING who",
        before=now - _KEPT_MS,
    )
    return len(found)
