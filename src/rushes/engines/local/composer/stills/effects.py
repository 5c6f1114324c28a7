"""Treatments of a whole picture: a pencil's, a painter's, a cartoon's. They are filters and no artist's hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
Effect = Literal["blur", "sharpen", "sketch", "cartoon", "painting", "pixels", "negative"]


def _blur(picture: Picture, strength: float) -> Picture:
    blurred: Picture = cv2.GaussianBlur(picture, (0, 0), max(1.0, 0.010 * strength * min(picture.shape[:2])))
    return blurred


def _sharpen(picture: Picture, strength: float) -> Picture:
    soft = cv2.GaussianBlur(picture, (0, 0), max(0.8, min(picture.shape[:2]) / 700))
    sharp: Picture = cv2.addWeighted(picture, 1 + 0.8 * strength, soft, -0.8 * strength, 0)
    return sharp


def _sketch(picture: Picture, strength: float) -> Picture:
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    soft = cv2.GaussianBlur(grey, (0, 0), max(1.5, min(picture.shape[:2]) / 130))
    # Divided by its own surroundings only edges and texture remain: what a pencil would draw.
    lines = cv2.divide(grey, cv2.max(soft, 1), scale=255).astype(np.float32) / 255
    shade = 0.80 + 0.20 * grey.astype(np.float32) / 255
    page = np.clip(lines ** (2.2 * strength), 0, 1) * shade
    return np.dstack([np.clip(page * value, 0, 255).astype(np.uint8) for value in (250, 248, 242)])


def _cartoon(picture: Picture, strength: float) -> Picture:
    reach = max(5, min(picture.shape[:2]) // 110)
    flat = picture
    for _ in range(3):
        flat = cv2.bilateralFilter(flat, 7, 32 * strength, reach)
    hsv = cv2.cvtColor(flat, cv2.COLOR_RGB2HSV)
    hsv[..., 1] = np.clip(hsv[..., 1] * 1.3, 0, 255).astype(np.uint8)
    steps = 20.0
    hsv[..., 2] = np.clip(np.round(hsv[..., 2] / steps) * steps, 0, 255).astype(np.uint8)
    flat = cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB)
    grey = cv2.cvtColor(cv2.GaussianBlur(picture, (0, 0), reach / 4), cv2.COLOR_RGB2GRAY)
    size = (2 * reach) | 1
    ink = cv2.adaptiveThreshold(grey, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY, size, 5)
    lines = cv2.GaussianBlur(ink, (0, 0), max(0.6, reach / 12)).astype(np.float32)[..., None] / 255
    inked: Picture = (flat * (0.25 + 0.75 * lines)).astype(np.uint8)
    return inked


def _painting(picture: Picture, strength: float) -> Picture:
    reach = max(2, round(min(picture.shape[:2]) / 260 * strength))
    flat: Picture = picture
    # Kuwahara's filter: every pixel takes the mean of the calmest of four neighbourhoods, as a brush would.
    source = picture.astype(np.float32)
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY).astype(np.float32)
    window = (reach + 1, reach + 1)
    calmest = np.full(grey.shape, np.inf, np.float32)
    result = source.copy()
    for anchor in ((0, 0), (reach, 0), (0, reach), (reach, reach)):
        mean = cv2.blur(grey, window, anchor=anchor)
        spread = cv2.blur(grey * grey, window, anchor=anchor) - mean * mean
        better = spread < calmest
        calmest[better] = spread[better]
        result[better] = cv2.blur(source, window, anchor=anchor)[better]
    flat = np.clip(result, 0, 255).astype(np.uint8)
    hsv = cv2.cvtColor(flat, cv2.COLOR_RGB2HSV)
    hsv[..., 1] = np.clip(hsv[..., 1] * 1.2, 0, 255).astype(np.uint8)
    painted: Picture = cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB)
    return painted


def _pixels(picture: Picture, strength: float) -> Picture:
    height, width = picture.shape[:2]
    cell = max(2, round(min(height, width) / 96 * strength))
    small = cv2.resize(picture, (max(1, width // cell), max(1, height // cell)), interpolation=cv2.INTER_AREA)
    small = (np.round(small / 32.0) * 32).clip(0, 255).astype(np.uint8)
    blocks: Picture = cv2.resize(small, (width, height), interpolation=cv2.INTER_NEAREST)
    return blocks


def _negative(picture: Picture, strength: float) -> Picture:
    return 255 - picture


EFFECTS: dict[Effect, Callable[[Picture, float], Picture]] = {
    "blur": _blur, "sharpen": _sharpen, "sketch": _sketch, "cartoon": _cartoon, "painting": _painting,
    "pixels": _pixels, "negative": _negative,
}  # fmt: skip
"""Each takes RGB uint8 (h, w, 3) and a strength (1: as usual) and gives a new picture."""
