"""Pictures whose right answer is known, and the weights for the tests that need them."""

from __future__ import annotations

import os
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from rushes.engines.local.composer.matte import Alpha, Matte
from rushes.engines.local.store import ModelStore

Picture = NDArray[np.uint8]

RED, GREEN, BLUE = (220, 30, 30), (30, 220, 30), (40, 60, 160)


class KnownMatte(Matte):
    """Finds exactly what is red: for geometry that must not depend on a network's opinion."""

    def __init__(self) -> None:
        pass

    def alpha(self, image: Picture) -> Alpha:
        return red(image).astype(np.float32)


def red(image: Picture) -> NDArray[np.bool_]:
    """Where an RGB picture is more red than anything else."""
    r, g, b = (image[..., channel].astype(int) for channel in range(3))
    found: NDArray[np.bool_] = r > np.maximum(g, b) + 60
    return found


def green(image: Picture) -> NDArray[np.bool_]:
    """Where an RGB picture is more green than anything else."""
    r, g, b = (image[..., channel].astype(int) for channel in range(3))
    found: NDArray[np.bool_] = g > np.maximum(r, b) + 60
    return found


def middle(mask: NDArray[np.bool_]) -> tuple[float, float]:
    """The centre of a mask, x and y in pixels."""
    rows, columns = np.nonzero(mask)
    assert rows.size
    return float(columns.mean()), float(rows.mean())


def disc_and_dot(width: int = 640, height: int = 360) -> Picture:
    """A red disc before a blue ground, and a green dot far behind at the top."""
    image = np.full((height, width, 3), BLUE, np.uint8)
    cv2.circle(image, (width // 4, height // 5), height // 18, GREEN, -1, cv2.LINE_AA)
    cv2.circle(image, (width // 2, height * 3 // 5), height // 5, RED, -1, cv2.LINE_AA)
    return image


def texture(width: int, height: int, seed: int = 5) -> Picture:
    """Soft coloured spots of several sizes, without any repetition."""
    rng = np.random.default_rng(seed)
    out = np.zeros((height, width, 3), np.float32)
    for size in (4, 10, 30):
        noise = cv2.GaussianBlur(rng.standard_normal((height, width, 3)).astype(np.float32), (0, 0), size)
        out += noise / noise.std()
    picture: Picture = np.clip(128 + 35 * out, 0, 255).astype(np.uint8)
    return picture


def rgb(frame: Picture) -> Picture:
    """An I420 frame (BT.709, limited range) as RGB."""
    height, width = frame.shape[0] * 2 // 3, frame.shape[1]
    halves = frame[height:].reshape(2, height // 2, width // 2).astype(np.float32) - 128
    blue, red = (cv2.resize(half, (width, height)) * (255 / 224) for half in halves)
    light = (frame[:height].astype(np.float32) - 16) * (255 / 219)
    parts = [light + 1.5748 * red, light - 0.1873 * blue - 0.4681 * red, light + 1.8556 * blue]
    image: Picture = np.clip(np.dstack(parts) + 0.5, 0, 255).astype(np.uint8)
    return image


def psnr(one: Picture, other: Picture) -> float:
    """Likeness in decibels, away from the rim."""
    apart = one.astype(np.float64)[24:-24, 24:-24] - other.astype(np.float64)[24:-24, 24:-24]
    return float(10 * np.log10(255**2 / max(float(np.mean(apart**2)), 1e-6)))


def weights(group: str) -> Path:
    """The installed folder of a model group; skips the test where RUSHES_TEST_MODELS names no store."""
    folder = os.environ.get("RUSHES_TEST_MODELS")
    if not folder:
        pytest.skip("RUSHES_TEST_MODELS is not set")
    return ModelStore(Path(folder), offline=True).require(group)
