"""The studio document's models: all there, priced by its formula, their knobs checked."""

from __future__ import annotations

import math
from decimal import Decimal
from fractions import Fraction

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rushes.catalog import (
    Amounts,
    InvalidParameter,
    Model,
    PerBlock,
    PerFrame,
    Plan,
    PriceError,
    Wish,
    extra_of,
    load_catalog,
    make_plan,
    quote,
    usual_price,
)
from rushes.catalog.sampling import names
from rushes.engines.contract import Mode

CATALOG = load_catalog()
DOCUMENT = {  # "Video Generation Cost Formula": base, per frame, per step, and the formula at 41 frames and 4 steps
    "wan-t2v": (10, "0.20", "0.50", 21),
    "ltx-t2v": (8, "0.15", "0.30", 16),
    "ltx-quality": (15, "0.25", "0.40", 27),
    "hunyuan-t2v": (12, "0.20", "0.40", 22),
    "hunyuan15-t2v": (12, "0.20", "0.40", 22),
    "hunyuan15-i2v": (15, "0.25", "0.50", 28),
    "ltx-i2v": (12, "0.20", "0.40", 22),
    "cogvideo-t2v": (12, "0.20", "0.40", 22),
    "animatediff": (6, "0.10", "0.30", 12),
    "svd-i2v": (10, "0.15", "0.40", 18),
    "wan-i2v": (12, "0.20", "0.50", 23),
    "ltx-flf": (12, "0.15", "0.30", 20),
    "wan-s2v": (15, "0.25", "0.50", 28),
    "wan-flf": (12, "0.20", "0.50", 23),
    "ltx-camera": (10, "0.15", "0.30", 18),
    "ltx-control": (12, "0.15", "0.30", 20),
    "wan-vace": (15, "0.25", "0.50", 28),
    "wan-animate": (18, "0.30", "0.50", 33),
    "liveportrait": (8, "0.10", "0", 13),
    "hunyuan3d": (20, "0", "0.80", 24),
    "dreamidv": (15, "0.20", "0.40", 25),
    "echomimic": (12, "0.15", "0.30", 20),
}
IMAGES = {"sd15": 2, "flux": 5, "flux-dev": 8, "flux-edit": 6}
OWN = {name: model for name, model in CATALOG.models.items() if "studio" in model.tags}
FREE_SIDE, FREE_FRAMES = 480, 81


def plan_of(model: str, **change: object) -> Plan:
    """A plan of a model's first mode, with every knob that it does not have left alone."""
    wish = Wish(model=model, prompt="a fox", mode=CATALOG.models[model].modes[0])
    return make_plan(CATALOG, msgspec.structs.replace(wish, **change))


def test_every_model_of_the_document_is_there() -> None:
    assert set(OWN) == {*DOCUMENT, *IMAGES, "v2v"}
    assert {name for name, model in OWN.items() if model.kind == "image"} == set(IMAGES)
    assert all(model.label and model.description and model.provider and model.prompt_max == 2000
               for model in OWN.values())  # fmt: skip


@pytest.mark.parametrize("name", DOCUMENT)
def test_the_formula_is_the_rule(name: str) -> None:
    base, frame, step, example = DOCUMENT[name]
    assert OWN[name].price == PerFrame(Decimal(base), Decimal(frame), Decimal(step))
    sampling = OWN[name].sampling
    assert sampling is not None
    plan = plan_of(name, frames=41 if sampling.frames else None, steps=4 if sampling.steps else None)
    assert (plan.quote, plan.warnings) == (example, ())


@given(st.sampled_from([name for name in DOCUMENT if name != "hunyuan3d"]), st.data())
def test_any_length_costs_what_the_formula_says(name: str, data: st.DataObject) -> None:
    sampling = OWN[name].sampling
    assert sampling is not None
    assert sampling.frames is not None
    frames = data.draw(st.integers(sampling.frames.min, sampling.frames.max))
    steps = data.draw(st.integers(1, 100)) if sampling.steps else 0
    fps = data.draw(st.integers(1, 60))
    plan = plan_of(name, frames=frames, steps=steps or None, fps=fps)
    base, per_frame, per_step = (Fraction(str(value)) for value in DOCUMENT[name][:3])
    assert plan.quote == math.ceil(base + frames * per_frame + steps * per_step)
    assert (plan.frames, plan.fps, round(plan.seconds * plan.fps)) == (frames, fps, frames)
    assert msgspec.json.decode(msgspec.json.encode(plan), type=Plan) == plan


@pytest.mark.parametrize(("seconds", "cost"), [(0.1, 3), (9.99, 3), (10, 3), (10.01, 6), (20, 6), (60, 18)])
def test_a_clip_costs_three_for_every_started_ten_seconds(seconds: float, cost: int) -> None:
    assert isinstance(OWN["v2v"].price, PerBlock)
    assert plan_of("v2v", seconds=seconds).quote == cost


@pytest.mark.parametrize("name", IMAGES)
def test_images_cost_the_same_each(name: str) -> None:
    assert plan_of(name).quote == IMAGES[name]
    assert plan_of(name, count=3).quote == 3 * IMAGES[name]


@pytest.mark.parametrize("model", OWN.values(), ids=list(OWN))
def test_defaults_are_allowed_for_every_tier(model: Model) -> None:
    plan = plan_of(model.id)
    assert plan.warnings == ()
    assert plan.frames <= FREE_FRAMES
    if model.kind == "video":
        assert min(plan.width, plan.height) <= FREE_SIDE
        assert plan.fps == 24, "the document's default frame rate"
        assert plan.seconds > 0
    assert usual_price(model) == plan.quote
    sampling = model.sampling
    assert sampling is not None
    assert (plan.width, plan.height) == (sampling.width, sampling.height)
    if model.id != "ltx-quality":  # which works at a quarter of the size, and cuts
        assert plan.width % sampling.multiple == plan.height % sampling.multiple == 0
    if sampling.frames is not None and sampling.frame_step > 1:
        assert sampling.frames.default % sampling.frame_step == 1
    assert sampling.sampler in ("", *names().samplers)
    assert sampling.scheduler in ("", *names().schedulers)


