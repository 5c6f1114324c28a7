"""Files' records. A record exists before its bytes do and after they are gone, so no file is ever orphaned.

staged   bytes are being stored; no one may read them yet
ready    published
deleted  given up: the bytes go, then the record
going    its bytes are being deleted, since `expires_at`: nobody stores the same ones meanwhile
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from rushes.db import Row, Steps, lock, lock_account, one, rows, run
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
GOING_MS = 60_000
"""Deleting takes less; what takes longer was left by a process that died, or it never will be done."""


def _asset(row: Row) -> Asset:
    return Asset(**dict(zip(Asset.__struct_fields__, row, strict=True)))


def stage(asset: Asset) -> Steps[bool]:
    """Record that bytes are about to be stored. False while the same ones are being deleted: ask again."""
    yield from lock(f"bytes {asset.sha256}")
    row = yield from one(
        "SELECT 1 FROM assets WHERE sha256 = :sha256 AND state = 'going' AND expires_at > :stale LIMIT 1",
        sha256=asset.sha256,
        stale=now_ms() - GOING_MS,
    )
    if row is not None:
        return False
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
    return True


def publish(account: str, ids: Sequence[str], expires: int | None) -> Steps[None]:
    """Make staged files readable and count them to the account's storage."""
    yield from lock_account(account)
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
    for account, asset in sorted(found):  # the order in which accounts are locked
        yield from drop(account, asset)
    return len(found)


def drop_abandoned(before: int) -> Steps[int]:
    """Give up files staged before `before` that no running job is going to publish. How many."""
    found = yield from rows(
        "SELECT account_id, id FROM assets WHERE state = 'staged' AND created_at < :before AND NOT EXISTS"
        " (SELECT 1 FROM jobs WHERE jobs.id = assets.job_id AND jobs.state = 'running') LIMIT 500",
        before=before,
    )
    for account, asset in sorted(found):
        yield from drop(account, asset)
    return len(found)


def given_up(now: int, limit: int = 500) -> Steps[list[tuple[str, str]]]:
    """(id, sha256) of files that were given up and whose bytes nobody is deleting."""
    found = yield from rows(
        "SELECT id, sha256 FROM assets WHERE state IN ('deleted', 'going')"
        " AND (state = 'deleted' OR expires_at <= :stale) LIMIT :limit",
        stale=now - GOING_MS,
        limit=limit,
    )
    return [(str(row[0]), str(row[1])) for row in found]


def let_go(asset: str, sha256: str, now: int) -> Steps[bool]:
    """Begin to delete a given-up file's bytes. False when there is nothing to delete: another file has the same ones,
    or another process is at it.
    """
    yield from lock(f"bytes {sha256}")
    row = yield from one(
        "SELECT 1 FROM assets WHERE sha256 = :sha256 AND id <> :id AND (state IN ('staged', 'ready')"
        " OR state = 'going' AND expires_at > :stale) LIMIT 1",
        sha256=sha256,
        id=asset,
        stale=now - GOING_MS,
    )
    if row is not None:
        yield from forget(asset)
        return False
    row = yield from one(
        "UPDATE assets SET state = 'going', expires_at = :now WHERE id = :id"
        " AND (state = 'deleted' OR state = 'going' AND expires_at <= :stale) RETURNING id",
        now=now,
        id=asset,
        stale=now - GOING_MS,
    )
    return row is not None


def forget(asset: str) -> Steps[None]:
    """Remove the record of a file whose bytes are gone, or are another's too."""
    yield from run("DELETE FROM assets WHERE id = :id AND state IN ('deleted', 'going')", id=asset)


def stored_bytes(account: str) -> Steps[int]:
    """How much the account's readable files take."""
    row = yield from one("SELECT stored_bytes FROM accounts WHERE id = :account", account=account)
    return int(row[0]) if row else 0


def _drop(where: str, value: str, account: str) -> Steps[None]:
    yield from lock_account(account)
    found = yield from rows(
        f"SELECT id, size, state FROM assets WHERE {where} AND account_id = :account AND state IN ('staged', 'ready')",
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
