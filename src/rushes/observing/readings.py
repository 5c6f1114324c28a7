"""What only the database knows of all nodes, read for a scrape: at most every few seconds, and never for long."""

from __future__ import annotations

import asyncio
import time

import structlog
from msgspec import Struct

from rushes.db import Database, Steps, one, rows
from rushes.ids import now_ms

log = structlog.get_logger("readings")

FRESH = 5.0
"""Seconds for which a reading is good."""
LIMIT = 10.0
"""Seconds that a reading may take."""
PATIENCE = 2.0
"""Seconds that a scrape waits for one; after that it is answered with the one before."""

_JOBS = (
    "SELECT queue, 'queued', count(*), min(CASE WHEN not_before <= :now THEN created_at END)"
    " FROM jobs WHERE state = 'queued' GROUP BY queue"
    " UNION ALL SELECT queue, 'running', count(*), NULL FROM jobs WHERE state = 'running' GROUP BY queue"
)


class Reading(Struct, frozen=True, kw_only=True):
    """How things stand. Ages in seconds; `jobs` by queue and state, `oldest` by queue.

    `holding` is how many wallets have credits in holds, `held` how many credits those are, `stored` bytes of files.
    """

    jobs: dict[tuple[str, str], int]
    oldest: dict[str, float]
    holding: int
    held: int
    deliveries: int
    overdue: float
    stored: int


def read(now: int) -> Steps[Reading]:
    """Read all of it at `now`, milliseconds since 1970."""
    jobs, oldest = {}, {}
    for queue, state, count, first in (yield from rows(_JOBS, now=now)):
        jobs[str(queue), str(state)] = int(count)
        if state == "queued":
            oldest[str(queue)] = _age(first, now)
    holds = yield from one("SELECT count(*), coalesce(sum(held), 0) FROM wallets WHERE held > 0")
    sent = yield from one("SELECT count(*), min(due_at) FROM webhook_deliveries WHERE state = 'waiting'")
    stored = yield from one("SELECT coalesce(sum(stored_bytes), 0) FROM accounts")
    assert holds is not None
    assert sent is not None
    assert stored is not None
    return Reading(
        jobs=jobs,
        oldest=oldest,
        holding=int(holds[0]),
        held=int(holds[1]),
        deliveries=int(sent[0]),
        overdue=_age(sent[1], now),
        stored=int(stored[0]),
    )


def _age(moment: int | None, now: int) -> float:
    return max(0.0, (now - moment) / 1000) if moment is not None else 0.0


class Readings:
    """The latest reading. However many ask, one is taken at a time."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._latest: Reading | None = None
        self._taken = 0.0
        self._under_way: asyncio.Task[None] | None = None
        self.broken = 0
        """How many failed."""

    async def latest(self) -> Reading | None:
        """The latest reading, a new one unless it is fresh; None when there never was one."""
        if self._latest is None or self.age() > FRESH:
            if self._under_way is None:
                self._under_way = asyncio.create_task(self._take())
            await asyncio.wait([self._under_way], timeout=PATIENCE)
        return self._latest

    def age(self) -> float:
        """Seconds since the latest."""
        return time.monotonic() - self._taken

    async def close(self) -> None:
        """Give up the one under way."""
        if self._under_way is not None:
            self._under_way.cancel()
            await asyncio.wait([self._under_way])

    async def _take(self) -> None:
        started = time.monotonic()
        try:
            self._latest = await self._database.aside(read(now_ms()), LIMIT)
            self._taken = started
        except Exception as error:
            self.broken += 1
            log.warning("the database could not be read for metrics", error=repr(error))
        finally:
            self._under_way = None
