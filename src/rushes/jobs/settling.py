"""What a finished job costs: its quote, or less: by what was made, or what its upstream says that it used."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_CEILING, Decimal, InvalidOperation
from typing import Any

import msgspec

from rushes.catalog import Model, Plan, Route, quote
from rushes.catalog.margins import cost_of
from rushes.catalog.plan import amounts_of

_MILLION = Decimal(1_000_000)
_MOST = Decimal(10**9)
"""Credits; a provider that says more has said something else."""


def reported(usage: Mapping[str, Any]) -> Decimal | None:
    """The credits that an upstream says it asks for this one job (`Done.usage`), None where it does not say."""
    said = usage.get("credits")
    if said is None:
        return None
    try:
        credits = Decimal(str(said))
    except InvalidOperation:
        return None
    return credits if credits.is_finite() and 0 <= credits <= _MOST else None


def settled(plan: Plan, model: Model | None, used: Decimal | None, seconds: float, made: int) -> int:
    """Whole credits that the account pays: at least one, where anything was asked. `seconds` of sound were made.

    Of fewer results (`made`) than were asked for, each costs its share.
    """
    whole = plan.quote
    if 0 < made < plan.count:
        whole = -(-plan.quote * made // plan.count)
    if model is None or model.settle == "price" or not plan.quote:
        return whole
    if model.settle == "length":
        asked = quote(model.price, msgspec.structs.replace(amounts_of(plan), seconds=seconds))
    elif used is not None:
        asked = int((used * (1 + model.margin / 100)).to_integral_value(ROUND_CEILING))
    else:
        return whole
    return min(whole, max(1, asked))


def upstream_cost(plan: Plan, route: Route | None, used: Decimal | None) -> int | None:
    """What the operator pays for it, in millionths of a credit: as reported, else by the route's table."""
    cost = used if used is not None or route is None else cost_of(route, amounts_of(plan))
    return None if cost is None else int((cost * _MILLION).to_integral_value(ROUND_CEILING))
