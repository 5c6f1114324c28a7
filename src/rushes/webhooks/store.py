"""The outbox as the sender sees it: what is due, taken under a lease, and what came of it.

A delivery under way is still `waiting`: its `due_at` is when the lease runs out, so one that was lost with its
process becomes due again by itself. Every move of a sender compares owner and lease, so a late one changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

from msgspec import Struct

from rushes.db import Steps, one, rows, run
from rushes.webhooks import endpoints

State = Literal["waiting", "delivered", "failed"]

_LANES = (
    # One index look-up a host, however many deliveries wait for it.
    "WITH RECURSIVE lanes (host) AS (SELECT min(host) FROM webhook_deliveries WHERE state = 'waiting' UNION ALL"
    " SELECT (SELECT min(d.host) FROM webhook_deliveries d WHERE d.state = 'waiting' AND d.host > lanes.host)"
    " FROM lanes WHERE lanes.host IS NOT NULL)"
    " SELECT host, (SELECT min(d.due_at) FROM webhook_deliveries d WHERE d.state = 'waiting' AND d.host = lanes.host)"
    " FROM lanes WHERE host IS NOT NULL"
)


class Claim(Struct, frozen=True, kw_only=True):
    """A delivery that this process may attempt until `lease_until`. `attempts` have failed before."""

    id: str
    account: str
    webhook: str | None
    event: str
    url: str
    host: str
    format: str
    policy: str
    snapshot: str
    body: str | None
    attempts: int
    created_at: int
    lease_until: int
    traceparent: str | None
    wanted: bool
    """False when its registered webhook was removed or disabled since."""


class Attempt(Struct, frozen=True, kw_only=True):
    """One attempt. Times in milliseconds; no answer came: `status` None and an `error`; `answer` is its beginning."""

    started_at: int
    milliseconds: int
    status: int | None
    error: str | None
    answer: str


class Verdict(Struct, frozen=True, kw_only=True):
    """What becomes of a delivery. `due_at` when it waits for a further attempt, `error` unless it was delivered."""

    state: State
    due_at: int | None = None
    error: str | None = None
    disable: bool = False
    """Its registered webhook does not want to be called again."""


def lanes() -> Steps[list[tuple[str, int]]]:
    """Every host that deliveries wait for, and when the first of them is due."""
    found = yield from rows(_LANES)
    return [(str(host), int(due)) for host, due in found]


def claim(rooms: Mapping[str, int], owner: str, now: int, lease_until: int) -> Steps[list[Claim]]:
    """Take what is due, at most `rooms[host]` for each host, the longest due first."""
    claimed = []
    for host, room in rooms.items():
        found = yield from rows(
            "WITH due AS MATERIALIZED (SELECT id FROM webhook_deliveries WHERE state = 'waiting' AND host = :host"
            " AND due_at <= :now ORDER BY due_at LIMIT :room /*+ FOR UPDATE SKIP LOCKED */)"
            " UPDATE webhook_deliveries SET lease_owner = :owner, due_at = :until"
            " WHERE state = 'waiting' AND due_at <= :now AND id IN (SELECT id FROM due)"
            " RETURNING id, account_id, webhook_id, event, url, host, format, policy, snapshot, body, attempts,"
            " created_at, due_at, traceparent, webhook_id IS NULL OR EXISTS"
            " (SELECT 1 FROM webhooks w WHERE w.id = webhook_id AND w.enabled = 1)",
            owner=owner,
            until=lease_until,
            now=now,
            host=host,
            room=room,
        )
        for *values, wanted in found:
            claimed.append(Claim(**dict(zip(Claim.__struct_fields__, [*values, bool(wanted)], strict=True))))
    return claimed


def save_body(claim: Claim, owner: str, body: str) -> Steps[bool]:
    """Keep the body that every attempt sends. False when the lease is lost."""
    row = yield from one(
        "UPDATE webhook_deliveries SET body = :body, snapshot = ''"
        " WHERE id = :id AND state = 'waiting' AND lease_owner = :owner AND due_at = :until RETURNING id",
        body=body,
        id=claim.id,
        owner=owner,
        until=claim.lease_until,
    )
    return row is not None


def record(claim: Claim, owner: str, attempt: Attempt | None, verdict: Verdict, now: int) -> Steps[bool]:
    """Write down an attempt (None: there was none) and what becomes of the delivery.

    False when the lease was lost meanwhile: the attempt is in the log, another process decides.
    """
    if verdict.disable and claim.webhook is not None:
        # First: whoever changes a webhook has locked it before its deliveries.
        yield from endpoints.disable(claim.webhook, verdict.error or "")
    yield from run("SELECT 1 FROM webhook_deliveries WHERE id = :id /*+ FOR UPDATE */", id=claim.id)
    if attempt is not None:
        yield from _log(claim.id, attempt)
    row = yield from one(
        "UPDATE webhook_deliveries SET state = :state, attempts = attempts + :made, due_at = :due, error = :error,"
        " lease_owner = NULL, finished_at = :finished WHERE id = :id AND state = 'waiting'"
        " AND lease_owner = :owner AND due_at = :until RETURNING id",
        state=verdict.state,
        made=int(attempt is not None),
        due=verdict.due_at,
        error=verdict.error,
        finished=None if verdict.state == "waiting" else now,
        id=claim.id,
        owner=owner,
        until=claim.lease_until,
    )
    return row is not None


def lease_owners() -> Steps[list[str]]:
    """Every process that believes to be sending something."""
    found = yield from rows("SELECT DISTINCT lease_owner FROM webhook_deliveries WHERE lease_owner IS NOT NULL")
    return [str(row[0]) for row in found]


def free(owners: Iterable[str], now: int) -> Steps[None]:
    """Let go of what processes that are gone were sending: it is due now."""
    for owner in owners:
        yield from run(
            "UPDATE webhook_deliveries SET lease_owner = NULL, due_at = :now WHERE id IN (SELECT id"
            " FROM webhook_deliveries WHERE lease_owner = :owner AND state = 'waiting' /*+ FOR UPDATE SKIP LOCKED */)",
            owner=owner,
            now=now,
        )


def _log(delivery: str, attempt: Attempt) -> Steps[None]:
    yield from run(
        "INSERT INTO webhook_attempts (delivery_id, number, started_at, milliseconds, status, error, answer)"
        " SELECT :delivery, coalesce(max(number), 0) + 1, :started, :milliseconds, :status, :error, :answer"
        " FROM webhook_attempts WHERE delivery_id = :delivery",
        delivery=delivery,
        started=attempt.started_at,
        milliseconds=attempt.milliseconds,
        status=attempt.status,
        error=attempt.error,
        answer=attempt.answer,
    )
