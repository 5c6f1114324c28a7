"""The delivery log: what an account's webhooks and callbacks were told, with every attempt; and telling it again."""

from __future__ import annotations

from msgspec import Struct

from rushes.db import Row, Steps, one, rows
from rushes.webhooks import endpoints
from rushes.webhooks.store import Attempt, State

KEPT_MS = 30 * 24 * 3600 * 1000
"""How long a delivery that is over stays in the log."""
_BATCH = 500
_COLUMNS = (
    "id, webhook_id, subject, event, url, policy, state, attempts, lease_owner, due_at, error, created_at, finished_at"
)


class NotWanted(Exception):
    """The registered webhook of a delivery was removed or is disabled."""

    def __init__(self) -> None:
        super().__init__("its webhook was removed or is disabled")


class Delivery(Struct, frozen=True, kw_only=True):
    """One delivery as it stands. Times in milliseconds since 1970; `attempts` since it was last armed.

    `webhook` is None for a callback that came with a request; `due_at` None while an attempt is under way.
    """

    id: str
    webhook: str | None
    subject: str
    event: str
    url: str
    policy: str
    state: State
    attempts: int
    due_at: int | None
    error: str | None
    created_at: int
    finished_at: int | None


class Detail(Struct, frozen=True, kw_only=True):
    """A delivery with its body (None before the first attempt) and every attempt, oldest first."""

    delivery: Delivery
    body: str | None
    attempts: list[Attempt]


def recent(account: str, limit: int, offset: int, state: State | None = None) -> Steps[list[Delivery]]:
    """The account's deliveries, newest first; with `state`, only those."""
    where = "account_id = :account" + (" AND state = :state" if state else "")
    found = yield from rows(
        f"SELECT {_COLUMNS} FROM webhook_deliveries WHERE {where} ORDER BY id DESC LIMIT :limit OFFSET :offset",
        account=account,
        limit=limit,
        offset=offset,
        **({"state": state} if state else {}),
    )
    return [_delivery(row) for row in found]


def detail(account: str, delivery: str) -> Steps[Detail | None]:
    """The account's delivery; a foreign one looks like a missing one."""
    row = yield from one(
        f"SELECT {_COLUMNS}, body FROM webhook_deliveries WHERE id = :id AND account_id = :account",
        id=delivery,
        account=account,
    )
    if row is None:
        return None
    attempts = yield from rows(
        "SELECT started_at, milliseconds, status, error, answer FROM webhook_attempts"
        " WHERE delivery_id = :id ORDER BY number",
        id=delivery,
    )
    return Detail(delivery=_delivery(row[:-1]), body=row[-1], attempts=[_attempt(attempt) for attempt in attempts])


def redeliver(account: str, delivery: str, now: int) -> Steps[Delivery | None]:
    """Arm a delivery anew, a delivered one too: the same id and body, all attempts of its policy, from now on.

    None when the account has no such delivery. Raises NotWanted. One that is under way just counts from the start.
    """
    row = yield from one(
        "SELECT webhook_id FROM webhook_deliveries WHERE id = :id AND account_id = :account",
        id=delivery,
        account=account,
    )
    if row is None:
        return None
    url = None
    if row[0] is not None:
        webhook = yield from endpoints.get(account, row[0])
        if webhook is None or not webhook.enabled:
            raise NotWanted
        url = webhook.url
    row = yield from one(
        "UPDATE webhook_deliveries SET state = 'waiting', attempts = 0, error = NULL, finished_at = NULL,"
        " url = coalesce(:url, url), host = coalesce(:host, host),"
        " due_at = CASE WHEN lease_owner IS NULL THEN :now ELSE due_at END"
        f" WHERE id = :id RETURNING {_COLUMNS}",
        url=url,
        host=None if url is None else endpoints.host_of(url),
        now=now,
        id=delivery,
    )
    return _delivery(row) if row else None


def prune(before: int) -> Steps[int]:
    """Forget some of the deliveries that were over before this time, attempts and all. How many; 0: none is left."""
    found = yield from rows(
        "DELETE FROM webhook_deliveries WHERE id IN (SELECT id FROM webhook_deliveries"
        " WHERE finished_at IS NOT NULL AND finished_at < :before LIMIT :batch /*+ FOR UPDATE SKIP LOCKED */)"
        " RETURNING id",
        before=before,
        batch=_BATCH,
    )
    return len(found)


def _delivery(row: Row) -> Delivery:
    name, webhook, subject, event, url, policy, state, attempts, sending, due, error, created, finished = row
    return Delivery(
        id=name,
        webhook=webhook,
        subject=subject,
        event=event,
        url=url,
        policy=policy,
        state=state,
        attempts=attempts,
        due_at=due if sending is None else None,
        error=error,
        created_at=created,
        finished_at=finished,
    )


def _attempt(row: Row) -> Attempt:
    started, milliseconds, status, error, answer = row
    return Attempt(started_at=started, milliseconds=milliseconds, status=status, error=error, answer=answer)
