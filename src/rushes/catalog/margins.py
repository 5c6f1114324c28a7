"""What a route costs the operator, and what is left of the model's price."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import msgspec
from msgspec import Struct

from rushes.catalog.model import Catalog, Model, Route
from rushes.catalog.plan import usual_amounts
from rushes.catalog.price import Amounts, PriceError, exact, quote

_CHARACTERS = 1000
"""Of a usual text to be said."""


class Margin(Struct, frozen=True, kw_only=True):
    """One route, at the order where the least is left. Credits; `left` and `wanted` are percent of the cost."""

    model: str
    route: Route
    cost: Decimal
    price: int
    left: Decimal
    wanted: Decimal

    @property
    def short(self) -> bool:
        """Whether less is left than is wanted."""
        return self.left < self.wanted


def cost_of(route: Route, amounts: Amounts) -> Decimal | None:
    """What the provider asks for `amounts`, in credits; None where its table does not say."""
    if route.cost is None:
        return None
    try:
        return exact(route.cost, amounts)
    except PriceError:
        return None


def margin_of(model: Model, route: Route) -> Margin | None:
    """The least that is left on `route`, over the model's sizes and lengths. None where no cost is known."""
    found = []
    for amounts in _orders(model):
        cost = cost_of(route, amounts)
        if cost:
            price = quote(model.price, amounts)
            left = ((price - cost) / cost * 100).quantize(Decimal("0.1"))
            found.append(Margin(model=model.id, route=route, cost=cost, price=price, left=left, wanted=model.margin))
    return min(found, key=lambda margin: margin.left, default=None)


def shortfalls(catalog: Catalog, engines: frozenset[str]) -> list[Margin]:
    """Routes to these engines that leave less than their models' margins."""
    found = []
    for model in catalog.models.values():
        for route in model.routes:
            if route.engine in engines and (margin := margin_of(model, route)) is not None and margin.short:
                found.append(margin)
    return found


def _orders(model: Model) -> Iterator[Amounts]:
    usual = msgspec.structs.replace(usual_amounts(model), characters=_CHARACTERS, clips=1)
    limits = model.duration
    lengths = limits.choices or (limits.min, limits.default, limits.max)
    for resolution in model.resolutions or ("",):
        if usual.frames:
            yield msgspec.structs.replace(usual, resolution=resolution)
            continue
        for seconds in dict.fromkeys(lengths):
            yield msgspec.structs.replace(usual, resolution=resolution, seconds=seconds)
