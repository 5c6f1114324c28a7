"""The catalogue's files, plans and prices."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rushes.catalog import (
    Amounts,
    InvalidParameter,
    PerCall,
    PerSecond,
    PerToken,
    Plan,
    PriceError,
    UnknownModel,
    Wish,
    load_catalog,
    make_plan,
    measured,
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
    assert [quote(prices, Amounts(seconds=5, resolution=name)) for name in ("720p", "1080p", "2k")] == [30, 120, 180]


def test_prices_round_up_in_decimals() -> None:
    price = PerSecond(rates={"a": Decimal("0.1")})
    assert quote(price, Amounts(seconds=3, resolution="a")) == 1
    assert quote(price, Amounts(seconds=30, resolution="a")) == 3, "0.1 * 30 is exactly 3"
    assert quote(price, Amounts(seconds=30.1, resolution="a")) == 4


def test_every_rule_takes_what_it_needs() -> None:
    assert quote(PerCall(amount=Decimal("4")), Amounts(count=3, seconds=100)) == 12
    gpt = CATALOG.models["openai/gpt-4o"].price
    assert isinstance(gpt, PerToken)
    assert quote(gpt, Amounts(input_tokens=15, output_tokens=42)) == 1, "the xpilot document's example"
    assert quote(gpt, Amounts(input_tokens=200, output_tokens=50)) == 2, "exactly 2 cents"
    assert quote(gpt, Amounts(input_tokens=201, output_tokens=50)) == 3
    speech = CATALOG.models["tts-1"].price
    assert quote(speech, Amounts(characters=1000)) == 2
    assert quote(speech, Amounts(characters=4000)) == 6


def test_lengths_and_counts_of_a_choice() -> None:
    with pytest.raises(InvalidParameter, match="one of 4, 8, 12"):
        make_plan(CATALOG, wish(model="seedance-1-5-pro", seconds=5))
    still = Wish(model="composer-still", prompt="p", mode=Mode.TEXT_TO_IMAGE)
    plan = make_plan(CATALOG, msgspec.structs.replace(still, count=3))
    assert (plan.count, plan.quote, plan.seconds, plan.fps, plan.extra) == (3, 3, 0, 0, {"format": "png"})
    for wrong, field in (({"count": 11}, "count"), ({"count": 0}, "count"), ({"format": "gif"}, "format")):
        with pytest.raises(InvalidParameter) as caught:
            make_plan(CATALOG, msgspec.structs.replace(still, **wrong))
        assert caught.value.field == field
    with pytest.raises(InvalidParameter, match="fixed_lens"):
        make_plan(CATALOG, wish(model="seedance-2.0", fixed_lens=True))


def test_what_is_painted_anew_keeps_its_size_and_its_sound_unless_told_otherwise() -> None:
    clip = Wish(model="styletransfer-video", prompt="p", mode=Mode.VIDEO_TO_VIDEO)
    plan = make_plan(CATALOG, clip)
    assert (plan.width, plan.height, plan.sound) == (0, 0, True)
    told = make_plan(CATALOG, msgspec.structs.replace(clip, ratio="9:16", sound=False))
    assert (told.width, told.height, told.sound) == (480, 854, False)
    still = make_plan(CATALOG, Wish(model="styletransfer", prompt="p", mode=Mode.IMAGE_TO_IMAGE, width=640, height=480))
    assert (still.width, still.height) == (640, 480)


def test_what_came_in_sets_the_length_and_the_price() -> None:
    plan = make_plan(CATALOG, Wish(model="span-video", prompt="", mode=Mode.UPSCALE_VIDEO))
    assert measured(CATALOG, plan, 10.05).quote == 4, "two started stretches of ten seconds"
    assert measured(CATALOG, plan, 30.05).seconds == 30.05
    with pytest.raises(InvalidParameter, match="at most 30"):
        measured(CATALOG, plan, 31)


def test_a_price_that_is_not_set_is_an_error() -> None:
    with pytest.raises(PriceError):
        quote(PerSecond(rates={}), Amounts(seconds=1, resolution="720p"))


def test_unknown_models() -> None:
    with pytest.raises(UnknownModel):
        make_plan(CATALOG, wish(model="nothing"))


@pytest.mark.parametrize(
    ("change", "field"),
    [({"prompt": " "}, "prompt"), ({"seconds": float("nan")}, "seconds"), ({"seconds": float("inf")}, "seconds"),
     ({"width": 100}, "size"), ({"width": 101, "height": 100}, "size"), ({"width": 1000, "height": 100}, "size"),
     ({"fps": 1000}, "fps"), ({"seed": -5}, "seed"), ({"ratio": "2:1"}, "ratio"), ({"resolution": "8k"}, "resolution"),
     ({"mode": Mode.TEXT_TO_IMAGE}, "mode"), ({"negative_prompt": "x" * 100_000}, "negative_prompt")],
)  # fmt: skip
def test_what_is_not_allowed_is_named(change: dict[str, object], field: str) -> None:
    with pytest.raises(InvalidParameter) as caught:
        make_plan(CATALOG, wish(**change))
    assert caught.value.field == field


def test_a_length_where_there_is_none_is_to_be_left_out() -> None:
    with pytest.raises(InvalidParameter, match="leave it out"):
        make_plan(CATALOG, Wish(model="composer-still", prompt="p", mode=Mode.TEXT_TO_IMAGE, seconds=4))


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
