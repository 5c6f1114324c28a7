"""Which processes on other machines live: each says so in the database that they share, by the database's clock.

A machine's own processes are known by their locks (rushes.node) at once; of others it takes GONE seconds to be sure.
"""

from __future__ import annotations

import asyncio
import time

import structlog

from rushes.db import Database, Misused, Steps, one, rows, run
from rushes.ids import now_ms

log = structlog.get_logger("presence")

BEAT = 5.0
GONE = 30.0
"""Seconds without a sign of life after which a process counts as dead."""
SKEW = 10.0
"""Seconds by which a machine's clock may differ from the database's: leases are compared across machines."""
_FORGET_MS = 86_400_000
_NOW = "(extract(epoch FROM clock_timestamp()) * 1000)::bigint"


class Presence:
    """Says that `node` lives, and knows of the others."""

    def __init__(self, database: Database, node: str) -> None:
        self._database = database
        self._node = node
        self._ages: dict[str, float] = {}
        self._missing: dict[str, float] = {}
        self._beaten = 0.0
        self._judges_from = 0.0
        self._loop: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Say so from now on. Raises Unavailable, and Misused when this machine's clock is wrong."""
        if abs(skew := await self._beat()) > SKEW:
            raise Misused(f"this machine's clock is {skew:+.0f} seconds off the database's; set it right (NTP)")
        self._loop = asyncio.create_task(self._run())

    async def close(self) -> None:
        """Say goodbye."""
        if self._loop is None:
            return
        self._loop.cancel()
        await asyncio.gather(self._loop, return_exceptions=True)
        try:
            await self._database.write(run("UPDATE nodes SET seen_at = 0 WHERE id = :id", id=self._node))
        except Exception as error:  # it is missed soon
            log.warning("could not say goodbye", error=str(error))

    def is_gone(self, node: str) -> bool:
        """Whether a process of another machine has died: it gave no sign of life for GONE seconds."""
        now = time.monotonic()
        if now < self._judges_from or now - self._beaten > 2 * BEAT:
            return False  # it may be us who see nothing
        age = self._ages.get(node)
        if age is not None:
            self._missing.pop(node, None)
            return age > GONE
        return now - self._missing.setdefault(node, now) > GONE

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(BEAT)
            try:
                skew = await self._beat()
            except Exception as error:
                log.warning("no sign of life could be given", error=str(error))
                continue
            if abs(skew) > SKEW:
                log.error("this machine's clock is wrong, leases will be too", seconds=round(skew))

    async def _beat(self) -> float:
        """Say so, and look who else did. How many seconds this machine's clock is ahead of the database's."""
        ages, clock = await self._database.write(_beat(self._node))
        now = time.monotonic()
        if self._beaten and now - self._beaten > 2 * BEAT:
            # After a break of ours the others may have had one too.
            self._judges_from = now + GONE
        self._ages, self._beaten = ages, now
        return (now_ms() - clock) / 1000


def _beat(node: str) -> Steps[tuple[dict[str, float], int]]:
    row = yield from one(
        f"INSERT INTO nodes (id, started, seen_at) VALUES (:id, {_NOW}, {_NOW})"
        f" ON CONFLICT (id) DO UPDATE SET seen_at = {_NOW} RETURNING seen_at",
        id=node,
    )
    assert row is not None
    clock = int(row[0])
    yield from run(
        "DELETE FROM nodes WHERE id IN (SELECT id FROM nodes WHERE seen_at < :before FOR UPDATE SKIP LOCKED)",
        before=clock - _FORGET_MS,
    )
    found = yield from rows(
        # While the database was away, nobody could say anything.
        f"SELECT id, CASE WHEN seen_at = 0 THEN :gone ELSE least({_NOW} - seen_at,"
        " (extract(epoch FROM clock_timestamp() - pg_postmaster_start_time()) * 1000)::bigint) END FROM nodes",
        gone=int(GONE * 2000),
    )
    return {str(name): int(age) / 1000 for name, age in found}, clock