def test_knobs_reach_the_engine() -> None:
    given_ = {"steps": 6, "cfg": 0.0, "shift": 3.5, "sampler": "sa_solver", "scheduler": "beta", "frames": 33}
    plan = plan_of("wan-t2v", **given_)
    assert extra_of(plan) == given_
    assert extra_of(plan_of("v2v", strength=0)) == {"strength": 0.0}, (
        "a knob that is at 0 is not a knob that is missing"
    )
    assert set(extra_of(plan_of("flux"))) == {"format", "steps", "cfg", "sampler"}
    assert extra_of(plan_of("seedance-2.0")) == {}


@pytest.mark.parametrize(
    ("model", "change", "field"),
    [("wan-t2v", {"frames": 4}, "frames"), ("wan-t2v", {"frames": 1000}, "frames"),
     ("svd-i2v", {"frames": 81}, "frames"),
     ("wan-t2v", {"steps": 0}, "steps"), ("wan-t2v", {"steps": 101}, "steps"), ("flux", {"steps": 101}, "steps"),
     ("wan-t2v", {"cfg": -0.1}, "cfg"), ("wan-t2v", {"cfg": float("nan")}, "cfg"),
     ("wan-t2v", {"cfg": float("inf")}, "cfg"), ("wan-t2v", {"shift": 101}, "shift"),
     ("wan-t2v", {"sampler": "magic"}, "sampler"), ("wan-t2v", {"scheduler": "magic"}, "scheduler"),
     ("wan-t2v", {"fps": 0}, "fps"), ("wan-t2v", {"fps": 61}, "fps"), ("v2v", {"strength": 1.1}, "strength"),
     ("v2v", {"seconds": 61}, "seconds"), ("wan-t2v", {"seconds": float("inf")}, "seconds"),
     ("wan-t2v", {"seconds": 1e300}, "seconds"), ("wan-t2v", {"seconds": 60}, "seconds"),
     ("wan-t2v", {"width": 831}, "size"), ("wan-t2v", {"width": 2560, "height": 1440}, "size"),
     ("wan-t2v", {"width": 10}, "size")],
)  # fmt: skip
def test_what_a_model_cannot_do_is_named(model: str, change: dict[str, object], field: str) -> None:
    with pytest.raises(InvalidParameter) as caught:
        plan_of(model, **change)
    assert caught.value.field == field


def test_knobs_that_a_model_does_not_have_are_named_and_cost_nothing() -> None:
    plan = plan_of("liveportrait", steps=50, sampler="euler", frames=41)
    assert plan.quote == 13
    assert [warning.partition(":")[0] for warning in plan.warnings] == ["steps", "sampler"]
    plan = plan_of("hunyuan3d", frames=999, steps=4)
    assert (plan.quote, plan.seconds) == (24, 0)
    assert [warning.partition(":")[0] for warning in plan.warnings] == ["frames"]


def test_lengths_may_be_said_in_seconds() -> None:
    plan = plan_of("wan-t2v", seconds=5)
    assert (plan.frames, plan.seconds, plan.quote) == (
        120,
        5,
        quote(OWN["wan-t2v"].price, Amounts(frames=120, steps=4)),
    )
    assert plan_of("wan-t2v", seconds=5, fps=16).frames == 80
    assert plan_of("wan-t2v", seconds=5, frames=9).frames == 9, "frames count"
    assert plan_of("composer", frames=48).seconds == 2, "a model whose length is said in seconds takes frames too"
    assert OWN["wan-t2v"].duration.default == 3.375


def test_sizes_fall_back_to_the_model_s_own() -> None:
    assert (plan_of("wan-t2v").width, plan_of("wan-t2v").height) == (832, 480)
    assert (plan_of("wan-t2v", width=640).width, plan_of("wan-t2v", width=640).height) == (640, 480)
    plan = plan_of("wan-t2v", resolution="720p", ratio="9:16")
    assert (plan.width, plan.height) == (720, 1280)
    assert plan_of("wan-t2v", width=1920, height=1080).resolution == "1080p"


def test_prompts_are_optional_where_the_inputs_say_all() -> None:
    assert plan_of("liveportrait", prompt="").prompt == ""
    with pytest.raises(InvalidParameter, match="prompt"):
        plan_of("wan-i2v", prompt="")


def test_a_clip_keeps_its_sound_unless_told() -> None:
    assert plan_of("v2v").sound
    assert not plan_of("v2v", sound=False).sound
    assert not plan_of("ltx-t2v").sound


def test_no_frames_and_no_steps_have_no_price() -> None:
    price = OWN["wan-t2v"].price
    for amounts in (Amounts(seconds=5), Amounts(frames=41), Amounts(steps=4)):
        with pytest.raises(PriceError):
            quote(price, amounts)


FREE = ("add_audio", "burn_subtitles")
"""The document's costs do not list them."""


@pytest.mark.parametrize("model", CATALOG.models.values(), ids=list(CATALOG.models))
def test_every_model_can_be_listed_with_a_price(model: Model) -> None:
    if Mode.TEXT_TO_TEXT in model.modes or model.kind in ("audio", "text"):
        return
    for seconds in (None, 0.0, 5.0, 1e6):
        assert usual_price(model, seconds) >= (seconds != 0.0 and model.id not in FREE)
