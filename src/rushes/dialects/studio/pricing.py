"""Tiers and prices, for everybody. All of it is data: accounts' and the catalogue's."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from rushes.catalog import Model, PerBlock, PerCall, PerClip, PriceError
from rushes.dialects.kit.answers import json
from rushes.dialects.kit.endpoint import Endpoint
from rushes.dialects.studio import shapes_credits as shapes
from rushes.dialects.studio.context import Context
from rushes.dialects.studio.models import OPERATION, TAG, cost_of
from rushes.dialects.studio.who import tier_features, tier_limits

CURRENCY = "GBP"
PRICE_PER_CREDIT = 0.01
"""Of top-ups: a penny."""


def endpoints(context: Context) -> list[Endpoint]:
    """The public price list."""
    pricing = _Pricing(context)
    return [
        Endpoint(method="GET", path="/api/pricing", run=pricing.get_pricing, answer=shapes.Pricing, auth="none",
                 summary="Tiers and prices"),
    ]  # fmt: skip


class _Pricing:
    def __init__(self, context: Context) -> None:
        self._services = context.services

    async def get_pricing(self, request: Request) -> Response:
        tiers = self._services.tiers
        models = self._services.catalog.models.values()
        return json(
            shapes.Pricing(
                currency=CURRENCY,
                tiers=[
                    shapes.TierPrice(
                        id=name,
                        price=tiers[name].price,
                        monthly_credits=tiers[name].monthly_credits,
                        limits=tier_limits(tiers, tiers[name]),
                        features=tier_features(tiers, tiers[name]),
                    )
                    for name in tiers.names
                ],
                topup=shapes.TopUpPrice(
                    min_credits=shapes.LEAST, max_credits=shapes.MOST, price_per_credit=PRICE_PER_CREDIT
                ),
                models={model.id: cost_of(model) for model in models if TAG in model.tags},
                operations=[
                    _operation(model, tiers.features.get(model.feature)) for model in models if OPERATION in model.tags
                ],
            )
        )


def _operation(model: Model, required_tier: str | None) -> shapes.OperationPrice:
    shown = shapes.OperationPrice(
        id=model.id,
        name=model.label,
        credits=0,
        unit="call",
        per=1,
        prorated=False,
        minimum=0,
        required_tier=required_tier,
    )
    match model.price:
        case PerCall(amount):
            shown.credits = int(amount)
        case PerBlock(seconds, amount, prorated):
            shown.credits, shown.unit, shown.per, shown.prorated = int(amount), "seconds", int(seconds), prorated
            shown.minimum = 0 if prorated else int(amount)
        case PerClip(amount, minimum):
            shown.credits, shown.unit, shown.minimum = int(amount), "clip", int(minimum)
        case _:
            raise PriceError(f"{model.id} is not priced as an operation")
    return shown
