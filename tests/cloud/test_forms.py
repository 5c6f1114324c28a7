"""From a request to a model's input: names, nearest values, and a word about whatever is not as asked."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rushes.engines.cloud.forms import Form, Forms
from rushes.engines.contract import EngineError, Input, Request, Role
from tests.cloud.driving import request


def fill(form: dict[str, Any], **change: Any) -> tuple[dict[str, Any], list[str]]:
    """The fields, and the words before the colon of each warning."""
    forms = Forms("Acme", {"film": msgspec.convert(form, Form)})
    wish: Request = request("film", **change)
    filled = forms.fill(wish, {each: f"at:{each.role}" for each in wish.inputs})
    return filled.fields, [warning.partition(":")[0] for warning in filled.warnings]


def picture(role: Role, width: int = 1280, height: int = 720) -> Input:
    return Input(role=role, path=f"/in/{role}-{width}.png", mime="image/png", width=width, height=height)


def test_what_a_model_has_no_name_for_is_said() -> None:
    fields, warnings = fill({}, negative_prompt="rain", sound=True, fixed_lens=True, extra={"steps": 4, "frames": 81})
    assert fields == {"prompt": "a fox in the snow"}
    assert warnings == ["negative_prompt", "seconds", "ratio", "seed", "sound", "fixed_lens", "steps"]


@pytest.mark.parametrize(
    ("asked", "limits", "made", "said"),
    [(5, {"choices": [4, 8, 12]}, 8, True), (4, {"choices": [4, 8, 12]}, 4, False),
     (13, {"choices": [4, 8, 12]}, 12, True), (2, {"min": 4, "max": 15}, 4, True),
     (20, {"min": 4, "max": 15}, 15, True),
     (4.2, {"min": 4, "max": 15}, 5, True), (6, {"min": 4, "max": 15, "written": "text"}, "6", False),
     (6, {"choices": [4, 6], "ending": "s"}, "6s", False)],
)  # fmt: skip
def test_lengths(asked: float, limits: dict[str, Any], made: object, said: bool) -> None:
    fields, warnings = fill({"seconds": {"name": "d", **limits}}, seconds=asked)
    assert fields["d"] == made
    assert ("seconds" in warnings) is said


@pytest.mark.parametrize(
    ("change", "frames", "rate", "said"),
    [({"seconds": 5, "fps": 16}, 81, 16, []), ({"seconds": 5}, 81, 16, ["fps"]),
     ({"seconds": 30, "fps": 16}, 161, 16, ["frames"]), ({"fps": 24, "extra": {"frames": 49}}, 49, 24, []),
     ({"fps": 24, "extra": {"frames": 5}}, 17, 24, ["frames"]), ({"fps": 24, "extra": {"frames": 50}}, 49, 24, [])],
)  # fmt: skip
def test_lengths_in_frames(change: dict[str, Any], frames: int, rate: int, said: list[str]) -> None:
    form = {"frames": {"name": "n", "rate": "r"}, "seed": "seed", "ratio": {"name": "a", "choices": ["16:9"]}}
    fields, warnings = fill(form, **change)
    assert (fields["n"], fields["r"], warnings) == (frames, rate, said)


@given(st.integers(1, 2000), st.integers(1, 60))
def test_frames_are_always_what_the_model_takes(frames: int, fps: int) -> None:
    fields, _ = fill({"frames": {"name": "n", "rate": "r"}}, extra={"frames": frames}, fps=fps)
    assert 17 <= fields["n"] <= 161
    assert fields["n"] % 4 == 1


@pytest.mark.parametrize(
    ("width", "height", "resolution", "ratio", "said"),
    [(1280, 720, "720p", "16:9", []), (720, 1280, "720p", "9:16", []), (854, 480, "480p", "16:9", []),
     (2560, 1440, "1080p", "16:9", ["resolution"]), (1000, 700, "720p", "16:9", ["ratio"]),
     (720, 720, "720p", "9:16", ["ratio"])],
)  # fmt: skip
def test_shapes(width: int, height: int, resolution: str, ratio: str, said: list[str]) -> None:
    form = {
        "seconds": {"name": ""},
        "seed": "seed",
        "ratio": {"name": "a", "choices": ["9:16", "16:9"]},
        "resolution": {"name": "r", "sides": {"480p": 480, "720p": 720, "1080p": 1080}},
    }
    fields, warnings = fill(form, width=width, height=height)
    assert (fields["r"], fields["a"], warnings) == (resolution, ratio, said)


def test_a_shape_that_the_model_always_makes_is_compared_only() -> None:
    form = {"ratio": {"name": "", "choices": ["16:9"]}, "resolution": {"name": "", "sides": {"720p": 720}}}
    fields, warnings = fill(form)
    assert fields == {"prompt": "a fox in the snow"}
    assert not {"ratio", "resolution"} & set(warnings)
    _, warnings = fill(form, width=1080, height=1080)
    assert {"ratio", "resolution"} <= set(warnings)


@pytest.mark.parametrize(
    ("size", "asked", "made"),
    [({"name": "s", "join": "*", "choices": ["832x480", "480x832"]}, (480, 854), {"s": "480*832"}),
     ({"name": "s", "join": "*", "choices": ["1280x720", "1920x1080", "720x1280"]}, (1920, 1080), {"s": "1920*1080"}),
     ({"name": "s"}, (1024, 768), {"s": {"width": 1024, "height": 768}}),
     ({}, (1024, 768), {"width": 1024, "height": 768}),
     ({"pixels": 4_000_000}, (1000, 1000), {"width": 2000, "height": 2000}),
     ({"most": 512}, (1024, 512), {"width": 512, "height": 256})],
)  # fmt: skip
def test_sizes_in_pixels(size: dict[str, Any], asked: tuple[int, int], made: dict[str, Any]) -> None:
    fields, warnings = fill({"size": size}, width=asked[0], height=asked[1])
    assert made.items() <= fields.items()
    assert ("size" in warnings) is (str(asked[0]) not in str(made) or str(asked[1]) not in str(made))


def test_a_picture_gives_the_shape_where_nothing_else_does() -> None:
    form = {"inputs": {"image": "i"}}
    fields, warnings = fill(form, inputs=(picture(Role.IMAGE),))
    assert fields["i"] == "at:image"
    assert "ratio" not in warnings
    _, warnings = fill(form, inputs=(picture(Role.IMAGE, 500, 500),))
    assert "ratio" in warnings


def test_several_files_make_a_list() -> None:
    form = {"inputs": {"image": "all[]", "reference_image": "all[]", "end_image": "end"}}
    inputs = (picture(Role.IMAGE), picture(Role.REFERENCE_IMAGE), picture(Role.REFERENCE_IMAGE, 64, 64))
    fields, _ = fill(form, inputs=inputs)
    assert fields["all"] == ["at:image", "at:reference_image", "at:reference_image"]
    assert "end" not in fields


def test_sound_formats_and_knobs() -> None:
    form = {"sound": {"name": "s", "on": "on", "off": "off"}, "format": "f", "knobs": {"cfg": "g"}, "count": "n"}
    fields, warnings = fill(form, extra={"format": "webp", "cfg": 0.0, "shift": 3}, count=3)
    assert {"s": "off", "f": "webp", "g": 0.0, "n": 3}.items() <= fields.items()
    assert "shift" in warnings
    _, warnings = fill({"sound": "always"}, extra={"format": "webp"})
    assert {"sound", "format"} <= set(warnings)


def test_more_than_can_be_made_is_refused() -> None:
    with pytest.raises(EngineError, match="one result at a time"):
        fill({}, count=2)
