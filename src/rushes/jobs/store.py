"""Every statement on the jobs table. Each move is a compare-and-set on the state."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from operator import attrgetter
from typing import NamedTuple, Protocol

from rushes.db import Row, Steps, changed_by_each, one, rows, rows_of_each, run, run_each
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


_NEW = {
    "id": "TEXT",
    "account_id": "TEXT",
    "dialect": "TEXT",
    "model": "TEXT",
    "mode": "TEXT",
    "request": "TEXT",
    "state": "TEXT",
    "quote": "BIGINT",
    "engine": "TEXT",
    "draft": "INTEGER",
    "queue": "TEXT",
    "warnings": "TEXT",
    "created_at": "BIGINT",
    "started_at": "BIGINT",
    "lease_owner": "TEXT",
    "origin": "TEXT",
    "callbacks": "TEXT",
    "upstream": "TEXT",
    "tag": "TEXT",
    "traceparent": "TEXT",
}
"""What a new job says of itself; the rest is as the table has it."""
_NEW_TYPED = ", ".join(f"{name} {kind}" for name, kind in _NEW.items())
_new_values = attrgetter(*_NEW)
GET = f"SELECT {COLUMNS} FROM jobs WHERE id = :id AND account_id = :account"
_UNLOCKED = "/*+ FOR UPDATE SKIP LOCKED */"
"""Rows that no other process has in hand just now (PostgreSQL): nobody waits, and none is taken twice."""
_IN_ORDER = "/*+ JOIN jobs ON id = job ORDER BY id FOR NO KEY UPDATE OF jobs */"
"""Who locks several jobs locks them in the order of their ids (db/locks.py)."""
_SETTLED = "/*+ AND clock_timestamp() > pg_postmaster_start_time() + interval '15 seconds' */"
"""Not while the database has only just come back: those whose leases ran out meanwhile renew them first."""


def insert(job: Job, lease_until: int | None = None) -> Steps[None]:
    """Add a new job, queued or already running in this process."""
    yield from insert_all([job], lease_until)


def insert_all(jobs: Iterable[Job], lease_until: int | None = None) -> Steps[None]:
    """Add new jobs."""
    yield from run_each(
        f"INSERT INTO jobs ({', '.join(_NEW)}, lease_until)"
        f" SELECT * FROM each({_NEW_TYPED}, lease_until BIGINT) AS added",
        [(*_new_values(job), lease_until) for job in jobs],
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
        "SELECT count(*) FROM jobs WHERE account_id = :account AND dialect = :dialect AND finished_at IS NULL",
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


def save_progress(progress: Mapping[str, float], owner: str) -> Steps[None]:
    """Save how far these jobs are; it never goes back."""
    yield from run_each(
        "WITH told AS MATERIALIZED (SELECT told.* FROM each(job TEXT, share DOUBLE PRECISION, owner TEXT)"
        f" AS told {_IN_ORDER})"
        " UPDATE jobs SET progress = share FROM told"
        " WHERE id = job AND state = 'running' AND lease_owner = owner AND progress < share",
        [(job, share, owner) for job, share in progress.items()],
    )


class Saving(NamedTuple):
    """How far a job's start has come, with its operation as JSON text."""

    job: str
    submission: Submission
    operation: str | None = None


def save_submissions(saved: Sequence[Saving], owner: str) -> Steps[list[bool]]:
    """Record how far the engines' starts have come. False for each job that is no longer ours to run."""
    ours = yield from changed_by_each(
        "WITH told AS MATERIALIZED (SELECT told.* FROM"
        f" each(job TEXT, how_far TEXT, what TEXT, owner TEXT) AS told {_IN_ORDER})"
        " UPDATE jobs SET submission = how_far, operation = what FROM told"
        " WHERE id = job AND state = 'running' AND lease_owner = owner",
        "id",
        [(*each, owner) for each in saved],
    )
    return [each.job in ours for each in saved]


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


class Success(NamedTuple):
    """What becomes of a job that is done: outputs and warnings as JSON, `seconds` of videos among the outputs."""

    job: str
    cost: int
    upstream_cost: int | None
    outputs: str
    seconds: float
    warnings: str
    expires: int | None


def succeed_all(ended: Sequence[Success], owner: str, now: int) -> Steps[set[str]]:
    """Running to succeeded. Answers the ids of those that were the owner's still (not cancelled, nor taken over)."""
    return (
        yield from changed_by_each(
            "WITH told AS MATERIALIZED (SELECT told.* FROM each(job TEXT, charged BIGINT, upstream BIGINT, made TEXT,"
            " seconds DOUBLE PRECISION, said TEXT, until BIGINT, owner TEXT, moment BIGINT)"
            f" AS told {_IN_ORDER})"
            " UPDATE jobs SET state = 'succeeded', progress = 1, cost = charged, outputs = made,"
            " made_seconds = seconds, warnings = said, finished_at = moment, expires_at = until, lease_owner = NULL,"
            " lease_until = NULL, upstream_cost = told.upstream FROM told"
            " WHERE id = job AND state = 'running' AND lease_owner = owner",
            "id",
            [(*each, owner, now) for each in ended],
        )
    )


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
