"""Frames that were never taken: nearer to the truth than a mixture, none across a cut, the length and sound kept."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from rushes.engines.contract import EngineError, FailureCode, Input, Mode, Request, Role
from rushes.engines.local.composer.flow import Motion, OpticalFlow, Picture, Rife
from rushes.engines.local.interpolate.fluent import fluent, run, target_rate
from rushes.engines.local.interpolate.pace import Step, steps
from rushes.engines.local.interpolate.tween import Tween
from rushes.media.footage import Shot
from rushes.media.planes import Colours, Planes, from_rgb, to_rgb
from rushes.media.probe import probe
from tests.composer.known import texture
from tests.media.filmed import film, likeness, shown, sound_packets, video_seconds
from tests.speech.spoken import settings_for

W, H = 320, 192
SAID = Colours()


@pytest.fixture(scope="session")
def settings() -> dict[str, Any]:
    return settings_for("rife")


def view(time: float, seed: int = 5) -> Picture:
    """A ground that drifts by 6 pixels a unit of time, and a ball that crosses it the other way by 9."""
    ground = texture(W + 200, H + 40, seed)
    shift = np.array([[1, 0, -60 - 6 * time], [0, 1, -12 - time]], np.float32)
    picture = cv2.warpAffine(ground, shift, (W, H), flags=cv2.INTER_CUBIC)
    middle = (round((250 - 9 * time) * 16), 95 * 16)
    cv2.circle(picture, middle, 28 * 16, (230, 60, 30), -1, cv2.LINE_AA, shift=4)
    cv2.circle(picture, (middle[0] - 8 * 16, middle[1]), 9 * 16, (250, 230, 90), -1, cv2.LINE_AA, shift=4)
    return picture


def shots(pictures: list[Picture], fps: int = 12) -> list[Shot]:
    return [
        Shot(from_rgb(picture, SAID), Fraction(number, fps), Fraction(number + 1, fps))
        for number, picture in enumerate(pictures)
    ]


def asked(path: Path, **extra: Any) -> Request:
    return Request(
        job="job_1", model="m", mode=Mode.INTERPOLATE_VIDEO, prompt="", width=0, height=0, seconds=0, seed=0,
        inputs=(Input(role=Role.VIDEO, path=str(path), mime="video/mp4"),), extra=extra,
    )  # fmt: skip


@pytest.mark.models
def test_it_is_nearer_to_the_truth_than_a_mixture(tmp_path: Path, settings: dict[str, Any]) -> None:
    source = film(tmp_path / "a.mp4", [view(2 * at) for at in range(6)], fps=12, sound="aac", seconds=0.5, crf=2)
    told: list[float] = []
    (output,), warnings = run(asked(source, factor=2), tmp_path, told.append, settings)
    made, given = shown(Path(output.location)), shown(source)
    assert warnings == ()
    assert [time for time, _ in made] == pytest.approx([number / 24 for number in range(12)], abs=1e-4)
    assert video_seconds(Path(output.location)) == pytest.approx(video_seconds(source), abs=1e-4)
    assert sound_packets(Path(output.location)) == sound_packets(source)
    assert told == sorted(told)
    gains = []
    for at in range(5):
        truth = view(2 * at + 1)
        mixture = (given[at][1].astype(int) + given[at + 1][1]) // 2
        gains.append(likeness(made[2 * at + 1][1], truth) - likeness(mixture, truth))
        assert likeness(made[2 * at][1], given[at][1]) > 36
    print("nearer than a mixture by", np.round(gains, 1), "dB")
    assert min(gains) > 5


@pytest.mark.models
def test_nothing_is_between_two_scenes(tmp_path: Path, settings: dict[str, Any]) -> None:
    pictures = [view(at) for at in range(3)] + [view(at, seed=9) for at in range(3)]
    source = film(tmp_path / "a.mp4", pictures, fps=12, crf=4)
    (output,), _ = run(asked(source, factor=4), tmp_path, lambda _: None, settings)
    made = [picture for _, picture in shown(Path(output.location))]
    before, after = shown(source)[2][1], shown(source)[3][1]
    assert len(made) == 24
    for picture in made[8:12]:
        assert likeness(picture, before) > 34
    assert likeness(made[12], after) > 34


@pytest.mark.models
def test_cuts_are_told_from_fast_motion(settings: dict[str, Any]) -> None:
    finder = Rife(Path(settings["models"]) / "rife")
    wide = texture(W + 200, H + 80, 3)

    def cut(first: Picture, last: Picture) -> bool:
        return Tween(finder, from_rgb(first, SAID), from_rgb(last, SAID), SAID).is_cut

    def part(x: int, y: int = 0) -> Picture:
        return np.ascontiguousarray(wide[y : y + H, x : x + W])

    assert not cut(part(0), part(40, 10))
    assert not cut(part(0), part(64))
    assert not cut(view(0), view(0))
    assert cut(part(0), texture(W, H, 4))
    assert cut(part(0) // 5, texture(W, H, 4) // 5)
    assert cut(part(0), np.full((H, W, 3), 240, np.uint8))


class Counting(OpticalFlow):
    """Remembers how often it was asked."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = 0

    def between(self, first: Picture, last: Picture, time: float) -> Motion:
        self.asked += 1
        return super().between(first, last, time)


