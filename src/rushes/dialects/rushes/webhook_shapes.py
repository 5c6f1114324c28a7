"""The JSON of the native dialect's webhooks."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from rushes.dialects.kit.reading import Page

Address = Annotated[str, Meta(min_length=1, max_length=2048)]
Events = Annotated[
    tuple[Annotated[str, Meta(pattern=r"^(\*|[a-z_]+(\.[a-z_]+)*(\.\*)?)$", max_length=100)], ...],
    Meta(min_length=1, max_length=50),
]
Text = Annotated[str, Meta(max_length=500)]


class RegisterWebhook(Struct, kw_only=True):
    """Where to send events. `events` are names, "*" for all or "generation.*" for all that begin so."""

    url: Address
    events: Events = ("*",)
    description: Text = ""


class ChangeWebhook(Struct, kw_only=True):
    """What to change; what is left out stays. Deliveries that wait follow a new address."""

    url: Address | UnsetType = UNSET
    events: Events | UnsetType = UNSET
    description: Text | UnsetType = UNSET
    enabled: bool | UnsetType = UNSET


class Webhook(Struct, kw_only=True):
    """A registered address. `disabled_reason` says why the server disabled it."""

    id: str
    url: str
    events: tuple[str, ...]
    description: str
    enabled: bool
    created_at: str
    disabled_reason: str | UnsetType = UNSET
    secret: str | UnsetType = UNSET
    """The account's signing secret, only with its first webhook. Rotate it to be shown another."""
    warnings: list[str] | UnsetType = UNSET


class WebhookList(Struct, kw_only=True):
    """Oldest first."""

    webhooks: list[Webhook]


class WebhookRemoved(Struct, kw_only=True):
    """Deliveries that waited for it have ended."""

    id: str
    deleted: bool


class SigningSecret(Struct, kw_only=True):
    """A new secret, shown this once. The one before signs beside it until `previous_until`."""

    secret: str
    version: int
    previous_until: str | UnsetType = UNSET


class SecretVersion(Struct, kw_only=True):
    """A secret that signs; `retires_at` once it was rotated."""

    version: int
    created_at: str
    retires_at: str | UnsetType = UNSET


class SecretVersions(Struct, kw_only=True):
    """Newest first; empty until one was shown. The secrets themselves are shown once only."""

    versions: list[SecretVersion]


class DeliveryPage(Page, kw_only=True):
    """The query of the delivery log."""

    state: Literal["waiting", "delivered", "failed"] | None = None


class WebhookDelivery(Struct, kw_only=True):
    """An event on its way to one address; `id` is its `webhook-id` header.

    `webhook` is left out for a callback that came with a request, `next_attempt_at` while an attempt is under way.
    """

    id: str
    event: str
    subject: str
    url: str
    state: str
    attempts: int
    created_at: str
    webhook: str | UnsetType = UNSET
    next_attempt_at: str | UnsetType = UNSET
    error: str | UnsetType = UNSET
    finished_at: str | UnsetType = UNSET


class WebhookDeliveryList(Struct, kw_only=True):
    """Newest first."""

    deliveries: list[WebhookDelivery]
    has_more: bool


class WebhookAttempt(Struct, kw_only=True):
    """One attempt. `answer` is the beginning of what the server said."""

    at: str
    milliseconds: int
    answer: str
    status: int | UnsetType = UNSET
    error: str | UnsetType = UNSET


class WebhookDeliveryDetail(Struct, kw_only=True):
    """A delivery with the body it sends (none before the first attempt) and all its attempts, oldest first."""

    delivery: WebhookDelivery
    attempts: list[WebhookAttempt]
    body: str | UnsetType = UNSET
