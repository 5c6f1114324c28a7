"""Credits: what is there, where it came from and went, and buying more."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from rushes.accounts.allowance import has_allowance, next_grant
from rushes.dialects.kit.answers import iso, json
from rushes.dialects.kit.endpoint import Endpoint
from rushes.dialects.kit.problems import Problem, invalid
from rushes.dialects.kit.reading import Body, Page, read_query
from rushes.dialects.studio import shapes_credits as shapes
from rushes.dialects.studio.context import Context
from rushes.dialects.studio.pricing import CURRENCY
from rushes.dialects.studio.who import BODY_BYTES
from rushes.ids import now_ms
from rushes.ledger import wallet
from rushes.ledger.history import history

_SECRET_KEY = "RUSHES_STRIPE_SECRET_KEY"  # noqa: S105
_PUBLISHABLE_KEY = "RUSHES_STRIPE_PUBLISHABLE_KEY"

_OF_JOBS = ("hold", "capture", "release")
"""Postings whose subject is a job; others' are keys of ours."""


def endpoints(context: Context) -> list[Endpoint]:
    """ "Credits & Billing", what needs no payment provider; the rest says what is missing."""
    credits = _Credits(context)
    unpaid = (400, 429, 503)
    return [
        Endpoint(method="GET", path="/api/credits", run=credits.get_credits, answer=shapes.Credits,
                 summary="Balance, tier, monthly allowance", errors=(429,)),
        Endpoint(method="GET", path="/api/credits/history", run=credits.get_history, query=Page,
                 answer=shapes.Transactions, summary="The account's ledger, newest first", errors=(400, 429)),
        Endpoint(method="POST", path="/api/credits/topup", run=credits.top_up, body=shapes.TopUp,
                 answer=shapes.PaymentAddress, summary="Buy credits (100 to 50,000)", errors=unpaid),
        Endpoint(method="GET", path="/api/subscription", run=credits.get_subscription, answer=shapes.Subscription,
                 summary="The plan of the account", errors=(429,)),
        Endpoint(method="POST", path="/api/stripe/create-checkout", run=credits.create_checkout,
                 body=shapes.Checkout, answer=shapes.PaymentAddress, summary="Subscribe to a tier", errors=unpaid),
        Endpoint(method="POST", path="/api/stripe/create-portal", run=credits.create_portal,
                 answer=shapes.PaymentAddress, summary="Manage the subscription", errors=(429, 503)),
        Endpoint(method="GET", path="/api/stripe/config", run=credits.get_stripe_config, auth="none",
                 answer=shapes.StripeConfig, summary="The key with which a page takes payments"),
    ]  # fmt: skip


class _Credits:
    def __init__(self, context: Context) -> None:
        self._gate = context.gate
        self._services = context.services
        self._topup = Body(shapes.TopUp, BODY_BYTES)
        self._checkout = Body(shapes.Checkout, BODY_BYTES)

    async def get_credits(self, request: Request) -> Response:
        caller = await self._gate.by_session(request)
        account = caller.who.account
        money = await self._services.database.read(wallet(account))
        regular = await self._services.database.read(has_allowance(account))
        return json(
            shapes.Credits(
                balance=money.available,
                held=money.held,
                spent=money.spent,
                tier=caller.tier.name,
                monthly_allowance=caller.tier.monthly_credits if regular else 0,
                next_grant=_next_grant() if regular else None,
            )
        )

    async def get_history(self, request: Request) -> Response:
        caller = await self._gate.by_session(request)
        page = read_query(request, Page)
        found = await self._services.database.read(history(caller.who.account, page.limit + 1, page.offset))
        transactions = [
            shapes.Transaction(
                kind=movement.kind,
                amount=movement.change,
                balance_after=movement.balance,
                cost=movement.amount if movement.kind == "capture" else None,
                job_id=movement.subject if movement.kind in _OF_JOBS else None,
                note=movement.note,
                created_at=iso(movement.created_at),
            )
            for movement in found[: page.limit]
        ]
        more = len(found) > page.limit
        return json(shapes.Transactions(transactions=transactions, limit=page.limit, offset=page.offset, has_more=more))

    async def top_up(self, request: Request) -> Response:
        await self._gate.by_session(request)
        await self._topup.read(request)
        raise _no_payments()

    async def get_subscription(self, request: Request) -> Response:
        caller = await self._gate.by_session(request)
        regular = await self._services.database.read(has_allowance(caller.who.account))
        return json(
            shapes.Subscription(
                tier=caller.tier.name,
                status="none",
                price=caller.tier.price,
                currency=CURRENCY,
                interval="month",
                monthly_credits=caller.tier.monthly_credits,
                allowance=regular,
                next_grant=_next_grant() if regular else None,
            )
        )

    async def create_checkout(self, request: Request) -> Response:
        await self._gate.by_session(request)
        body, _ = await self._checkout.read(request)
        sold = [name for name in self._services.tiers.names if self._services.tiers[name].price]
        if body.tier not in sold:
            raise invalid("tier", f"must be one of: {', '.join(sold)}")
        raise _no_payments()

    async def create_portal(self, request: Request) -> Response:
        await self._gate.by_session(request)
        raise _no_payments()

    async def get_stripe_config(self, request: Request) -> Response:
        return json(shapes.StripeConfig(configured=False, publishable_key=None, missing=_PUBLISHABLE_KEY))


def _next_grant() -> str:
    return f"{next_grant(now_ms())}T00:00:00Z"


def _no_payments() -> Problem:
    return Problem(503, "not_configured", f"payments are not set up on this server: {_SECRET_KEY} is missing")
