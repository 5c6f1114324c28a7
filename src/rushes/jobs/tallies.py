"""Sums over an account's jobs. Days are UTC. What they cost, the ledger says: it keeps what is deleted here."""

from __future__ import annotations

from msgspec import Struct

from rushes.db import Steps, one, rows
from rushes.ids import first_id
from rushes.jobs.histories import AMONG, GENERATED

DAY_MS = 86_400_000


class Day(Struct, frozen=True, kw_only=True):
    """One day, as days since 1970: videos and pictures asked for."""

    day: int
    videos: int
    images: int


class Totals(Struct, frozen=True, kw_only=True):
    """What the account's records add up to. `model` is the one most often asked for, "" without any."""

    videos: int
    images: int
    completed: int
    video_seconds: float
    model: str


def by_day(account: str, since: int) -> Steps[list[Day]]:
    """The days from that of `since` (milliseconds since 1970) on that have jobs, oldest first."""
    start = since // DAY_MS * DAY_MS
    found = yield from rows(
        f"SELECT created_at / {DAY_MS}, sum(CASE WHEN {AMONG['video']} AND {GENERATED} THEN 1 ELSE 0 END),"
        f" sum(CASE WHEN {AMONG['image']} AND {GENERATED} THEN 1 ELSE 0 END)"
        # Ids are made in the order of time: the index on them finds where to begin.
        " FROM jobs WHERE account_id = :account AND id >= :first AND created_at >= :start"
        f" GROUP BY created_at / {DAY_MS} ORDER BY 1",
        account=account,
        first=first_id("job_", start - DAY_MS),
        start=start,
    )
    return [Day(day=int(day), videos=int(v), images=int(i)) for day, v, i in found]


def totals(account: str) -> Steps[Totals]:
    """The sums over all of the account's videos and pictures that are on record."""
    sums = {}
    for made in ("video", "image"):
        sums[made] = yield from one(
            "SELECT count(*), sum(CASE WHEN state = 'succeeded' THEN 1 ELSE 0 END), sum(made_seconds)"
            f" FROM jobs WHERE account_id = :account AND {AMONG[made]} AND {GENERATED}",
            account=account,
        )
    videos, images = sums["video"] or (0, 0, 0.0), sums["image"] or (0, 0, 0.0)
    favourite = yield from one(
        f"SELECT model FROM jobs WHERE account_id = :account AND ({AMONG['video']} OR {AMONG['image']}) AND {GENERATED}"
        " GROUP BY model ORDER BY count(*) DESC, max(id) DESC LIMIT 1",
        account=account,
    )
    return Totals(
        videos=int(videos[0]),
        images=int(images[0]),
        completed=int(videos[1] or 0) + int(images[1] or 0),
        video_seconds=float(videos[2] or 0),
        model=str(favourite[0]) if favourite else "",
    )
