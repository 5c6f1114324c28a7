"""Registered webhooks: an account's own addresses, told of every event that they want."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct

from rushes.db import Row, Steps, lock_account, one, rows, rows_of_many, run
from rushes.ids import new_id, now_ms

MOST = 20
"""Webhooks an account may have."""
_COLUMNS = "id, account_id, url, events, description, enabled, disabled_reason, created_at"


class TooManyWebhooks(Exception):
    """The account has as many webhooks as it may."""

    def __init__(self) -> None:
        super().__init__(f"at most {MOST} webhooks; remove one first")


class Webhook(Struct, frozen=True, kw_only=True):
    """One registered address. `events` are names, "name.*" or "*"; `disabled_reason` is empty when its owner did it."""

    id: str
    account: str
    url: str
    events: tuple[str, ...]
    description: str
    enabled: bool
    disabled_reason: str
    created_at: int

    def wants(self, event: str) -> bool:
        """Whether an event of this name is to be delivered here."""
        return any(
            wanted in ("*", event) or (wanted.endswith(".*") and event.startswith(wanted[:-1]))
            for wanted in self.events
        )


def register(account: str, url: str, events: Sequence[str], description: str) -> Steps[Webhook]:
    """Add a webhook. Raises TooManyWebhooks."""
    yield from lock_account(account)
    count = yield from one("SELECT count(*) FROM webhooks WHERE account_id = :account", account=account)
    if count is not None and count[0] >= MOST:
        raise TooManyWebhooks
    row = yield from one(
        "INSERT INTO webhooks (id, account_id, url, events, description, enabled, created_at)"
        f" VALUES (:id, :account, :url, :events, :description, 1, :now) RETURNING {_COLUMNS}",
        id=new_id("hook_"),
        account=account,
        url=url,
        events=msgspec.json.encode(events).decode(),
        description=description,
        now=now_ms(),
    )
    assert row is not None
    return _webhook(row)


def get(account: str, webhook: str) -> Steps[Webhook | None]:
    """The account's webhook; a foreign one looks like a missing one."""
    row = yield from one(
        f"SELECT {_COLUMNS} FROM webhooks WHERE id = :id AND account_id = :account", id=webhook, account=account
    )
    return _webhook(row) if row else None


def registered(account: str) -> Steps[list[Webhook]]:
    """All webhooks of the account, oldest first."""
    found = yield from rows(f"SELECT {_COLUMNS} FROM webhooks WHERE account_id = :account ORDER BY id", account=account)
    return [_webhook(row) for row in found]


def enabled(accounts: Iterable[str]) -> Steps[list[Webhook]]:
    """All webhooks of these accounts that are told anything."""
    found = yield from rows_of_many(
        f"SELECT {_COLUMNS} FROM webhooks WHERE account_id = :account AND enabled = 1 ORDER BY id",
        [{"account": account} for account in accounts],
    )
    return [_webhook(row) for row in found]


def change(
    account: str,
    webhook: str,
    *,
    url: str | None = None,
    events: Sequence[str] | None = None,
    description: str | None = None,
    enabled: bool | None = None,
) -> Steps[Webhook | None]:
    """Change what is not None. Deliveries that wait follow the new address, or end when it is disabled."""
    row = yield from one(
        "UPDATE webhooks SET url = coalesce(:url, url), events = coalesce(:events, events),"
        " description = coalesce(:description, description), enabled = coalesce(:enabled, enabled),"
        " disabled_reason = CASE WHEN :enabled IS NULL THEN disabled_reason END"
        f" WHERE id = :id AND account_id = :account RETURNING {_COLUMNS}",
        url=url,
        events=None if events is None else msgspec.json.encode(events).decode(),
        description=description,
        enabled=None if enabled is None else int(enabled),
        id=webhook,
        account=account,
    )
    if row is None:
        return None
    changed = _webhook(row)
    if url is not None or enabled is not None:
        yield from _look_again(changed.id, changed.url)
    return changed


def remove(account: str, webhook: str) -> Steps[bool]:
    """Forget a webhook; deliveries that wait for it end. False when the account has no such webhook."""
    row = yield from one(
        "DELETE FROM webhooks WHERE id = :id AND account_id = :account RETURNING url", id=webhook, account=account
    )
    if row is None:
        return False
    yield from _look_again(webhook, str(row[0]))
    return True


def disable(webhook: str, reason: str) -> Steps[None]:
    """Send nothing to this webhook any more until its owner enables it again; deliveries that wait for it end."""
    row = yield from one(
        "UPDATE webhooks SET enabled = 0, disabled_reason = :reason WHERE id = :id RETURNING url",
        id=webhook,
        reason=reason,
    )
    if row is not None:
        yield from _look_again(webhook, str(row[0]))


def host_of(url: str) -> str:
    """Whom a slow answer delays: the URL's host."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:  # refused when it is attempted; the transaction here must not break
        return ""


def _look_again(webhook: str, url: str) -> Steps[None]:
    """Deliveries that wait are due now, at this address, to be sent or ended; one under way takes its course."""
    yield from run(
        "UPDATE webhook_deliveries SET url = :url, host = :host,"
        " due_at = CASE WHEN lease_owner IS NULL THEN :now ELSE due_at END"
        " WHERE webhook_id = :webhook AND state = 'waiting'",
        url=url,
        host=host_of(url),
        now=now_ms(),
        webhook=webhook,
    )


def _webhook(row: Row) -> Webhook:
    name, account, url, events, description, enabled, reason, created = row
    return Webhook(
        id=name,
        account=account,
        url=url,
        events=tuple(msgspec.json.decode(events)),
        description=description,
        enabled=bool(enabled),
        disabled_reason=reason or "",
        created_at=created,
    )
