"""Price rules: decimals in, whole credits out, always rounded up."""

from __future__ import annotations

from decimal import ROUND_CEILING, Decimal
from typing import Literal

from msgspec import Struct


class PriceError(Exception):
    """The price cannot be computed. It is never taken as zero."""


class Price(Struct, frozen=True, kw_only=True):
    """How a model is priced, in credits (1 credit = 1 cent).

    `per_second`: seconds times the resolution's rate.
    """

    rule: Literal["per_second"]
    rates: dict[str, Decimal]


def quote(price: Price, *, seconds: float, resolution: str) -> int:
    """Credits for `seconds` at `resolution`. Raises PriceError."""
    rate = price.rates.get(resolution)
    if rate is None:
        raise PriceError(f"no price is set for {resolution}")
    total = Decimal(str(seconds)) * rate
    return int(total.to_integral_value(ROUND_CEILING))
