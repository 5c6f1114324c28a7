"""Taking jobs from a queue, no more of each engine and route than they take at a time and in a minute.

Limits hold for all processes together: what runs and what was begun is counted in the transaction that takes more.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from msgspec import Struct

from rushes.db import Steps, lock, one, rows
from rushes.jobs import leasing
from rushes.jobs.model import Job

MINUTE_MS = 60_000


class Limit(Struct, frozen=True, kw_only=True):
    """Of an engine, or of one route of it. 0 is no limit: jobs at a time, and begun in a minute."""

    engine: str
    upstream: str = ""
    """Empty: all of the engine's routes together."""
    slots: int = 0
    per_minute: int = 0

    def holds_for(self, engine: str, upstream: str) -> bool:
        return engine == self.engine and self.upstream in ("", upstream)


def claim(
    queue: str,
    owner: str,
    now: int,
    lease_until: int,
    limit: int,
    limits: Sequence[Limit] = (),
    engines: Collection[str] | None = None,
) -> Steps[list[Job]]:
    """Take up to `limit` jobs of `queue`: first running ones whose lease ran out, then the oldest queued ones that
    need not wait and that `limits` have room for. With `engines` only jobs of theirs.
    """
    if engines is not None and not engines:
        return []
    if limits:  # counted and taken by one process at a time
        yield from lock(f"claim {queue}")
    taken = yield from leasing.resume(queue, owner, now, lease_until, limit, engines)
    if len(taken) == limit:
        return taken
    if not limits:
        return taken + (yield from leasing.take_oldest(queue, owner, now, lease_until, limit - len(taken), engines))
    room = {}
    for each in limits:
        room[each] = yield from _room(each, now, limit)
    chosen: list[str] = []
    while len(taken) + len(chosen) < limit:
        full = [each for each, left in room.items() if left <= 0]
        found = yield from _oldest(
            queue, now, limit - len(taken), full, behind=chosen[-1] if chosen else "", engines=engines
        )
        passed_over = False
        for job, engine, upstream in found:
            holding = [each for each in room if each.holds_for(engine, upstream)]
            if any(room[each] <= 0 for each in holding):
                passed_over = True
                continue
            for each in holding:
                room[each] -= 1
            chosen.append(job)
        if not passed_over or not found:
            break
    chosen = chosen[: limit - len(taken)]
    return taken + (yield from leasing.take(chosen, owner, now, lease_until))


def _room(limit: Limit, now: int, most: int) -> Steps[int]:
    """How many more jobs may begin under a limit."""
    which = "engine = :engine AND upstream = :upstream" if limit.upstream else "engine = :engine"
    names = {"engine": limit.engine, **({"upstream": limit.upstream} if limit.upstream else {})}
    room = most
    if limit.slots:
        row = yield from one(
            f"SELECT count(*) FROM jobs WHERE state = 'running' AND queue = 'cloud' AND {which}", **names
        )
        room = min(room, limit.slots - (int(row[0]) if row else 0))
    if limit.per_minute:
        row = yield from one(
            f"SELECT count(*) FROM jobs WHERE queue = 'cloud' AND taken_at > :since AND {which}",
            since=now - MINUTE_MS,
            **names,
        )
        room = min(room, limit.per_minute - (int(row[0]) if row else 0))
    return room


def _oldest(
    queue: str, now: int, limit: int, full: Sequence[Limit], *, behind: str, engines: Collection[str] | None
) -> Steps[list[tuple[str, str, str]]]:
    """Queued jobs that need not wait, except those of lanes that are full: id, engine, upstream."""
    without, names = leasing.of_engines(engines)
    for number, each in enumerate(full):
        names[f"e{number}"] = each.engine
        without += f" AND NOT (engine = :e{number}"
        if each.upstream:
            names[f"u{number}"] = each.upstream
            without += f" AND upstream = :u{number}"
        without += ")"
    found = yield from rows(
        "SELECT id, engine, upstream FROM jobs WHERE state = 'queued' AND queue = :queue AND id > :behind"
        f" AND not_before <= :now{without} ORDER BY id LIMIT :limit /*+ FOR UPDATE SKIP LOCKED */",
        queue=queue,
        behind=behind,
        now=now,
        limit=limit,
        **names,
    )
    return [(str(job), str(engine), str(upstream)) for job, engine, upstream in found]
