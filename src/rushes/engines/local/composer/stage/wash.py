"""Painting with floats: mixing colours over whole pictures, and the bytes they end as.

Pictures are float32 (h, w, 3) in 0–1. NumPy is slow where the last axis is three long; OpenCV is not.
"""

from __future__ import annotations

import cv2
import numpy as np

from rushes.engines.local.composer.stage.noise import Dice, Floats
from rushes.engines.local.composer.stage.warp import Bytes


def blend(picture: Floats, share: Floats, other: Floats) -> None:
    """Mix `share` (h, w), (h, 1) or (1, w) of one colour (3,), or of another picture, into a picture, in place."""
    above = other if other.ndim == 3 else (*other.tolist(), 0.0)
    change = cv2.subtract(above, picture)
    cv2.multiply(change, _thrice(share, picture), dst=change)
    cv2.add(picture, change, dst=picture)


def shade(picture: Floats, light: Floats) -> None:
    """Multiply a picture by (h, w), (h, 1) or (1, w), in place."""
    cv2.multiply(picture, _thrice(light, picture), dst=picture)


def between(value: Floats, low: Floats, high: Floats) -> Floats:
    """Two colours over 0–1, for values (h, w)."""
    pairs = zip(low.tolist(), high.tolist(), strict=True)
    picture: Floats = cv2.merge([value * np.float32(end - start) + np.float32(start) for start, end in pairs])
    return picture


def ramp(value: Floats, low: Floats, middle: Floats, high: Floats) -> Floats:
    """Three colours over 0–1, for values (h, w)."""
    steps = np.linspace(0, 1, 256, dtype=np.float32)[:, None]
    table = np.where(steps < 0.5, low + (middle - low) * steps * 2, middle + (high - middle) * (steps * 2 - 1))
    index = np.clip(value * 255, 0, 255).astype(np.uint8)
    picture: Floats = cv2.LUT(cv2.merge([index] * 3), table.astype(np.float32)[None])
    return picture


def to_bytes(picture: Floats, dice: Dice, rows: int = 32) -> Bytes:
    """As uint8, with a breath of noise against banding, which repeats after `rows`."""
    height, width = picture.shape[:2]
    strip = dice.random((min(height, rows), width), np.float32) - np.float32(0.5)
    noise = np.tile(strip, (height // len(strip) + 1, 1))[:height]
    scaled = cv2.merge([noise] * 3)
    cv2.scaleAdd(picture.astype(np.float32, copy=False), 255.0, scaled, dst=scaled)
    cv2.max(scaled, 0.0, dst=scaled)
    result: Bytes = cv2.convertScaleAbs(scaled)
    return result


def _thrice(plane: Floats, picture: Floats) -> Floats:
    """A plane, stretched to a picture's size, once for each colour."""
    full = np.ascontiguousarray(np.broadcast_to(plane, picture.shape[:2]), dtype=np.float32)
    same: Floats = cv2.merge([full] * 3)
    return same
