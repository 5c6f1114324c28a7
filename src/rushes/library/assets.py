"""Files' records. A record exists before its bytes do and after they are gone, so no file is ever orphaned.

staged   bytes are being stored; no one may read them yet
ready    published
deleted  given up: the bytes go, then the record
going    its bytes are being deleted, since `expires_at`: nobody stores the same ones meanwhile
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import msgspec
from msgspec import Struct

from rushes.db import Row, Steps, changed_by_each, lock, lock_accounts, one, rows, rows_of_each, run, run_each
from rushes.ids import now_ms


class Asset(Struct, frozen=True, kw_only=True):
    """One file. Sizes in pixels and bytes, duration in seconds, times in milliseconds since 1970."""

    id: str
    account_id: str
    job_id: str | None
    role: str
    kind: str
    mime: str
    sha256: str = ""
    size: int = 0
    width: int = 0
    height: int = 0
    duration: float = 0.0
    state: str = "staged"
    created_at: int = 0
    expires_at: int | None = None


_COLUMNS = ", ".join(Asset.__struct_fields__)
_TYPED = (
    "id TEXT, account_id TEXT, job_id TEXT, role TEXT, kind TEXT, mime TEXT, sha256 TEXT, size BIGINT, width INTEGER,"
    " height INTEGER, duration DOUBLE PRECISION, state TEXT, created_at BIGINT, expires_at BIGINT"
)
GOING_MS = 60_000
"""Deleting takes less; what takes longer was left by a process that died, or it never will be done."""


def _asset(row: Row) -> Asset:
    return Asset(**dict(zip(Asset.__struct_fields__, row, strict=True)))


def _row(asset: Asset, state: str) -> Row:
    created = asset.created_at or now_ms()
    return msgspec.structs.astuple(msgspec.structs.replace(asset, state=state, created_at=created))


def stage_all(staged: Sequence[Asset]) -> Steps[list[bool]]:
    """Record that bytes are about to be stored; what is on record already stays. False for each while the same ones are
    being deleted: ask again.
    """
    hashes = sorted({asset.sha256 for asset in staged})
    yield from lock(*(f"bytes {sha256}" for sha256 in hashes))
    stale = now_ms() - GOING_MS
    found = yield from rows_of_each(
        "SELECT sha256 FROM each(bytes TEXT, stale BIGINT) AS wanted CROSS JOIN assets"
        " WHERE sha256 = bytes AND state = 'going' AND expires_at > stale",
        [(sha256, stale) for sha256 in hashes],
    )
    going = {str(sha256) for (sha256,) in found}
    yield from run_each(
        f"INSERT INTO assets ({_COLUMNS}) SELECT * FROM each({_TYPED}) AS added WHERE true ON CONFLICT (id) DO NOTHING",
        [_row(asset, "staged") for asset in staged if asset.sha256 not in going],
    )
    return [asset.sha256 not in going for asset in staged]


def publish(account: str, ids: Sequence[str], expires: int | None) -> Steps[None]:
    """Make staged files readable and count them to the account's storage."""
    yield from lock_accounts((account,))
    yield from publish_all([(account, asset, expires) for asset in ids])


def publish_all(published: Sequence[tuple[str, str, int | None]]) -> Steps[None]:
    """The same of files (account, asset, until when it is kept) of accounts that are locked already."""
    done = yield from changed_by_each(
        "UPDATE assets SET state = 'ready', expires_at = until"
        " FROM each(asset TEXT, account TEXT, until BIGINT) AS published"
        " WHERE id = asset AND account_id = account AND state = 'staged'",
        "id",
        [(asset, account, until) for account, asset, until in published],
    )
    missing = {asset for _, asset, _ in published} - done
    if missing:
        raise LookupError(f"asset {min(missing)} is not staged")
    found = yield from rows_of_each(
        "SELECT account_id, CAST(sum(size) AS BIGINT) FROM each(asset TEXT) AS published CROSS JOIN assets"
        " WHERE id = asset GROUP BY account_id",
        [(asset,) for asset in done],
    )
    sizes = Counter[str]()
    for account, size in found:
        sizes[str(account)] += int(size)
    yield from _count(sizes)


def of_job(account: str, job: str) -> Steps[list[Asset]]:
    """A job's readable files."""
    (found,) = yield from of_jobs([(account, job)])
    return [asset for asset in found if asset.state == "ready"]