def middle_of_ball(planes: Planes) -> float:
    red, green, _ = cv2.split(to_rgb(planes, SAID).astype(int))
    return float(np.nonzero(red - green > 120)[1].mean())


def ball(time: float) -> Picture:
    picture = np.full((H, W, 3), (90, 140, 110), np.uint8)
    cv2.circle(picture, (round((60 + 12 * time) * 16), 95 * 16), 24 * 16, (230, 40, 30), -1, cv2.LINE_AA, shift=4)
    return picture


def test_drawings_that_are_shown_twice_move_evenly() -> None:
    way = steps(iter(shots([ball(at // 2) for at in range(12)])))
    made = list(fluent(way, Fraction(24), OpticalFlow(), SAID))
    assert [float(start) for _, start, _ in made] == pytest.approx([at / 24 for at in range(24)])
    assert made[-1][2] == 1
    # The last drawing has nothing to move to.
    gone = np.diff([middle_of_ball(planes) for planes, _, _ in made[:21]])
    assert gone == pytest.approx(3, abs=1.2)


def test_what_stands_still_stands_still_and_needs_no_network() -> None:
    finder = Counting()
    made = list(fluent(steps(iter(shots([ball(0)] * 12))), Fraction(48), finder, SAID))
    assert finder.asked == 0
    assert len(made) == 48
    assert all(np.array_equal(planes.light, made[0][0].light) for planes, _, _ in made)


def test_after_a_rest_motion_begins_when_it_began() -> None:
    given = shots([ball(0)] * 8 + [ball(1), ball(2)])
    moving = [step for step in steps(iter(given)) if not step.still]
    assert [(step.first.start, step.last.start) for step in moving] == [
        (Fraction(7, 12), Fraction(8, 12)),
        (Fraction(8, 12), Fraction(9, 12)),
    ]


def test_steps_follow_each_other_to_the_end() -> None:
    given = shots([ball(0), ball(0), ball(1), ball(2), ball(2)] + [ball(3)] * 7)
    way = list(steps(iter(given)))
    assert way[0].first.start == 0
    assert all(one.last.start == other.first.start for one, other in pairwise(way))
    assert way[-1].last.start == 1
    assert list(steps(iter([]))) == []


def test_uneven_frames_become_even_ones_of_the_same_length() -> None:
    """A ball at constant speed, seen at uneven times."""
    times = [Fraction(part, 100) for part in (0, 4, 21, 30, 52, 70)]
    given = [
        Shot(from_rgb(ball(float(time) * 12), SAID), time, until)
        for time, until in zip(times, [*times[1:], Fraction(85, 100)], strict=True)
    ]
    made = list(fluent(steps(iter(given)), Fraction(20), OpticalFlow(), SAID))
    assert len(made) == 17
    assert made[-1][2] == Fraction(85, 100)
    places = [middle_of_ball(planes) for planes, start, _ in made if start <= times[-1]]
    assert np.diff(places) == pytest.approx(12 * 12 / 20, abs=2)


def test_a_step_of_one_frame_is_shown_until_its_end() -> None:
    [only] = shots([ball(0)])
    made = list(fluent(steps(iter([only])), Fraction(60), OpticalFlow(), SAID))
    assert len(made) == 5
    assert made[-1][2] == Fraction(1, 12)
    assert isinstance(next(steps(iter([only]))), Step)


@pytest.mark.parametrize(
    ("extra", "rate", "wanted"),
    [
        ({}, 24, 48),
        ({"factor": 4}, 25, 100),
        ({"fps": 60}, 24, 60),
        ({"fps": 59.94}, 24, Fraction(60_000, 1001)),
        ({"fps": 23.976}, 12, Fraction(24_000, 1001)),
        ({"fps": 12.5}, 10, Fraction(25, 2)),
        ({"factor": 2, "fps": None}, Fraction(24_000, 1001), Fraction(48_000, 1001)),
    ],
)
def test_rates(extra: dict[str, Any], rate: int, wanted: Fraction | int) -> None:
    assert target_rate(extra, Fraction(rate)) == wanted


@pytest.mark.parametrize(
    "extra",
    [{"factor": 3}, {"factor": "2"}, {"factor": True}, {"fps": 0}, {"fps": 121}, {"fps": float("nan")}, {"fps": "60"},
     {"fps": 60, "factor": 2}, {"factor": 4, "fps": None}],
)  # fmt: skip
def test_other_rates_are_refused(extra: dict[str, Any]) -> None:
    with pytest.raises(EngineError) as caught:
        target_rate(extra, Fraction(50))
    assert caught.value.code is FailureCode.INVALID_INPUT


def test_what_cannot_be_read_is_refused_and_missing_weights_are_said(tmp_path: Path) -> None:
    nothing = {"models": str(tmp_path), "offline": True}
    (tmp_path / "b.mp4").write_bytes(b"\0\0\0\x18ftypisom" + bytes(300))
    with pytest.raises(EngineError, match="video: the clip is damaged") as caught:
        run(asked(tmp_path / "b.mp4"), tmp_path, lambda _: None, nothing)
    assert caught.value.code is FailureCode.INVALID_INPUT
    source = film(tmp_path / "a.mp4", [ball(0), ball(1)])
    with pytest.raises(EngineError, match="rushes models pull rife") as caught:
        run(asked(source), tmp_path, lambda _: None, nothing)
    assert caught.value.code is FailureCode.MODEL_MISSING
    assert probe(source).frames == 2
