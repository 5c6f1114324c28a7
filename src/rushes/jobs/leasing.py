"""Who has which job in hand: the statements that give jobs to a process, keep them there and take them away.

Each move is a compare-and-set on the state and, where somebody has the job, on its owner.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from operator import attrgetter
from typing import Protocol

from rushes.db import Row, Steps, one, rows, rows_of_each, run
from rushes.jobs.model import COLUMNS, Job, from_row
from rushes.jobs.states import Submission


class Way(Protocol):
    """Where a job goes (routing.Choice)."""

    @property
    def engine(self) -> str: ...
    @property
    def upstream(self) -> str: ...
    @property
    def tag(self) -> str: ...
    @property
    def queue(self) -> str: ...


_UNLOCKED = "/*+ FOR UPDATE SKIP LOCKED */"
"""Rows that no other process has in hand just now (PostgreSQL): nobody waits, and none is taken twice."""
_SETTLED = "/*+ AND clock_timestamp() > pg_postmaster_start_time() + interval '15 seconds' */"
"""Not while the database has only just come back: those whose leases ran out meanwhile renew them first."""


def of_engines(engines: Collection[str] | None) -> tuple[str, dict[str, str]]:
    """A condition that the job's engine is one of these, with its parameters; none for None."""
    if engines is None:
        return "", {}
    names = {f"engine{number}": name for number, name in enumerate(engines)}
    return f" AND engine IN ({', '.join(f':{name}' for name in names)})", names


def _oldest_first(taken: Sequence[Row]) -> list[Job]:
    return sorted(map(from_row, taken), key=attrgetter("id"))


def resume(
    queue: str, owner: str, now: int, lease_until: int, limit: int, engines: Collection[str] | None = None
) -> Steps[list[Job]]:
    """Take up to `limit` running jobs of `queue` whose lease ran out, with `engines` only theirs."""
    condition, names = of_engines(engines)
    taken = yield from rows(
        "WITH due AS MATERIALIZED (SELECT id FROM jobs WHERE state = 'running' AND queue = :queue"
        f" AND lease_until <= :now{condition} {_SETTLED} ORDER BY lease_until LIMIT :limit {_UNLOCKED})"
        " UPDATE jobs SET lease_owner = :owner, lease_until = :until, attempts = attempts + 1,"
        # What is begun anew has the whole time that a run may take.
        f" started_at = CASE WHEN submission = '{Submission.NONE}' THEN :now ELSE started_at END"
        f" WHERE state = 'running' AND id IN (SELECT id FROM due) RETURNING {COLUMNS}",
        owner=owner,
        until=lease_until,
        now=now,
        queue=queue,
        limit=limit,
        **names,
    )
    return _oldest_first(taken)


def take_oldest(
    queue: str, owner: str, now: int, lease_until: int, limit: int, engines: Collection[str] | None = None
) -> Steps[list[Job]]:
    """Take up to `limit` of the oldest queued jobs of `queue` that need not wait, with `engines` only theirs."""
    condition, names = of_engines(engines)
    taken = yield from rows(
        "WITH oldest AS MATERIALIZED (SELECT id FROM jobs WHERE state = 'queued' AND queue = :queue"
        f" AND not_before <= :now{condition} ORDER BY id LIMIT :limit {_UNLOCKED})"
        " UPDATE jobs SET state = 'running', lease_owner = :owner, lease_until = :until, attempts = attempts + 1,"
        " started_at = coalesce(started_at, :now), taken_at = :now"
        f" WHERE state = 'queued' AND id IN (SELECT id FROM oldest) RETURNING {COLUMNS}",
        owner=owner,
        until=lease_until,
        now=now,
        queue=queue,
        limit=limit,
        **names,
    )
    return _oldest_first(taken)


def take(ids: Iterable[str], owner: str, now: int, lease_until: int) -> Steps[list[Job]]:
    """Take these queued jobs; those that are still queued."""
    taken = yield from rows_of_each(
        "UPDATE jobs SET state = 'running', lease_owner = owner, lease_until = until, attempts = attempts + 1,"
        " started_at = coalesce(started_at, moment), taken_at = moment"
        " FROM each(job TEXT, owner TEXT, until BIGINT, moment BIGINT) AS chosen"
        f" WHERE id = job AND state = 'queued' RETURNING {COLUMNS}",
        [(job, owner, lease_until, now) for job in ids],
    )
    return _oldest_first(taken)


