"""A rough mask made to follow the picture's own edges: a guided filter, led by colour, at a bounded size."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from rushes.engines.local.tiles import tiles

Picture = NDArray[np.uint8]
Alpha = NDArray[np.float32]

_SIDE = 1280
"""Long side, in pixels, at which the filter is worked out; larger pictures are then led by it in full size."""
_RADIUS = 90
"""The filter looks this share of the long side around (one over)."""
_FIRMER = 2.0
_SMOOTH = 2e-4
"""How much colours must vary to be an edge, as a variance of 0-1."""
_PIECE = 1024


def follow_edges(image: Picture, mask: Alpha) -> Alpha:
    """image: RGB uint8 (h, w, 3). mask: float32 in 0-1 of any size. Answers float32 (h, w) in 0-1.

    Around every pixel the mask becomes a linear function of the colour, so that its edge snaps to the picture's.
    """
    height, width = image.shape[:2]
    factor = min(1.0, _SIDE / max(height, width))
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    guide = _Guide(image if factor == 1 else cv2.resize(image, size, interpolation=cv2.INTER_AREA))
    rough = cv2.resize(mask, size, interpolation=cv2.INTER_CUBIC)
    slope, offset = guide.leading(np.clip(rough, 0.0, 1.0))
    # A second time from a mask that is firmer, and has its edge where the picture has: what was a haze is gone.
    better = _led(guide.colours, slope, offset)
    slope, offset = guide.leading(np.clip((better - 0.5) * _FIRMER + 0.5, 0.0, 1.0))
    if factor == 1:
        return np.clip(_led(guide.colours, slope, offset), 0.0, 1.0)
    alpha = np.empty((height, width), np.float32)
    for part in tiles(height, width, _PIECE):
        # Where each pixel of the part lies in the small picture, pixel centres on pixel centres.
        x = ((np.arange(part.left, part.right) + 0.5) * (size[0] / width) - 0.5).astype(np.float32)
        y = ((np.arange(part.top, part.bottom) + 0.5) * (size[1] / height) - 0.5).astype(np.float32)
        across, down = np.meshgrid(x, y)
        *leaning, led = (
            cv2.remap(plane, across, down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
            for plane in (*slope, offset)
        )
        colours = _planes(image[part.top : part.bottom, part.left : part.right])
        alpha[part.top : part.bottom, part.left : part.right] = np.clip(_led(colours, leaning, led), 0.0, 1.0)
    return alpha


class _Guide:
    """A picture that leads masks: what it alone decides is worked out once for all of them."""

    def __init__(self, image: Picture) -> None:
        radius = max(2, round(max(image.shape[:2]) / _RADIUS))
        self._window = (2 * radius + 1, 2 * radius + 1)
        self.colours = _planes(image)
        self._means = [self._mean(colour) for colour in self.colours]
        (rr, rg, rb), (gg, gb), (bb,) = (
            [self._spread(one, other) for other in range(one, 3)] for one in range(3)
        )  # fmt: skip
        # Gauss's steps for a symmetric matrix at every pixel at once; `leading` does the same to its right side.
        self._to_green, self._to_blue = rg / rr, rb / rr
        self._first, self._second = rr, gg - self._to_green * rg
        both = gb - self._to_green * rb
        self._across = both / self._second
        self._third = bb - self._to_blue * rb - self._across * both

    def leading(self, mask: Alpha) -> tuple[list[Alpha], Alpha]:
        """The linear function of the colour at every pixel: its slope, three of (h, w), and its offset (h, w)."""
        masked = self._mean(mask)
        red, green, blue = (
            self._mean(colour * mask) - mean * masked for colour, mean in zip(self.colours, self._means, strict=True)
        )
        green -= self._to_green * red
        blue -= self._to_blue * red
        blue -= self._across * green
        blue /= self._third
        green /= self._second
        green -= self._across * blue
        red /= self._first
        red -= self._to_green * green
        red -= self._to_blue * blue
        slope = [red, green, blue]
        offset = masked - _led(self._means, slope, 0.0)
        return [self._mean(part) for part in slope], self._mean(offset)

    def _mean(self, values: Alpha) -> Alpha:
        smooth: Alpha = cv2.blur(values, self._window)
        return smooth

    def _spread(self, one: int, other: int) -> Alpha:
        together = self._mean(self.colours[one] * self.colours[other])
        together -= self._means[one] * self._means[other]
        if one == other:
            together += np.float32(_SMOOTH)
        return together


def _planes(image: Picture) -> Sequence[Alpha]:
    """Red, green and blue in 0-1, each (h, w)."""
    return [plane.astype(np.float32) * np.float32(1 / 255) for plane in cv2.split(image)]


def _led(colours: Sequence[Alpha], slope: Sequence[Alpha], offset: Alpha | float) -> Alpha:
    """What a linear function makes of the colours: (h, w)."""
    red, green, blue = (colour * leaning for colour, leaning in zip(colours, slope, strict=True))
    red += green
    red += blue
    red += offset
    return red
