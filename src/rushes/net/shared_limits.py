"""Limits on how often that hold for all processes of a database together.

A process takes hits of a window from the database in small portions and gives them away by itself. So never more than
the limit is allowed, whatever the number of processes. Less may be: what others have taken and not given away is lost
to this one until the window ends, at most a twentieth of the limit (and nothing of limits below forty) for each.
"""

from __future__ import annotations

import math
import time

from msgspec import Struct

from rushes.db import Database, Steps, one, rows
from rushes.net.limits import Verdict

_PORTIONS = 20
_MOST = 10_000
_NOW = "(extract(epoch FROM clock_timestamp()) * 1000)::bigint"
_KEPT_MS = 60_000


class _Share(Struct, gc=False):
    """What this process has of a window: seconds of its own clock, hits that it may give away, those left to all."""

    ends: float
    hits: int
    left: int


class SharedLimiter:
    """Counts hits by key in the table `windows`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._shares: dict[str, _Share] = {}

    async def take(self, key: str, limit: int, window: float) -> Verdict:
        """Count a hit on `key`, at most `limit` in `window` seconds. A refused hit is not counted."""
        share = self._shares.get(key)
        now = time.monotonic()
        if share is None or share.ends <= now or (share.hits <= 0 and share.left > 0):
            share = await self._portion(key, limit, window)
        wait = max(1, math.ceil(share.ends - time.monotonic()))
        if share.hits <= 0:
            return Verdict(False, 0, wait)
        share.hits -= 1
        return Verdict(True, share.hits + share.left, wait)

    async def _portion(self, key: str, limit: int, window: float) -> _Share:
        wanted = max(1, limit // _PORTIONS)
        taken, left_ms = await self._database.write(_take(key, wanted, round(window * 1000)))
        now = time.monotonic()
        got = max(0, min(wanted, limit - (taken - wanted)))
        known = self._shares.get(key)  # another request of ours may have got one meanwhile
        if known is not None and known.ends > now:
            got += known.hits
        if len(self._shares) >= _MOST:
            self._shares = {name: share for name, share in self._shares.items() if share.ends > now}
        share = self._shares[key] = _Share(now + left_ms / 1000, got, max(0, limit - taken))
        return share


def _take(key: str, wanted: int, window_ms: int) -> Steps[tuple[int, int]]:
    """Take so many hits; how many are taken of this window now, and the milliseconds until it ends."""
    row = yield from one(
        f"INSERT INTO windows AS w (key, ends_at, hits) VALUES (:key, {_NOW} + :window, :wanted)"
        " ON CONFLICT (key) DO UPDATE SET"
        f" hits = CASE WHEN w.ends_at <= {_NOW} THEN :wanted ELSE w.hits + :wanted END,"
        f" ends_at = CASE WHEN w.ends_at <= {_NOW} THEN {_NOW} + :window ELSE w.ends_at END"
        f" RETURNING hits, ends_at - {_NOW}",
        key=key,
        wanted=wanted,
        window=window_ms,
    )
    assert row is not None
    return int(row[0]), max(1, int(row[1]))


def clear_windows(now: int) -> Steps[int]:
    """Forget windows that are long over, some at a time. How many."""
    found = yield from rows(
        "DELETE FROM windows WHERE key IN (SELECT key FROM windows WHERE ends_at < :before LIMIT 1000"
        " /*+ FOR UPDATE SKIP LOCKED */) RETURNING key",
        before=now - _KEPT_MS,
    )
    return len(found)
