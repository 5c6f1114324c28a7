"""The statements on the jobs table: what is there, and how jobs begin and end. Who has them in hand: leasing.py.

Each move is a compare-and-set on the state.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from operator import attrgetter
from typing import NamedTuple

from rushes.db import Steps, changed_by_each, one, rows, run_each
from rushes.jobs.model import COLUMNS, Job, from_row
from rushes.jobs.states import State, Submission

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
_IN_ORDER = "/*+ JOIN jobs ON id = job ORDER BY id FOR NO KEY UPDATE OF jobs */"
"""Who locks several jobs locks them in the order of their ids (db/locks.py)."""


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


def remove(account: str, job: str) -> Steps[bool]:
    """Delete the record of a terminal job. The ledger keeps its postings."""
    row = yield from one(
        "DELETE FROM jobs WHERE id = :id AND account_id = :account"
        " AND state IN ('succeeded', 'failed', 'cancelled') RETURNING id",
        id=job,
        account=account,
    )
    return row is not None
