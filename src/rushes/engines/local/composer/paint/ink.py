"""Painting with numbers: noise, gradients, and a canvas of three float planes.

Planes are kept apart because whole-plane arithmetic is several times faster than on interleaved pixels.
"""

from __future__ import annotations

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
    total = np.zeros((height, width), np.float32)
    weight = 1.0
    for _ in range(octaves):
        across, down = max(2.0, cell * aspect), max(2.0, cell)
        columns, rows = int(width / across) + 4, int(height / down) + 4
        grid = rng.random((rows, columns), np.float32) - 0.5
        # Drawn only where it is seen: the grid is a little larger than the picture.
        matrix = np.array([[across, 0.0, -across * 1.3], [0.0, down, -down * 1.3]])
        if across < 5 or down < 5:
            big = cv2.warpAffine(grid, matrix, (width, height), flags=cv2.INTER_LINEAR)
        else:
            size = (round(columns * across), round(rows * down))
            big = cv2.resize(grid, size, interpolation=cv2.INTER_CUBIC)
            x, y = round(across), round(down)
            big = big[y : y + height, x : x + width]
        cv2.scaleAdd(np.ascontiguousarray(big), 2.2 * weight, total, total)
        weight *= gain
        cell *= 0.5
        if cell < 1.5:
            break
    return total


def smooth(field: Any, low: float, high: float) -> Field:
    """0 below `low`, 1 above `high`, a soft ramp between (low may be the larger)."""
    ramp = np.clip((field - low) * (1.0 / (high - low)), 0.0, 1.0).astype(np.float32, copy=False)
    result: Field = ramp * ramp * (3.0 - 2.0 * ramp)
    return result


def line_noise(rng: np.random.Generator, width: int, cell: float, octaves: int = 5, gain: float = 0.5) -> Field:
    """Noise along a line (width,), about -1 to 1."""
    result: Field = fbm(rng, width, 1, max(4.0, cell), 1, gain=gain)[0] * 0.0
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
        tile = np.random.default_rng(seed).random((256, 256), np.float32) - 0.5
        rows, columns = -(-self.height // 256), -(-self.width // 256)
        grain = np.tile(tile, (rows, columns))[: self.height, : self.width]
        planes = []
        for plane in self.planes:
            part = plane + grain
            planes.append(part if alpha is None else part * alpha)
        solid = np.full((self.height, self.width), 255.0, np.float32) if alpha is None else alpha * 255.0
        merged = cv2.merge([*planes, solid])
        # saturate_cast rounds and clips; add is the cheapest way to reach it
        result: Picture = cv2.add(merged, 0.0, dtype=cv2.CV_8U)
        if alpha is not None:
            np.minimum(result[..., :3], result[..., 3:], out=result[..., :3])
        return result
