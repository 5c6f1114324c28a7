"""Idempotency keys: a create that is sent again under the same key is answered, not done, again.

A claim is taken before the request is worked on and names the job that the request will make, so that a request
cut off by a crash and sent again finds its job instead of making a second one. The answer is kept for a day.
"""

from __future__ import annotations

from msgspec import Struct

from rushes.db import Steps, one, run
from rushes.ids import new_id
from rushes.jobs import store
from rushes.jobs.states import DIRECT, State

DAY_MS = 86_400_000


class KeyReused(Exception):
    """The key was used for another request within the last day."""

    def __init__(self) -> None:
        super().__init__("this Idempotency-Key was used for another request; use a new key for a new request")


class Taken(Struct, frozen=True):
    """The request is the caller's to work on; the first job that it makes has the id `job`."""

    job: str


class Kept(Struct, frozen=True):
    """The request was answered before. `answer` is None where it is to be made again from the job."""

    job: str
    status: int
    media: str
    answer: str | None


class Waiting(Struct, frozen=True):
    """Another request with the same key is being worked on by the process `owner`."""

    owner: str


def take(account: str, key: str, fingerprint: str, owner: str, now: int) -> Steps[Taken | Kept | Waiting]:
    """Claim `key` for a request. Raises KeyReused."""
    yield from run(
        "DELETE FROM claims WHERE account_id = :account AND key = :key AND created_at < :before",
        account=account,
        key=key,
        before=now - DAY_MS,
    )
    job = new_id("job_")
    row = None
    while row is None:
        row = yield from one(
            "INSERT INTO claims (account_id, key, fingerprint, job_id, owner, created_at)"
            " VALUES (:account, :key, :fingerprint, :job, :owner, :now) ON CONFLICT DO NOTHING RETURNING job_id",
            account=account,
            key=key,
            fingerprint=fingerprint,
            job=job,
            owner=owner,
            now=now,
        )
        if row is not None:
            return Taken(job)
        # None: its holder has given the key back since.
        row = yield from one(
            "SELECT fingerprint, job_id, owner, status, media, answer FROM claims"
            " WHERE account_id = :account AND key = :key",
            account=account,
            key=key,
        )
    known, job, holder, status, media, answer = row
    if known != fingerprint:
        raise KeyReused
    return Waiting(holder) if status is None else Kept(job, status, media, answer)


def take_over(account: str, key: str, dead: str, owner: str) -> Steps[Taken | None]:
    """Go on with a request that a dead process was working on. None when somebody else does already."""
    row = yield from one(
        "UPDATE claims SET owner = :owner WHERE account_id = :account AND key = :key AND owner = :dead"
        " AND status IS NULL RETURNING job_id",
        account=account,
        key=key,
        dead=dead,
        owner=owner,
    )
    if row is None:
        return None
    job = yield from store.get(account, str(row[0]))
    if job is None or job.state != State.FAILED or job.queue != DIRECT:
        # Failed or not, a job that was queued is the answer: it may have been sent, and must not be sent twice.
        return Taken(str(row[0]))
    # The text that the dead process was writing ended with it: this is a new attempt.
    fresh = new_id("job_")
    yield from run(
        "UPDATE claims SET job_id = :job WHERE account_id = :account AND key = :key",
        job=fresh,
        account=account,
        key=key,
    )
    return Taken(fresh)


def keep(account: str, key: str, *, status: int, media: str, answer: str | None) -> Steps[None]:
    """Keep the answer to a claimed request."""
    yield from run(
        "UPDATE claims SET status = :status, media = :media, answer = :answer"
        " WHERE account_id = :account AND key = :key",
        status=status,
        media=media,
        answer=answer,
        account=account,
        key=key,
    )


def release(account: str, key: str, owner: str) -> Steps[None]:
    """The request that `owner` claimed, or may have claimed, ended without an answer. When it made its job, the next
    one answers from that; else, and for texts, which have nothing to answer from, the key is free again.
    """
    mine = "account_id = :account AND key = :key AND owner = :owner AND status IS NULL"
    row = yield from one(f"SELECT job_id FROM claims WHERE {mine}", account=account, key=key, owner=owner)
    if row is None:  # others have taken it over
        return
    made = yield from store.get(account, str(row[0]))
    if made is not None and made.queue != DIRECT:
        yield from keep(account, key, status=0, media="", answer=None)
        return
    yield from run(f"DELETE FROM claims WHERE {mine}", account=account, key=key, owner=owner)


def forget(before: int) -> Steps[None]:
    """Delete claims older than `before`."""
    yield from run(
        "DELETE FROM claims WHERE (account_id, key) IN (SELECT account_id, key FROM claims WHERE created_at < :before"
        " /*+ FOR UPDATE SKIP LOCKED */)",
        before=before,
    )
