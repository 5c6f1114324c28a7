"""The native dialect's webhooks: register addresses, see what they were told, tell them again."""

from __future__ import annotations

from typing import TypeVar

import msgspec
from msgspec import UNSET, UnsetType
from starlette.requests import Request
from starlette.responses import Response

from rushes.db import Steps
from rushes.dialects.kit.answers import iso, json
from rushes.dialects.kit.endpoint import Auth, Endpoint
from rushes.dialects.kit.gate import Gate
from rushes.dialects.kit.problems import Problem, invalid, not_found
from rushes.dialects.kit.reading import Body, ignored, read_query
from rushes.dialects.rushes import webhook_shapes as shapes
from rushes.ids import now_ms
from rushes.net.guard import BlockedAddress, FetchFailed
from rushes.services import Services
from rushes.webhooks import endpoints as hooks
from rushes.webhooks import enqueue_test, history, secrets
from rushes.webhooks.store import Attempt

T = TypeVar("T")
TEST_EVENT = "webhook.test"


def endpoints(services: Services, gate: Gate) -> list[Endpoint]:
    """The endpoints over these services. Fixed paths come before those with an id."""
    api = _Api(services, gate)
    at = "/rushes/v1/webhooks"
    auth: Auth = "key or token"
    return [
        Endpoint(method="POST", path=at, run=api.register_webhook, summary="Register a webhook", auth=auth,
                 body=shapes.RegisterWebhook, answer=shapes.Webhook, status=201, errors=(400, 409, 413, 429)),
        Endpoint(method="GET", path=at, run=api.list_webhooks, summary="List webhooks", auth=auth,
                 answer=shapes.WebhookList, errors=(429,)),
        Endpoint(method="GET", path=f"{at}/secret", run=api.get_secret, auth=auth,
                 summary="List the versions of the signing secret that are in use", answer=shapes.SecretVersions,
                 errors=(429,)),
        Endpoint(method="POST", path=f"{at}/secret/rotate", run=api.rotate_secret, auth=auth,
                 summary="Make a new signing secret; the old one signs too for 24 hours", answer=shapes.SigningSecret,
                 errors=(429,)),
        Endpoint(method="GET", path=f"{at}/deliveries", run=api.list_deliveries, auth=auth,
                 summary="List deliveries of the last 30 days, callbacks too, newest first", query=shapes.DeliveryPage,
                 answer=shapes.WebhookDeliveryList, errors=(400, 429)),
        Endpoint(method="GET", path=f"{at}/deliveries/{{id}}", run=api.get_delivery, auth=auth,
                 summary="Get a delivery with its attempts", answer=shapes.WebhookDeliveryDetail, errors=(404, 429)),
        Endpoint(method="POST", path=f"{at}/deliveries/{{id}}/redeliver", run=api.redeliver, auth=auth,
                 summary="Send a delivery again: the same id and body", answer=shapes.WebhookDelivery, status=202,
                 errors=(404, 409, 429)),
        Endpoint(method="GET", path=f"{at}/{{id}}", run=api.get_webhook, summary="Get a webhook", auth=auth,
                 answer=shapes.Webhook, errors=(404, 429)),
        Endpoint(method="PATCH", path=f"{at}/{{id}}", run=api.change_webhook, auth=auth,
                 summary="Change, disable or enable a webhook", body=shapes.ChangeWebhook, answer=shapes.Webhook,
                 errors=(400, 404, 413, 429)),
        Endpoint(method="DELETE", path=f"{at}/{{id}}", run=api.delete_webhook, summary="Remove a webhook", auth=auth,
                 answer=shapes.WebhookRemoved, errors=(404, 429)),
        Endpoint(method="POST", path=f"{at}/{{id}}/test", run=api.test_webhook, auth=auth,
                 summary=f"Send it a {TEST_EVENT} event", answer=shapes.WebhookDelivery, status=202,
                 errors=(404, 409, 429)),
    ]  # fmt: skip