def expire_leases(owners: Iterable[str]) -> Steps[int]:
    """Let go of what processes that are known to be dead were running. How many jobs that was."""
    count = 0
    for owner in owners:
        found = yield from rows(
            "WITH left_over AS MATERIALIZED (SELECT id FROM jobs WHERE state = 'running' AND lease_owner = :owner"
            f" {_UNLOCKED}) UPDATE jobs SET lease_until = 0 WHERE id IN (SELECT id FROM left_over) RETURNING id",
            owner=owner,
        )
        count += len(found)
    return count


def lease_owners() -> Steps[list[str]]:
    """Every process that a running job believes to be run by."""
    found = yield from rows("SELECT DISTINCT lease_owner FROM jobs WHERE state = 'running'")
    return [str(row[0]) for row in found]


def keep(jobs: Iterable[str], owner: str, lease_until: int) -> Steps[list[str]]:
    """Renew the leases of these jobs (some hundred at most). Answers those that are no longer ours."""
    named = {f"id{number}": job for number, job in enumerate(jobs)}
    if not named:
        return []
    found = yield from rows(
        # In the order of the ids, as all lock them who lock several (db/locks.py).
        "WITH held AS MATERIALIZED (SELECT id FROM jobs WHERE state = 'running' AND lease_owner = :owner"
        f" AND id IN ({', '.join(f':{name}' for name in named)}) ORDER BY id /*+ FOR NO KEY UPDATE */)"
        " UPDATE jobs SET lease_until = :until WHERE id IN (SELECT id FROM held) RETURNING id",
        until=lease_until,
        owner=owner,
        **named,
    )
    ours = {str(job) for (job,) in found}
    return [job for job in named.values() if job not in ours]


def going_on(operations: Mapping[str, str]) -> Steps[set[str]]:
    """Which of these jobs run with just this operation (JSON text): whoever has them goes on with it."""
    found = yield from rows_of_each(
        "SELECT id FROM each(job TEXT, what TEXT) AS asked CROSS JOIN jobs"
        " WHERE id = job AND state = 'running' AND operation = what",
        sorted(operations.items()),
    )
    return {str(job) for (job,) in found}


def requeue(job: str, owner: str, not_before: int = 0) -> Steps[bool]:
    """Put a running job of ours back in the queue, as if it had not begun, to be taken from `not_before` on."""
    row = yield from one(
        "UPDATE jobs SET state = 'queued', lease_owner = NULL, lease_until = NULL, submission = 'none',"
        " operation = NULL, progress = 0, started_at = NULL, not_before = :not_before"
        " WHERE id = :id AND state = 'running' AND lease_owner = :owner RETURNING id",
        id=job,
        owner=owner,
        not_before=not_before,
    )
    return row is not None


def put_back(job: str, owner: str, way: Way, not_before: int, refusals: int, *, sent: bool) -> Steps[bool]:
    """A running job of ours that no engine has taken goes back to the queue, to take `way` from `not_before` on.

    `sent`: one was asked, which counts in its limits.
    """
    row = yield from one(
        "UPDATE jobs SET state = 'queued', lease_owner = NULL, lease_until = NULL, submission = 'none',"
        " operation = NULL, attempts = attempts - 1, started_at = NULL, engine = :engine, upstream = :upstream,"
        " tag = :tag, queue = :queue, not_before = :not_before, refusals = :refusals,"
        " taken_at = CASE WHEN :sent = 1 THEN taken_at ELSE NULL END"
        " WHERE id = :id AND state = 'running' AND lease_owner = :owner RETURNING id",
        engine=way.engine,
        upstream=way.upstream,
        tag=way.tag,
        queue=way.queue,
        not_before=not_before,
        refusals=refusals,
        sent=int(sent),
        id=job,
        owner=owner,
    )
    return row is not None


def hand_over(job: str, owner: str) -> Steps[None]:
    """Let another process take a running job of ours at once, operation and all."""
    yield from run(
        "UPDATE jobs SET lease_until = 0 WHERE id = :id AND state = 'running' AND lease_owner = :owner",
        id=job,
        owner=owner,
    )


def orphans(queue: str, now: int) -> Steps[list[str]]:
    """Running jobs of `queue` whose process is gone."""
    found = yield from rows(
        "SELECT id FROM jobs WHERE state = 'running' AND queue = :queue AND lease_until <= :now", queue=queue, now=now
    )
    return [str(row[0]) for row in found]
