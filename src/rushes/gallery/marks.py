"""Marks on jobs: favourite, shared under a token, public. They vanish with their job."""

from __future__ import annotations

import secrets
from collections.abc import Sequence

from msgspec import Struct

from rushes.db import Steps, one, rows
from rushes.jobs import Job
from rushes.jobs.histories import AMONG
from rushes.jobs.model import COLUMNS, from_row

_TOKEN_BYTES = 24


class Mark(Struct, frozen=True, kw_only=True):
    """What the owner said about one job. `public_at` is in milliseconds since 1970, None when it is private."""

    favorite: bool = False
    share_token: str | None = None
    public_at: int | None = None


UNMARKED = Mark()
_FIELDS = "favorite, share_token, public_at"
_JOB = ", ".join(f"j.{column}" for column in COLUMNS.split(", "))
_VISIBLE = f"({AMONG['video']} OR {AMONG['image']})"
_FINISHED = "state = 'succeeded'"
_SHOWN = "j.state = 'succeeded' AND (j.expires_at IS NULL OR j.expires_at > :now)"


def of_many(jobs: Sequence[str]) -> Steps[dict[str, Mark]]:
    """The marks of these jobs, those that have any."""
    if not jobs:
        return {}
    names = {f"job{number}": job for number, job in enumerate(jobs)}
    found = yield from rows(
        f"SELECT job_id, {_FIELDS} FROM marks WHERE job_id IN ({', '.join(f':{name}' for name in names)})", **names
    )
    return {str(row[0]): _mark(row[1:]) for row in found}


def favorite(account: str, job: str, wanted: bool | None) -> Steps[Mark | None]:
    """Set it, or with None turn it over. None when the account has no such job."""
    value = "1 - marks.favorite" if wanted is None else str(int(wanted))
    return (yield from _set(account, job, "favorite", "0" if wanted is False else "1", f"favorite = {value}", "1 = 1"))


def publish(account: str, job: str, wanted: bool | None, now: int) -> Steps[Mark | None]:
    """Show it to all, take it back, or with None turn that over. None when the account has no such finished job."""
    value = {
        None: "CASE WHEN marks.public_at IS NULL THEN excluded.public_at END",
        True: "coalesce(marks.public_at, excluded.public_at)",
        False: "NULL",
    }[wanted]
    first = "NULL" if wanted is False else ":value"
    return (yield from _set(account, job, "public_at", first, f"public_at = {value}", _FINISHED, value=now))


def share(account: str, job: str) -> Steps[Mark | None]:
    """Give it a token that opens its file to whoever has it; the same until it is taken back.

    None when the account has no such finished job.
    """
    value = "share_token = coalesce(marks.share_token, excluded.share_token)"
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    return (yield from _set(account, job, "share_token", ":value", value, _FINISHED, value=token))


def unshare(account: str, job: str) -> Steps[Mark | None]:
    """Make its token useless, for good: the next share has another. None when the account has no such job."""
    return (yield from _set(account, job, "share_token", "NULL", "share_token = NULL", "1 = 1"))


def _set(
    account: str, job: str, column: str, first: str, change: str, condition: str, **params: object
) -> Steps[Mark | None]:
    row = yield from one(
        f"INSERT INTO marks (job_id, {column}) SELECT id, {first} FROM jobs WHERE id = :job AND account_id = :account"
        f" AND {_VISIBLE} AND {condition} ON CONFLICT (job_id) DO UPDATE SET {change} RETURNING {_FIELDS}",
        job=job,
        account=account,
        **params,
    )
    return _mark(row) if row else None


def shared(token: str, now: int) -> Steps[Job | None]:
    """The finished job that was shared under `token`, while its files exist."""
    row = yield from one(
        f"SELECT {_JOB} FROM marks m JOIN jobs j ON j.id = m.job_id WHERE m.share_token = :token AND {_SHOWN}",
        token=token,
        now=now,
    )
    return from_row(row) if row else None


def readable(job: str, token: str | None, now: int) -> Steps[bool]:
    """Whether the job's files are open to strangers: it is public, or shared under `token`."""
    row = yield from one(
        "SELECT 1 FROM marks m JOIN jobs j ON j.id = m.job_id WHERE m.job_id = :job"
        f" AND (m.public_at IS NOT NULL OR m.share_token = :token) AND {_SHOWN}",
        job=job,
        token=token or "",
        now=now,
    )
    return row is not None


def community(limit: int, offset: int, now: int) -> Steps[list[tuple[Job, int]]]:
    """Public jobs of everybody that have files, and when they were published; the latest first."""
    found = yield from rows(
        f"SELECT m.public_at, {_JOB} FROM marks m JOIN jobs j ON j.id = m.job_id"
        f" WHERE m.public_at IS NOT NULL AND {_SHOWN}"
        " ORDER BY m.public_at DESC, m.job_id DESC LIMIT :limit OFFSET :offset",
        limit=limit,
        offset=offset,
        now=now,
    )
    return [(from_row(row[1:]), int(row[0])) for row in found]


def _mark(row: Sequence[object]) -> Mark:
    favorite, token, public = row
    return Mark(
        favorite=bool(favorite),
        share_token=None if token is None else str(token),
        public_at=public if isinstance(public, int) else None,
    )
