"""The catalogue's files, plans and prices."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rushes.catalog import (
    InvalidParameter,
    Plan,
    Price,
    PriceError,
    UnknownModel,
    Wish,
    load_catalog,
    make_plan,
    quote,
)
from rushes.engines.contract import Mode

CATALOG = load_catalog()


def wish(**change: object) -> Wish:
    return msgspec.structs.replace(Wish(model="composer", prompt="p", mode=Mode.TEXT_TO_VIDEO), **change)


@pytest.mark.parametrize("model", CATALOG.models.values(), ids=list(CATALOG.models))
def test_every_model_can_be_priced_at_every_size(model) -> None:
    for resolution in model.resolutions:
        for ratio in model.ratios:
            plan = make_plan(
                CATALOG,
                Wish(model=model.id, prompt="p", mode=model.modes[0], resolution=resolution, ratio=ratio),
            )
            assert plan.quote > 0
            assert plan.width % 2 == plan.height % 2 == 0
            assert min(plan.width, plan.height) == model.resolutions[resolution]


@pytest.mark.parametrize(
    ("resolution", "ratio", "size"),
    [("720p", "16:9", (1280, 720)), ("720p", "9:16", (720, 1280)), ("1080p", "1:1", (1080, 1080)),
     ("2k", "16:9", (2560, 1440)), ("720p", "21:9", (1680, 720)), ("480p", "4:3", (640, 480)),
     ("720p", "3:4", (720, 960))],
)  # fmt: skip
def test_sizes(resolution: str, ratio: str, size: tuple[int, int]) -> None:
    plan = make_plan(CATALOG, wish(resolution=resolution, ratio=ratio))
    assert (plan.width, plan.height) == size


def test_the_documents_prices() -> None:
    prices = CATALOG.models["seedance-2.0"].price
    assert [quote(prices, seconds=5, resolution=name) for name in ("720p", "1080p", "2k")] == [30, 120, 180]


def test_prices_round_up_in_decimals() -> None:
    price = Price(rule="per_second", rates={"a": Decimal("0.1")})
    assert quote(price, seconds=3, resolution="a") == 1
    assert quote(price, seconds=30, resolution="a") == 3, "0.1 * 30 is exactly 3"
    assert quote(price, seconds=30.1, resolution="a") == 4


def test_a_price_that_is_not_set_is_an_error() -> None:
    with pytest.raises(PriceError):
        quote(Price(rule="per_second", rates={}), seconds=1, resolution="720p")


def test_unknown_models() -> None:
    with pytest.raises(UnknownModel):
        make_plan(CATALOG, wish(model="nothing"))


@pytest.mark.parametrize(
    ("change", "field"),
    [({"prompt": " "}, "prompt"), ({"seconds": float("nan")}, "seconds"), ({"seconds": float("inf")}, "seconds"),
     ({"width": 100}, "size"), ({"width": 101, "height": 100}, "size"), ({"width": 1000, "height": 100}, "size"),
     ({"fps": 1000}, "fps"), ({"seed": -5}, "seed"), ({"ratio": "2:1"}, "ratio"), ({"resolution": "8k"}, "resolution"),
     ({"mode": Mode.TEXT_TO_IMAGE}, "mode")],
)  # fmt: skip
def test_what_is_not_allowed_is_named(change: dict[str, object], field: str) -> None:
    with pytest.raises(InvalidParameter) as caught:
        make_plan(CATALOG, wish(**change))
    assert caught.value.field == field


def test_a_fixed_model_takes_only_its_own_sizes() -> None:
    plan = make_plan(CATALOG, wish(model="seedance-2.0", width=1080, height=1920))
    assert (plan.resolution, plan.ratio) == ("1080p", "9:16")
    with pytest.raises(InvalidParameter):
        make_plan(CATALOG, wish(model="seedance-2.0", width=1000, height=1000))


@given(st.floats(1, 15), st.sampled_from(["480p", "720p", "1080p", "2k"]))
def test_a_plan_survives_being_stored(seconds: float, resolution: str) -> None:
    plan = make_plan(CATALOG, wish(seconds=seconds, resolution=resolution))
    assert msgspec.json.decode(msgspec.json.encode(plan), type=Plan) == plan
    assert plan.quote >= 1


def test_a_seed_is_chosen_when_none_is_given() -> None:
    assert len({make_plan(CATALOG, wish()).seed for _ in range(10)}) > 5
    assert make_plan(CATALOG, wish(seed=0)).seed == 0
