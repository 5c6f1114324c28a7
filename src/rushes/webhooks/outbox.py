"""The outbox: deliveries are written in the transaction of what they tell about, and sent later."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence

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


class Event(Struct, frozen=True, kw_only=True):
    """What happened to `subject` (an id) of an account, and the state to tell about, read only if anybody is told.

    The format makes the body of the state at the first attempt. `traceparent` is the trace that it belongs to.
    """

    account: str
    subject: str
    name: str
    snapshot: Callable[[], Steps[str]]
    callbacks: Sequence[Callback]
    traceparent: str | None = None


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

    Wake the sender once the transaction is committed.
    """

    def text() -> Steps[str]:
        return snapshot if isinstance(snapshot, str) else snapshot.decode()
        yield  # steps without a step

    yield from enqueue_all(
        [
            Event(
                account=account,
                subject=subject,
                name=event,
                snapshot=text,
                callbacks=callbacks,
                traceparent=traceparent,
            )
        ]
    )


def enqueue_all(events: Sequence[Event]) -> Steps[None]:
    """The same of several events, in their order."""
    now = now_ms()
    hooks = defaultdict(list)
    for webhook in (yield from endpoints.enabled({event.account for event in events})):
        hooks[webhook.account].append(webhook)
    for event in events:
        listening = [webhook for webhook in hooks[event.account] if webhook.wants(event.name)]
        if not listening and not event.callbacks:
            continue
        text = yield from event.snapshot()
        told: list[tuple[Callback, str | None]] = [(callback, None) for callback in event.callbacks]
        told += [(_registered(webhook), webhook.id) for webhook in listening]
        for to, webhook_id in told:
            yield from _insert(
                event.account,
                event.subject,
                event.name,
                to,
                now,
                webhook=webhook_id,
                snapshot=text,
                traceparent=event.traceparent,
            )


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