class _Api:
    def __init__(self, services: Services, gate: Gate) -> None:
        self._services = services
        self._database = services.database
        self._gate = gate
        self._register = Body(shapes.RegisterWebhook, services.settings.max_body)
        self._change = Body(shapes.ChangeWebhook, services.settings.max_body)

    async def register_webhook(self, request: Request) -> Response:
        account = await self._account(request)
        body, unknown = await self._register.read(request)
        await self._check(body.url)
        try:
            hook, version = await self._database.write(_register(account, body))
        except hooks.TooManyWebhooks as error:
            raise Problem(409, "too_many_webhooks", str(error)) from None
        answer = _webhook(hook, unknown)
        if version is not None:
            answer.secret = secrets.derive(self._services.secret, account, version)
        return json(answer, 201, {"Location": f"/rushes/v1/webhooks/{hook.id}", "Cache-Control": "no-store"})

    async def list_webhooks(self, request: Request) -> Response:
        found = await self._database.read(hooks.registered(await self._account(request)))
        return json(shapes.WebhookList(webhooks=[_webhook(hook) for hook in found]))

    async def get_webhook(self, request: Request) -> Response:
        _, hook = await self._find(request)
        return json(_webhook(hook))

    async def change_webhook(self, request: Request) -> Response:
        account, hook = await self._find(request)
        body, unknown = await self._change.read(request)
        if body.url is not UNSET:
            await self._check(body.url)
        changes = {name: value for name, value in msgspec.structs.asdict(body).items() if value is not UNSET}
        changed = await self._database.write(hooks.change(account, hook.id, **changes))
        self._services.webhooks.wake()
        return json(_webhook(_there(changed, "webhook"), unknown))

    async def delete_webhook(self, request: Request) -> Response:
        account, name = await self._account(request), request.path_params["id"]
        if not await self._database.write(hooks.remove(account, name)):
            raise not_found("webhook")
        self._services.webhooks.wake()
        return json(shapes.WebhookRemoved(id=name, deleted=True))

    async def test_webhook(self, request: Request) -> Response:
        account, hook = await self._find(request)
        if not hook.enabled:
            raise Problem(409, "webhook_disabled", "the webhook is disabled; enable it first")
        event = {"type": TEST_EVENT, "timestamp": iso(now_ms()), "data": {"webhook": hook.id}}
        name = await self._database.write(enqueue_test(hook, TEST_EVENT, msgspec.json.encode(event)))
        self._services.webhooks.wake()
        found = _there(await self._database.read(history.detail(account, name)), "delivery")
        return json(_delivery(found.delivery), 202)

    async def get_secret(self, request: Request) -> Response:
        found = await self._database.read(secrets.versions(await self._account(request), now_ms()))
        versions = [
            shapes.SecretVersion(version=each.number, created_at=iso(each.created_at), retires_at=_iso(each.retires_at))
            for each in found
        ]
        return json(shapes.SecretVersions(versions=versions))

    async def rotate_secret(self, request: Request) -> Response:
        account = await self._account(request)
        now = now_ms()
        version = await self._database.write(secrets.rotate(account, now))
        answer = shapes.SigningSecret(secret=secrets.derive(self._services.secret, account, version), version=version)
        if version > 1:
            answer.previous_until = iso(now + secrets.GRACE_MS)
        return json(answer, headers={"Cache-Control": "no-store"})

    async def list_deliveries(self, request: Request) -> Response:
        account = await self._account(request)
        query = read_query(request, shapes.DeliveryPage)
        found = await self._database.read(history.recent(account, query.limit + 1, query.offset, query.state))
        views = [_delivery(delivery) for delivery in found[: query.limit]]
        return json(shapes.WebhookDeliveryList(deliveries=views, has_more=len(found) > query.limit))

    async def get_delivery(self, request: Request) -> Response:
        account = await self._account(request)
        found = _there(await self._database.read(history.detail(account, request.path_params["id"])), "delivery")
        return json(
            shapes.WebhookDeliveryDetail(
                delivery=_delivery(found.delivery),
                attempts=[_attempt(attempt) for attempt in found.attempts],
                body=UNSET if found.body is None else found.body,
            )
        )

    async def redeliver(self, request: Request) -> Response:
        account = await self._account(request)
        try:
            found = await self._database.write(history.redeliver(account, request.path_params["id"], now_ms()))
        except history.NotWanted as error:
            raise Problem(409, "webhook_disabled", str(error)) from None
        self._services.webhooks.wake()
        return json(_delivery(_there(found, "delivery")), 202)

    async def _account(self, request: Request) -> str:
        return (await self._gate.by_either(request)).who.account

    async def _find(self, request: Request) -> tuple[str, hooks.Webhook]:
        account = await self._account(request)
        return account, _there(await self._database.read(hooks.get(account, request.path_params["id"])), "webhook")

    async def _check(self, url: str) -> None:
        try:
            await self._services.client.check(url)
        except (BlockedAddress, FetchFailed) as error:
            raise invalid("url", str(error)) from None


def _register(account: str, body: shapes.RegisterWebhook) -> Steps[tuple[hooks.Webhook, int | None]]:
    """The new webhook, and the version of the secret to show with it, if it is the account's first."""
    hook = yield from hooks.register(account, body.url, body.events, body.description)
    return hook, (yield from secrets.make(account, now_ms()))


def _there(found: T | None, what: str) -> T:
    if found is None:
        raise not_found(what)
    return found


def _iso(milliseconds: int | None) -> str | UnsetType:
    return UNSET if milliseconds is None else iso(milliseconds)


def _webhook(hook: hooks.Webhook, unknown: list[str] | None = None) -> shapes.Webhook:
    return shapes.Webhook(
        id=hook.id,
        url=hook.url,
        events=hook.events,
        description=hook.description,
        enabled=hook.enabled,
        created_at=iso(hook.created_at),
        disabled_reason=hook.disabled_reason or UNSET,
        warnings=ignored(unknown) if unknown else UNSET,
    )


def _delivery(delivery: history.Delivery) -> shapes.WebhookDelivery:
    return shapes.WebhookDelivery(
        id=delivery.id,
        event=delivery.event,
        subject=delivery.subject,
        url=delivery.url,
        state=delivery.state,
        attempts=delivery.attempts,
        created_at=iso(delivery.created_at),
        webhook=delivery.webhook or UNSET,
        next_attempt_at=_iso(delivery.due_at),
        error=delivery.error or UNSET,
        finished_at=_iso(delivery.finished_at),
    )


def _attempt(attempt: Attempt) -> shapes.WebhookAttempt:
    return shapes.WebhookAttempt(
        at=iso(attempt.started_at),
        milliseconds=attempt.milliseconds,
        answer=attempt.answer,
        status=UNSET if attempt.status is None else attempt.status,
        error=attempt.error or UNSET,
    )