def of_jobs(jobs: Sequence[tuple[str, str]]) -> Steps[list[list[Asset]]]:
    """The files of each of these jobs (account, job), readable or staged."""
    found = yield from rows_of_each(
        f"SELECT {_COLUMNS} FROM each(account TEXT, job TEXT) AS asked CROSS JOIN assets"
        " WHERE job_id = job AND account_id = account AND state IN ('staged', 'ready') ORDER BY id",
        jobs,
    )
    files: dict[str, list[Asset]] = {job: [] for _, job in jobs}
    for asset in map(_asset, found):
        files[str(asset.job_id)].append(asset)
    return [files[job] for _, job in jobs]


def get(asset: str, now: int) -> Steps[Asset | None]:
    """A readable file that has not expired. Who may read it is the caller's to decide."""
    row = yield from one(
        f"SELECT {_COLUMNS} FROM assets WHERE id = :id AND state = 'ready'"
        " AND (expires_at IS NULL OR expires_at > :now)",
        id=asset,
        now=now,
    )
    return _asset(row) if row else None


def give_up(asset: Asset) -> Steps[None]:
    """Give up a file that was staged, on record still or not any more."""
    yield from run_each(
        f"INSERT INTO assets ({_COLUMNS}) SELECT * FROM each({_TYPED}) AS added WHERE true"
        " ON CONFLICT (id) DO UPDATE SET state = 'deleted' WHERE assets.state = 'staged'",
        [_row(asset, "deleted")],
    )


def drop(account: str, asset: str) -> Steps[None]:
    """Give up one file, staged or ready."""
    yield from _drop("id = value", [(account, asset)])


def drop_job(account: str, job: str) -> Steps[None]:
    """Give up all files of a job."""
    yield from _drop("job_id = value", [(account, job)])


def drop_inputs(jobs: Sequence[tuple[str, str]]) -> Steps[None]:
    """Give up what jobs (account, job) were given, of accounts that are locked already; what they made stays."""
    yield from _give_up("job_id = value AND role <> 'output'", jobs)


def drop_staged(account: str, job: str) -> Steps[None]:
    """Give up what an earlier attempt at a job had not published."""
    yield from _drop("job_id = value AND state = 'staged'", [(account, job)])


def drop_expired(now: int) -> Steps[int]:
    """Give up files whose time is over. How many."""
    found = yield from rows(
        "SELECT account_id, id FROM assets WHERE expires_at IS NOT NULL AND expires_at <= :now"
        " AND state = 'ready' LIMIT 500",
        now=now,
    )
    yield from _drop("id = value", [(str(account), str(asset)) for account, asset in found])
    return len(found)


def drop_abandoned(before: int) -> Steps[int]:
    """Give up files staged before `before` that no running job is going to publish. How many."""
    found = yield from rows(
        "SELECT account_id, id FROM assets WHERE state = 'staged' AND created_at < :before AND NOT EXISTS"
        " (SELECT 1 FROM jobs WHERE jobs.id = assets.job_id AND jobs.state = 'running') LIMIT 500",
        before=before,
    )
    yield from _drop("id = value", [(str(account), str(asset)) for account, asset in found])
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


def _drop(where: str, dropped: Sequence[tuple[str, str]]) -> Steps[None]:
    """`dropped` are accounts, each with the id of a file or job of theirs."""
    yield from lock_accounts(account for account, _ in dropped)
    yield from _give_up(where, dropped)


def _give_up(where: str, dropped: Sequence[tuple[str, str]]) -> Steps[None]:
    found = yield from rows_of_each(
        "SELECT id, account_id, size, state FROM each(account TEXT, value TEXT) AS dropped CROSS JOIN assets"
        f" WHERE {where} AND account_id = account AND state IN ('staged', 'ready')",
        dropped,
    )
    yield from run_each(
        "UPDATE assets SET state = 'deleted' FROM each(asset TEXT) AS dropped WHERE id = asset",
        [row[:1] for row in found],
    )
    sizes = Counter[str]()
    for _, account, size, state in found:
        sizes[str(account)] -= int(size) if state == "ready" else 0
    yield from _count(sizes)


def _count(sizes: Mapping[str, int]) -> Steps[None]:
    yield from run_each(
        "UPDATE accounts SET stored_bytes = stored_bytes + more FROM each(account TEXT, more BIGINT) AS stored"
        " WHERE id = account",
        [(account, sizes[account]) for account in sorted(sizes) if sizes[account]],
    )
