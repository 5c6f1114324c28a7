"""usvideo's "Pricing" where the operator has prices of his own (prices.toml)."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest

from rushes.catalog import PerBlock, PerCall, PerSecond, Price, load_catalog
from rushes.dialects.usvideo.translate import MODEL, pricing

MODEL_AS_IT_IS = load_catalog().models[MODEL]


@pytest.mark.parametrize(
    ("price", "dollars"),
    [
        (MODEL_AS_IT_IS.price, {"720p": 0.06, "1080p": 0.24, "2k": 0.36}),
        (PerSecond({"720p": Decimal("0.5")}), {"720p": 0.005}),
        (PerCall(Decimal(50)), {"720p": 0.1, "1080p": 0.1, "2k": 0.1}),
        (PerBlock(seconds=Decimal(5), amount=Decimal(30)), {"720p": 0.06, "1080p": 0.06, "2k": 0.06}),
    ],
)
def test_every_rule_says_what_a_second_costs(price: Price, dollars: dict[str, float]) -> None:
    model = msgspec.structs.replace(MODEL_AS_IT_IS, price=price)
    assert {name: rate.per_second for name, rate in pricing(model).items()} == dollars
