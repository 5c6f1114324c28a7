"""The JSON about money: credits, their history, plans and prices."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

from rushes.dialects.studio.shapes_account import TierLimits
from rushes.dialects.studio.shapes_models import Cost
from rushes.ledger.history import PostingKind

LEAST, MOST = 100, 50_000
"""Credits that one top-up may buy."""


class Credits(Struct, kw_only=True):
    """What is there and what comes. `held` is set aside for jobs under way, `next_grant` null without an allowance."""

    balance: int
    held: int
    spent: int
    tier: str
    monthly_allowance: int
    next_grant: str | None


class Transaction(Struct, kw_only=True):
    """One posting. `amount` is what it did to the balance; of a capture, `cost` is what was paid out of the hold."""

    kind: PostingKind
    amount: int
    balance_after: int
    cost: int | None
    job_id: str | None
    note: str
    created_at: str


class Transactions(Struct, kw_only=True):
    """The ledger, newest first."""

    transactions: list[Transaction]
    limit: int
    offset: int
    has_more: bool


class TopUp(Struct, kw_only=True):
    """How many credits to buy, at a penny each."""

    credits: Annotated[int, Meta(ge=LEAST, le=MOST)]


class Checkout(Struct, kw_only=True):
    """The tier to subscribe to."""

    tier: str


class PaymentAddress(Struct, kw_only=True):
    """Where to pay."""

    url: str


class Subscription(Struct, kw_only=True):
    """The plan that the account is on. Without payments, `status` is "none": the operator sets tiers."""

    tier: str
    status: Literal["none"]
    price: int
    currency: str
    interval: str
    monthly_credits: int
    allowance: bool
    next_grant: str | None


class StripeConfig(Struct, kw_only=True):
    """What a page needs to take payments. Without a key there are none on this server."""

    configured: bool
    publishable_key: str | None
    missing: str | None


class TierPrice(Struct, kw_only=True):
    """A tier: its price in whole pounds a month, 0 when it is not for sale."""

    id: str
    price: int
    monthly_credits: int
    limits: TierLimits
    features: dict[str, bool]


class TopUpPrice(Struct, kw_only=True):
    """What credits cost beside a subscription."""

    min_credits: int
    max_credits: int
    price_per_credit: float


class OperationPrice(Struct, kw_only=True):
    """`credits` for `per` of `unit`, at least `minimum`. `required_tier` is null where every tier may."""

    id: str
    name: str
    credits: int
    unit: Literal["call", "seconds", "clip"]
    per: int
    prorated: bool
    minimum: int
    required_tier: str | None


class Pricing(Struct, kw_only=True):
    """Tiers and prices. A model costs base + frames * per_frame + steps * per_step, rounded up."""

    currency: str
    tiers: list[TierPrice]
    topup: TopUpPrice
    models: dict[str, Cost]
    operations: list[OperationPrice]
