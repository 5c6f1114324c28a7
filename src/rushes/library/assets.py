"""Files' records. A record exists before its bytes do and after they are gone, so no file is ever orphaned.

staged   bytes are being stored; no one may read them yet
ready    published
deleted  given up: the bytes go, then the record
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from rushes.db import Row, Steps, one, rows, run
from rushes.ids import now_ms


class Asset(Struct, frozen=True, kw_only=True):
    """One file. Sizes in pixels and bytes, duration in seconds, times in milliseconds since 1970."""

    id: str
    account_id: str
    job_id: str | None
    role: str
    kind: str
    mime: str
    sha256: str
    size: int
    width: int = 0
    height: int = 0
    duration: float = 0.0
    state: str = "staged"
    created_at: int = 0
    expires_at: int | None = None


_COLUMNS = ", ".join(Asset.__struct_fields__)


def _asset(row: Row) -> Asset:
    return Asset(**dict(zip(Asset.__struct_fields__, row, strict=True)))


def stage(asset: Asset) -> Steps[None]:
    """Record that bytes are about to be stored."""
    yield from run(
        f"INSERT INTO assets ({_COLUMNS}) VALUES (:id, :account_id, :job_id, :role, :kind, :mime, :sha256,"
        " :size, :width, :height, :duration, 'staged', :created_at, :expires_at)",
        id=asset.id,
        account_id=asset.account_id,
        job_id=asset.job_id,
        role=asset.role,
        kind=asset.kind,
        mime=asset.mime,
        sha256=asset.sha256,
        size=asset.size,
        width=asset.width,
        height=asset.height,
        duration=asset.duration,
        created_at=asset.created_at or now_ms(),
        expires_at=asset.expires_at,
    )


def publish(account: str, ids: Sequence[str], expires: int | None) -> Steps[None]:
    """Make staged files readable and count them to the account's storage."""
    for asset in ids:
        row = yield from one(
            "UPDATE assets SET state = 'ready', expires_at = :expires"
            " WHERE id = :id AND account_id = :account AND state = 'staged' RETURNING size",
            id=asset,
            account=account,
            expires=expires,
        )
        if row is None:
            raise LookupError(f"asset {asset} is not staged")
        yield from _count(account, int(row[0]))


def of_job(account: str, job: str) -> Steps[list[Asset]]:
    """A job's readable files."""
    found = yield from rows(
        f"SELECT {_COLUMNS} FROM assets WHERE job_id = :job AND account_id = :account AND state = 'ready' ORDER BY id",
        job=job,
        account=account,
    )
    return [_asset(row) for row in found]


def get(asset: str, now: int) -> Steps[Asset | None]:
    """A readable file that has not expired. Who may read it is the caller's to decide."""
    row = yield from one(
        f"SELECT {_COLUMNS} FROM assets WHERE id = :id AND state = 'ready'"
        " AND (expires_at IS NULL OR expires_at > :now)",
        id=asset,
        now=now,
    )
    return _asset(row) if row else None


def drop(account: str, asset: str) -> Steps[None]:
    """Give up one file, staged or ready."""
    yield from _drop("id = :value", asset, account)


def drop_job(account: str, job: str) -> Steps[None]:
    """Give up all files of a job."""
    yield from _drop("job_id = :value", job, account)


def drop_inputs(account: str, job: str) -> Steps[None]:
    """Give up what a job was given; what it made stays."""
    yield from _drop("job_id = :value AND role <> 'output'", job, account)


def drop_staged(account: str, job: str) -> Steps[None]:
    """Give up what an earlier attempt at a job had not published."""
    yield from _drop("job_id = :value AND state = 'staged'", job, account)


def drop_expired(now: int) -> Steps[int]:
    """Give up files whose time is over. How many."""
    found = yield from rows(
        "SELECT account_id, id FROM assets WHERE expires_at IS NOT NULL AND expires_at <= :now"
        " AND state = 'ready' LIMIT 500",
        now=now,
    )
    for account, asset in found:
        yield from drop(account, asset)
    return len(found)


def drop_abandoned(before: int) -> Steps[int]:
    """Give up files staged before `before` that no running job is going to publish. How many."""
    found = yield from rows(
        "SELECT account_id, id FROM assets WHERE state = 'staged' AND created_at < :before AND NOT EXISTS"
        " (SELECT 1 FROM jobs WHERE jobs.id = assets.job_id AND jobs.state = 'running') LIMIT 500",
        before=before,
    )
    for account, asset in found:
        yield from drop(account, asset)
    return len(found)


def deleted(limit: int = 500) -> Steps[list[tuple[str, str]]]:
    """(id, sha256) of files that were given up and whose records still exist."""
    found = yield from rows("SELECT id, sha256 FROM assets WHERE state = 'deleted' LIMIT :limit", limit=limit)
    return [(str(row[0]), str(row[1])) for row in found]


def shared(sha256: str) -> Steps[bool]:
    """Whether a file that was not given up has these bytes."""
    row = yield from one("SELECT 1 FROM assets WHERE sha256 = :sha256 AND state <> 'deleted' LIMIT 1", sha256=sha256)
    return row is not None


def forget(asset: str) -> Steps[None]:
    """Remove the record of a file whose bytes are gone."""
    yield from run("DELETE FROM assets WHERE id = :id AND state = 'deleted'", id=asset)


def stored_bytes(account: str) -> Steps[int]:
    """How much the account's readable files take."""
    row = yield from one("SELECT stored_bytes FROM accounts WHERE id = :account", account=account)
    return int(row[0]) if row else 0


def _drop(where: str, value: str, account: str) -> Steps[None]:
    found = yield from rows(
        f"SELECT id, size, state FROM assets WHERE {where} AND account_id = :account AND state <> 'deleted'",
        value=value,
        account=account,
    )
    for asset, size, state in found:
        yield from run("UPDATE assets SET state = 'deleted' WHERE id = :id", id=asset)
        if state == "ready":
            yield from _count(account, -int(size))


def _count(account: str, size: int) -> Steps[None]:
    yield from run(
        "UPDATE accounts SET stored_bytes = stored_bytes + :size WHERE id = :account",
        size=size,
        account=account,
    )
