"""Tiers and prices, for everybody. All of it is data: accounts' and the catalogue's."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from rushes.catalog.operations import load_operations
from rushes.dialects.kit.answers import json
from rushes.dialects.kit.endpoint import Endpoint
from rushes.dialects.studio import shapes_credits as shapes
from rushes.dialects.studio.context import Context
from rushes.dialects.studio.models import TAG, cost_of
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
        self._operations = load_operations()

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
                    shapes.OperationPrice(
                        id=name,
                        name=operation.title,
                        credits=operation.credits,
                        unit=operation.unit,
                        per=operation.per,
                        prorated=operation.prorated,
                        minimum=operation.minimum,
                        required_tier=tiers.features[operation.feature] if operation.feature else None,
                    )
                    for name, operation in self._operations.items()
                ],
            )
        )
