"""First and last frame: things move from one to the other, they do not fade."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from rushes.engines.local.composer.between import NO_NETWORK, between_frames
from rushes.engines.local.composer.flow import Motion, pulled

from .known import Picture, psnr, rgb, texture, weights

W, H = 512, 288


def shifted(x: int, y: int) -> Picture:
    return np.ascontiguousarray(texture(W + 200, H + 100)[y : y + H, x : x + W])


def gain(rife: Path | None, way: int) -> float:
    """How many decibels the middle frame is nearer to the truth than a cross-fade would be."""
    first, last, truth = shifted(0, 0), shifted(way, way // 2), shifted(way // 2, way // 4)
    made = list(between_frames(first, last, W, H, 3, 1.0, rife))
    light = next(between_frames(truth, truth, W, H, 2, 1.0, None))[:H]
    fade = ((made[0][:H].astype(int) + made[2][:H]) // 2).astype(np.uint8)
    return psnr(made[1][:H], light) - psnr(fade, light)


@pytest.mark.parametrize("way", [16, 48])
def test_optical_flow_beats_the_cross_fade(way: int) -> None:
    assert gain(None, way) > 8


@pytest.mark.models
@pytest.mark.parametrize("way", [16, 48, 96])
def test_rife_beats_the_cross_fade(way: int) -> None:
    assert gain(weights("rife"), way) > 8


def test_the_ends_are_the_given_pictures_and_the_rest_moves_evenly() -> None:
    first, last = shifted(0, 0), shifted(32, 0)
    made = list(between_frames(first, last, W, H, 8, 1.0, None))
    assert len(made) == 8
    assert all(frame.shape == (H * 3 // 2, W) and frame.dtype == np.uint8 for frame in made)
    assert np.abs(rgb(made[0]).astype(int) - first).mean() < 1.5
    assert np.abs(rgb(made[-1]).astype(int) - last).mean() < 1.5
    lights = [frame[:H].astype(np.float32) for frame in made]
    window = cv2.createHanningWindow((W, H), cv2.CV_32F)
    gone = [cv2.phaseCorrelate(lights[0], light, window)[0][0] for light in lights]
    assert np.allclose(gone, -32 * np.arange(8) / 7, atol=0.3)


def test_missing_network_is_said_at_once_and_only_then() -> None:
    said: list[str] = []
    between_frames(shifted(0, 0), shifted(8, 0), W, H, 4, 1.0, None, warn=said.append)
    assert said == [NO_NETWORK]
    assert "rushes models pull rife" in NO_NETWORK


def test_pictures_of_other_sizes_are_cropped_to_the_frame() -> None:
    made = list(between_frames(texture(300, 500), texture(800, 200), 256, 144, 4, 1.0, None))
    assert [frame.shape for frame in made] == [(216, 256)] * 4


def test_motions_one_after_the_other_add_up() -> None:
    def moved(x: float) -> Motion:
        flat = np.zeros((64, 64, 2), np.float32)
        flat[..., 0] = x
        return Motion(flat, -flat, np.full((64, 64), 0.5, np.float32))

    whole = moved(3).after(moved(4))
    assert np.allclose(whole.to_first[..., 0], 7)
    assert np.allclose(whole.to_last[..., 0], -7)
    assert np.allclose(moved(2).resized(128, 64).to_first[..., 0], 4)
    ramp = np.tile(np.arange(64, dtype=np.float32), (64, 1))
    assert pulled(ramp, moved(5).to_first)[10, 10] == 15
