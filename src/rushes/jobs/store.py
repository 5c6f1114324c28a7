"""Every statement on the jobs table. Each move is a compare-and-set on the state."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from operator import itemgetter
from typing import Any, NamedTuple, Protocol

import msgspec

from rushes.db import Steps, one, rows, rows_of_many, run, run_many
from rushes.jobs.model import COLUMNS, Job, from_row
from rushes.jobs.states import State, Submission


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


GET = f"SELECT {COLUMNS} FROM jobs WHERE id = :id AND account_id = :account"
_UNLOCKED = "/*+ FOR UPDATE SKIP LOCKED */"
"""Rows that no other process has in hand just now (PostgreSQL): nobody waits, and none is taken twice."""
_SETTLED = "/*+ AND clock_timestamp() > pg_postmaster_start_time() + interval '15 seconds' */"
"""Not while the database has only just come back: those whose leases ran out meanwhile renew them first."""


def insert(job: Job, lease_until: int | None = None) -> Steps[None]:
    """Add a new job, queued or already running in this process."""
    yield from insert_all([job], lease_until)


def insert_all(jobs: Iterable[Job], lease_until: int | None = None) -> Steps[None]:
    """Add new jobs."""
    yield from run_many(
        "INSERT INTO jobs (id, account_id, dialect, model, mode, request, state, quote, engine, draft, queue,"
        " warnings, created_at, started_at, lease_owner, lease_until, origin, callbacks, upstream, tag,"
        " traceparent)"
        " VALUES (:id, :account_id, :dialect, :model, :mode, :request, :state, :quote, :engine, :draft, :queue,"
        " :warnings, :created_at, :started_at, :lease_owner, :lease_until, :origin, :callbacks, :upstream, :tag,"
        " :traceparent)",
        [{**msgspec.structs.asdict(job), "lease_until": lease_until} for job in jobs],
    )


def get(account: str, job: str) -> Steps[Job | None]:
    """The account's job; a foreign one looks like a missing one."""
    row = yield from one(GET, id=job, account=account)
    return from_row(row) if row else None


def recent(account: str, limit: int, offset: int) -> Steps[list[Job]]:
    """The account's jobs, newest first."""
    found = yield from rows(
        f"SELECT {COLUMNS} FROM jobs WHERE account_id = :account ORDER BY id DESC LIMIT :limit OFFSET :offset",
        account=account,
        limit=limit,
        offset=offset,
    )
    return [from_row(row) for row in found]


def page(account: str, modes: Iterable[str], *, after: str, limit: int, oldest_first: bool) -> Steps[list[Job]]:
    """The account's jobs of these modes in the order of their ids, those behind the id `after` ("" from the start)."""
    wanted = {f"mode{number}": mode for number, mode in enumerate(modes)}
    behind = f" AND id {'>' if oldest_first else '<'} :after" if after else ""
    found = yield from rows(
        f"SELECT {COLUMNS} FROM jobs WHERE account_id = :account"
        f" AND mode IN ({', '.join(f':{name}' for name in wanted)}){behind}"
        f" ORDER BY id {'ASC' if oldest_first else 'DESC'} LIMIT :limit",
        account=account,
        limit=limit,
        **({"after": after} if after else {}),
        **wanted,
    )
    return [from_row(row) for row in found]


def active_count(account: str, dialect: str) -> Steps[int]:
    """How many of the account's jobs of one dialect are queued or running."""
    row = yield from one(
        "SELECT count(*) FROM jobs WHERE account_id = :account AND dialect = :dialect"
        " AND state IN ('queued', 'running')",
        account=account,
        dialect=dialect,
    )
    return int(row[0]) if row else 0


def ahead(job: Job) -> Steps[int]:
    """How many queued jobs of its queue come before this one; a thousand stands for any more."""
    row = yield from one(
        "SELECT count(*) FROM (SELECT 1 FROM jobs WHERE state = 'queued' AND queue = :queue AND id < :id"
        " LIMIT 1000) AS waiting",
        queue=job.queue,
        id=job.id,
    )
    return int(row[0]) if row else 0


def of_engines(engines: Collection[str] | None) -> tuple[str, dict[str, str]]:
    """A condition that the job's engine is one of these, with its parameters; none for None."""
    if engines is None:
        return "", {}
    names = {f"engine{number}": name for number, name in enumerate(engines)}
    return f" AND engine IN ({', '.join(f':{name}' for name in names)})", names


def resume(
    queue: str, owner: str, now: int, lease_until: int, limit: int, engines: Collection[str] | None = None
) -> Steps[list[Job]]:
    """Take up to `limit` running jobs of `queue` whose lease ran out, with `engines` only theirs."""
    condition, names = of_engines(engines)
    taken = yield from rows(
        "WITH due AS MATERIALIZED (SELECT id FROM jobs WHERE state = 'running' AND queue = :queue"
        f" AND lease_until <= :now{condition} {_SETTLED} ORDER BY lease_until LIMIT :limit {_UNLOCKED})"
        " UPDATE jobs SET lease_owner = :owner, lease_until = :until, attempts = attempts + 1"
        f" WHERE state = 'running' AND id IN (SELECT id FROM due) RETURNING {COLUMNS}",
        owner=owner,
        until=lease_until,
        now=now,
        queue=queue,
        limit=limit,
        **names,
    )
    return sorted((from_row(row) for row in taken), key=lambda job: job.id)


