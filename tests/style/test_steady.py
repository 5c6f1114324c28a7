"""A clip painted without trembling. The painter here makes the most of noise, as real ones do."""

from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np

from rushes.engines.local.style.steady import Picture, SteadyPainter


class Harsh:
    """Raises contrast around the middle grey, noise and all."""

    share = 1.0

    def paint(self, picture: Picture) -> Picture:
        return np.clip((picture.astype(int) - 128) * 3 + 128, 0, 255).astype(np.uint8)


def ground(seed: int = 5) -> Picture:
    """A soft pattern."""
    rough = np.random.default_rng(seed).integers(60, 190, (40, 60, 3), np.uint8)
    return cv2.resize(rough, (480, 320), interpolation=cv2.INTER_CUBIC)


def grainy(picture: Picture, number: int) -> Picture:
    grain = np.random.default_rng(number).normal(0, 8, picture.shape)
    return np.clip(picture + grain, 0, 255).astype(np.uint8)


def view(number: int) -> Picture:
    """A camera that goes to the right by three pixels a frame."""
    return np.ascontiguousarray(ground()[40:280, 3 * number : 3 * number + 360])


def apart(one: Picture, other: Picture) -> float:
    return float(cv2.absdiff(one, other).mean())


def painted(frames: list[Picture]) -> list[Picture]:
    painter = SteadyPainter(Harsh(), 640, keep_colours=False)
    return [painter.frame(frame) for frame in frames]


def test_what_is_still_stays_still() -> None:
    frames = [grainy(ground(), number) for number in range(12)]
    steady, alone = painted(frames), [Harsh().paint(frame) for frame in frames]
    flicker = [np.mean([apart(*pair) for pair in pairwise(made[4:])]) for made in (alone, steady)]
    assert flicker[0] > 15
    assert flicker[1] < 0.2 * flicker[0]
    assert apart(steady[-1], Harsh().paint(ground())) < apart(alone[-1], Harsh().paint(ground())) / 2


def test_what_moves_is_followed_without_trembling_and_without_a_trail() -> None:
    frames = [grainy(view(number), number) for number in range(14)]
    steady, alone = painted(frames), [Harsh().paint(frame) for frame in frames]

    def along(one: Picture, other: Picture) -> float:
        return apart(one[20:-20, 23:-20], other[20:-20, 20:-23])

    flicker = [np.mean([along(*pair) for pair in pairwise(made[4:])]) for made in (alone, steady)]
    assert flicker[1] < 0.5 * flicker[0]
    truth = Harsh().paint(view(13))
    assert apart(steady[13], truth) < apart(alone[13], truth), "it is where it should be"
    assert apart(steady[13][:, -12:], truth[:, -12:]) < 30, "and what comes into view is what is there"


def test_a_cut_begins_anew() -> None:
    frames = [ground(5)] * 4 + [ground(6)] * 2
    steady = painted(frames)
    assert apart(steady[4], Harsh().paint(ground(6))) < 1
    assert apart(steady[4], steady[3]) > 20


def test_small_pictures_too() -> None:
    tiny = [np.full((16, 24, 3), 100 + number, np.uint8) for number in range(3)]
    assert [frame.shape for frame in painted(tiny)] == [(16, 24, 3)] * 3
