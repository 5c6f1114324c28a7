"""Strength, kept colours, and the detail of what was painted small."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from rushes.engines.local.style.mixing import Picture, enlarged, mixed, shrunk


def noise(seed: int, width: int = 120, height: int = 80) -> Picture:
    """Grey clouds."""
    grain = np.random.default_rng(seed).normal(0, 1, (height, width)).astype(np.float32)
    soft = cv2.GaussianBlur(grain, (0, 0), 1.5)
    return cv2.cvtColor(np.clip(128 + 30 * soft / soft.std(), 0, 255).astype(np.uint8), cv2.COLOR_GRAY2RGB)


def test_the_ends_of_strength_are_the_pictures_themselves() -> None:
    original, painted = noise(1), noise(2)
    assert np.array_equal(mixed(original, painted, 0, keep_colours=False), original)
    assert np.array_equal(mixed(original, painted, 1, keep_colours=False), painted)


def test_half_of_each_is_not_flatter_than_either() -> None:
    original, painted = noise(1), noise(2)
    plain = cv2.addWeighted(original, 0.5, painted, 0.5, 0)
    half = mixed(original, painted, 0.5, keep_colours=False)
    light = [float(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY).std()) for picture in (original, painted, plain, half)]
    assert light[2] < 0.8 * min(light[:2])
    assert light[3] == pytest.approx(sum(light[:2]) / 2, rel=0.03)


def test_kept_colours_are_the_original_s_and_the_brightness_is_not() -> None:
    original = np.full((40, 40, 3), (150, 90, 90), np.uint8)
    painted = np.full((40, 40, 3), (60, 120, 60), np.uint8)
    kept = mixed(original, painted, 1, keep_colours=True)
    before, after, wanted = (
        cv2.cvtColor(one, cv2.COLOR_RGB2YCrCb)[0, 0].astype(int) for one in (original, kept, painted)
    )
    assert np.abs(after[1:] - before[1:]).max() <= 2
    assert abs(after[0] - wanted[0]) <= 2


def test_a_small_painting_gets_the_large_picture_s_edges() -> None:
    original = noise(3, 400, 300)
    small = shrunk(original, 100)
    assert small.shape == (75, 100, 3)
    large = enlarged(small, original)
    plain = cv2.resize(small, (400, 300), interpolation=cv2.INTER_CUBIC)
    assert cv2.absdiff(large, original).mean() < 0.7 * cv2.absdiff(plain, original).mean()
    assert enlarged(original, original) is original
