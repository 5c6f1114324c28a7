"""Painting with numbers: noise, gradients, and a canvas of three float planes.

Planes are kept apart because whole-plane arithmetic is several times faster than on interleaved pixels.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from rushes.engines.local.composer.palette import Colour

Field = NDArray[np.float32]
Picture = NDArray[np.uint8]


def rng_for(seed: int, name: str) -> np.random.Generator:
    """The source of chance of one named part of a scene: parts do not disturb each other."""
    return np.random.default_rng([seed & 0xFFFFFFFF, zlib.crc32(name.encode())])


def fbm(
    rng: np.random.Generator,
    width: int,
    height: int,
    cell: float,
    octaves: int = 4,
    *,
    aspect: float = 1.0,
    gain: float = 0.5,
) -> Field:
    """Cloudy noise (height, width), about -1 to 1. cell: size of the largest lumps in pixels, wider by `aspect`."""
    steps = 1
    while steps < octaves and cell / 2**steps >= 1.5:
        steps += 1
    finest = cell / 2 ** (steps - 1)
    total = np.zeros((int(height / cell) + 3, int(width / (cell * aspect)) + 3), np.float32)
    weight = 1.1
    for step in range(steps):
        if step:
            # Each octave is drawn on the grid that can just hold it, so only the last step is large.
            total = cv2.resize(total, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
        total += (rng.random(total.shape, np.float32) - 0.5) * (2.0 * weight)
        weight *= gain
    rows, columns = math.ceil(height / finest) + 2, math.ceil(width / (finest * aspect)) + 2
    total = total[1 : 1 + rows, 1 : 1 + columns]
    size = (round(total.shape[1] * finest * aspect), round(total.shape[0] * finest))
    method = cv2.INTER_CUBIC if finest >= 4 else cv2.INTER_LINEAR
    result: Field = np.ascontiguousarray(cv2.resize(total, size, interpolation=method)[:height, :width])
    return result


def smooth(field: Any, low: float, high: float) -> Field:
    """0 below `low`, 1 above `high`, a soft ramp between (low may be the larger)."""
    ramp = np.clip((field - low) * (1.0 / (high - low)), 0.0, 1.0).astype(np.float32, copy=False)
    result: Field = ramp * ramp * (3.0 - 2.0 * ramp)
    return result


def line_noise(rng: np.random.Generator, width: int, cell: float, octaves: int = 5, gain: float = 0.5) -> Field:
    """Noise along a line (width,), about -1 to 1."""
    result: Field = np.zeros(width, np.float32)
    weight = 1.0
    for _ in range(octaves):
        points = int(width / cell) + 4
        knots = (rng.random(points, np.float32) - 0.5) * 2.2 * weight
        wide = cv2.resize(knots[None], (round(points * cell), 1), interpolation=cv2.INTER_CUBIC)[0]
        result += wide[int(cell) : int(cell) + width]
        weight *= gain
        cell = max(2.0, cell * 0.5)
    return result


def radial(width: int, height: int, x: float, y: float, radius: float, stretch: float = 1.0) -> Field:
    """Distance from (x, y) in radii; `stretch` more than 1 makes the rings wide."""
    across = ((np.arange(width, dtype=np.float32) - x) / (radius * stretch)) ** 2
    down = ((np.arange(height, dtype=np.float32) - y) / radius) ** 2
    result: Field = np.sqrt(across[None, :] + down[:, None])
    return result


class Ink:
    """A picture (height, width) being painted, 0–255 in float."""

    def __init__(self, width: int, height: int, colour: Colour = (0.0, 0.0, 0.0)) -> None:
        self.width, self.height = width, height
        self.planes = [np.full((height, width), part, np.float32) for part in reversed(colour)]

    @classmethod
    def gradient(cls, width: int, height: int, stops: Sequence[tuple[float, Colour]]) -> Ink:
        """Vertical gradient through (row share, colour) stops."""
        ink = cls(1, 1)
        ink.width, ink.height = width, height
        rows = np.linspace(0.0, 1.0, height)
        places = [stop for stop, _ in stops]
        ink.planes = []
        for part in (2, 1, 0):
            column = np.interp(rows, places, [colour[part] for _, colour in stops]).astype(np.float32)
            ink.planes.append(np.repeat(column[:, None], width, axis=1))
        return ink

    @classmethod
    def ramp(cls, field: Field, stops: Sequence[Colour]) -> Ink:
        """Colours by a field of 0–1 through evenly spaced stops."""
        ink = cls(1, 1)
        ink.height, ink.width = field.shape
        pieces = len(stops) - 1
        ink.planes = []
        for part in (2, 1, 0):
            plane = np.full(field.shape, stops[0][part], np.float32)
            for index in range(pieces):
                step = stops[index + 1][part] - stops[index][part]
                share = np.clip(field * pieces - index, 0.0, 1.0) if pieces > 1 else np.clip(field, 0.0, 1.0)
                cv2.scaleAdd(share.astype(np.float32, copy=False), float(step), plane, plane)
            ink.planes.append(plane)
        return ink

    def mix(self, colour: Colour, share: Field | float) -> Ink:
        """Towards a colour by a share of 0–1 (a field or one number; a column or row broadcasts)."""
        keep = 1.0 - share
        for plane, part in zip(self.planes, reversed(colour), strict=True):
            plane *= keep
            plane += share * np.float32(part)
        return self

    def add(self, colour: Colour, amount: Field) -> Ink:
        """Light on top."""
        for plane, part in zip(self.planes, reversed(colour), strict=True):
            if amount.shape == plane.shape:
                cv2.scaleAdd(amount, float(part), plane, plane)
            else:
                plane += amount * np.float32(part)
        return self

    def shade(self, factor: Field | float) -> Ink:
        """Multiply brightness."""
        for plane in self.planes:
            plane *= factor
        return self

    def over(self, other: Ink, share: Field) -> Ink:
        """Lay another picture of the same size over this one by a share of 0–1."""
        for plane, above in zip(self.planes, other.planes, strict=True):
            plane += (above - plane) * share
        return self

    def bgra(self, alpha: Field | None = None, seed: int = 1) -> Picture:
        """Premultiplied uint8 (h, w, 4), dithered so that wide gradients show no bands."""
        grain = _grain(self.height, self.width, seed) if alpha is None else None
        parts = []
        for plane in self.planes:
            part = plane if grain is None else cv2.add(plane, grain)
            part = cv2.max(part, 0.0) if alpha is None else cv2.multiply(cv2.max(part, 0.0), alpha)
            parts.append(cv2.convertScaleAbs(part))
        if alpha is None:
            solid = np.full((self.height, self.width), 255, np.uint8)
        else:
            solid = cv2.convertScaleAbs(alpha, alpha=255.0)
            parts = [cv2.min(part, solid) for part in parts]
        result: Picture = cv2.merge([*parts, solid])
        return result


def _grain(height: int, width: int, seed: int) -> Field:
    tile = np.random.default_rng(seed).random((256, 256), np.float32) - 0.5
    rows, columns = -(-height // 256), -(-width // 256)
    return np.tile(tile, (rows, columns))[:height, :width]