def take(ids: Iterable[str], owner: str, now: int, lease_until: int) -> Steps[list[Job]]:
    """Take these queued jobs; those that are still queued."""
    named = {f"id{number}": job for number, job in enumerate(ids)}
    if not named:
        return []
    taken = yield from rows(
        "UPDATE jobs SET state = 'running', lease_owner = :owner, lease_until = :until, attempts = attempts + 1,"
        " started_at = coalesce(started_at, :now), taken_at = :now WHERE state = 'queued'"
        f" AND id IN ({', '.join(f':{name}' for name in named)}) RETURNING {COLUMNS}",
        owner=owner,
        until=lease_until,
        now=now,
        **named,
    )
    return sorted((from_row(row) for row in taken), key=lambda job: job.id)


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


def save_progress(progress: Mapping[str, float], owner: str) -> Steps[None]:
    """Save how far these jobs are; it never goes back."""
    yield from run_many(
        "UPDATE jobs SET progress = :share WHERE id = :id AND state = 'running' AND lease_owner = :owner"
        " AND progress < :share",
        [{"share": progress[job], "id": job, "owner": owner} for job in sorted(progress)],
    )


class Saving(NamedTuple):
    """How far a job's start has come, with its operation as JSON text."""

    job: str
    submission: Submission
    operation: str | None = None


def save_submissions(saved: Sequence[Saving], owner: str) -> Steps[list[bool]]:
    """Record how far the engines' starts have come. False for each job that is no longer ours to run."""
    found = yield from rows_of_many(
        "UPDATE jobs SET submission = :submission, operation = :operation"
        " WHERE id = :id AND state = 'running' AND lease_owner = :owner RETURNING id",
        [
            {"submission": submission, "operation": operation, "id": job, "owner": owner}
            for job, submission, operation in sorted(saved)  # the order in which jobs are locked
        ],
    )
    ours = {str(job) for (job,) in found}
    return [each.job in ours for each in saved]


def requeue(job: str, owner: str) -> Steps[bool]:
    """Put a running job of ours back in the queue, as if it had not begun."""
    row = yield from one(
        "UPDATE jobs SET state = 'queued', lease_owner = NULL, lease_until = NULL, submission = 'none',"
        " operation = NULL, progress = 0 WHERE id = :id AND state = 'running' AND lease_owner = :owner"
        " RETURNING id",
        id=job,
        owner=owner,
    )
    return row is not None


def put_back(job: str, owner: str, way: Way, not_before: int, refusals: int, *, sent: bool) -> Steps[bool]:
    """A running job of ours that no engine has taken goes back to the queue, to take `way` from `not_before` on.

    `sent`: one was asked, which counts in its limits.
    """
    row = yield from one(
        "UPDATE jobs SET state = 'queued', lease_owner = NULL, lease_until = NULL, submission = 'none',"
        " operation = NULL, attempts = attempts - 1, engine = :engine, upstream = :upstream, tag = :tag,"
        " queue = :queue, not_before = :not_before, refusals = :refusals,"
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


def succeed_all(ended: Iterable[Mapping[str, Any]]) -> Steps[set[str]]:
    """Running to succeeded. Answers the ids of those that were their `owner`'s still (not cancelled, nor taken over).

    Of each: id, owner, cost, upstream_cost, outputs and warnings (JSON), now, expires, and `seconds`, the length of the
    videos among the outputs.
    """
    found = yield from rows_of_many(
        "UPDATE jobs SET state = 'succeeded', progress = 1, cost = :cost, outputs = :outputs, made_seconds = :seconds,"
        " warnings = :warnings, finished_at = :now, expires_at = :expires, lease_owner = NULL,"
        " lease_until = NULL, upstream_cost = :upstream_cost"
        " WHERE id = :id AND state = 'running' AND lease_owner = :owner RETURNING id",
        sorted(ended, key=itemgetter("id")),  # the order in which jobs are locked
    )
    return {str(job) for (job,) in found}


def end(
    job: str, state: State, *, code: str, message: str, now: int, owner: str | None = None, cost: int = 0
) -> Steps[Job | None]:
    """Queued or running to failed or cancelled. With `owner`, only a running job of that process.

    Answers the job as it now is, None when it was not there to be ended.
    """
    mine = "state = 'running' AND lease_owner = :owner" if owner else "state IN ('queued', 'running')"
    row = yield from one(
        f"UPDATE jobs SET state = :state, cost = :cost, error_code = :code, error_message = :message,"
        f" finished_at = :now, lease_owner = NULL, lease_until = NULL WHERE id = :id AND {mine}"
        f" RETURNING {COLUMNS}",
        state=state,
        cost=cost,
        code=code,
        message=message,
        now=now,
        id=job,
        **({"owner": owner} if owner else {}),
    )
    return from_row(row) if row else None


def overdue(created_before: int) -> Steps[list[str]]:
    """Queued jobs that have waited too long."""
    found = yield from rows(
        "SELECT id FROM jobs WHERE state = 'queued' AND created_at < :before LIMIT 100", before=created_before
    )
    return [str(row[0]) for row in found]


def orphans(queue: str, now: int) -> Steps[list[str]]:
    """Running jobs of `queue` whose process is gone."""
    found = yield from rows(
        "SELECT id FROM jobs WHERE state = 'running' AND queue = :queue AND lease_until <= :now", queue=queue, now=now
    )
    return [str(row[0]) for row in found]


def remove(account: str, job: str) -> Steps[bool]:
    """Delete the record of a terminal job. The ledger keeps its postings."""
    row = yield from one(
        "DELETE FROM jobs WHERE id = :id AND account_id = :account"
        " AND state IN ('succeeded', 'failed', 'cancelled') RETURNING id",
        id=job,
        account=account,
    )
    return row is not None
