"""The outbox: deliveries are written in the transaction of what they tell about, and sent later."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from rushes.db import Steps, run
from rushes.ids import new_id, now_ms
from rushes.webhooks import endpoints

REGISTERED_FORMAT = "rushes"
"""The format of what goes to registered webhooks."""
REGISTERED_POLICY = "standard"


class Callback(Struct, frozen=True, kw_only=True):
    """An address that came with one request: told once, in `format`, as `policy` (policies.toml) says."""

    url: str
    format: str
    policy: str = "callback"


def enqueue(
    account: str,
    *,
    subject: str,
    event: str,
    snapshot: bytes | str,
    callbacks: Sequence[Callback],
    traceparent: str | None = None,
) -> Steps[None]:
    """Tell the callbacks, and every registered webhook of the account that wants this event, what happened.

    `subject` is the id of what it happened to. `snapshot` (UTF-8) is the state to tell about: the format makes
    the body of it at the first attempt. `traceparent` is the trace that it belongs to. Wake the sender once the
    transaction is committed.
    """
    text = snapshot if isinstance(snapshot, str) else snapshot.decode()
    now = now_ms()
    for callback in callbacks:
        yield from _insert(account, subject, event, callback, now, snapshot=text, traceparent=traceparent)
    for webhook in (yield from endpoints.listening(account, event)):
        to = _registered(webhook)
        yield from _insert(account, subject, event, to, now, webhook=webhook.id, snapshot=text, traceparent=traceparent)


def enqueue_test(webhook: endpoints.Webhook, event: str, body: bytes) -> Steps[str]:
    """Send `body` as it is to one webhook, whatever events it wants. The delivery's id."""
    return (
        yield from _insert(
            webhook.account,
            webhook.id,
            event,
            _registered(webhook),
            now_ms(),
            webhook=webhook.id,
            body=body.decode(),
        )
    )


def _registered(webhook: endpoints.Webhook) -> Callback:
    return Callback(url=webhook.url, format=REGISTERED_FORMAT, policy=REGISTERED_POLICY)


def _insert(
    account: str,
    subject: str,
    event: str,
    to: Callback,
    now: int,
    *,
    webhook: str | None = None,
    snapshot: str = "",
    body: str | None = None,
    traceparent: str | None = None,
) -> Steps[str]:
    name = new_id("msg_")
    yield from run(
        "INSERT INTO webhook_deliveries (id, account_id, webhook_id, subject, event, url, host, format, policy,"
        " snapshot, body, traceparent, due_at, created_at) VALUES (:id, :account, :webhook, :subject, :event, :url,"
        " :host, :format, :policy, :snapshot, :body, :traceparent, :now, :now)",
        id=name,
        account=account,
        webhook=webhook,
        subject=subject,
        event=event,
        url=to.url,
        host=endpoints.host_of(to.url),
        format=to.format,
        policy=to.policy,
        snapshot=snapshot,
        body=body,
        traceparent=traceparent,
        now=now,
    )
    return name
