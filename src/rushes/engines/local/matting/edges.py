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
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    guide = small.astype(np.float32) / 255
    rough = cv2.resize(mask, size, interpolation=cv2.INTER_CUBIC)
    slope, offset = _led(guide, np.clip(rough, 0.0, 1.0))
    # A second time from a mask that is firmer, and has its edge where the picture has: what was a haze is gone.
    better = (slope * guide).sum(axis=2) + offset
    slope, offset = _led(guide, np.clip((better - 0.5) * _FIRMER + 0.5, 0.0, 1.0))
    out = np.empty((height, width), np.float32)
    for part in tiles(height, width, _PIECE):
        # Where each pixel of the part lies in the small picture, pixel centres on pixel centres.
        x = ((np.arange(part.left, part.right) + 0.5) * (size[0] / width) - 0.5).astype(np.float32)
        y = ((np.arange(part.top, part.bottom) + 0.5) * (size[1] / height) - 0.5).astype(np.float32)
        across, down = np.meshgrid(x, y)
        led = cv2.remap(offset, across, down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        leaning = cv2.remap(slope, across, down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        colours = image[part.top : part.bottom, part.left : part.right].astype(np.float32) / 255
        out[part.top : part.bottom, part.left : part.right] = led + (leaning * colours).sum(axis=2)
    alpha: Alpha = np.clip(out, 0.0, 1.0)
    return alpha


def _led(guide: Alpha, mask: Alpha) -> tuple[Alpha, Alpha]:
    """The linear function at every pixel: slope (h, w, 3) and offset (h, w)."""
    radius = max(2, round(max(mask.shape) / _RADIUS))
    window = (2 * radius + 1, 2 * radius + 1)

    def mean(values: Alpha) -> Alpha:
        smooth: Alpha = cv2.blur(values, window)
        return smooth

    middle, masked = mean(guide), mean(mask)
    together = mean(guide * mask[..., None]) - middle * masked[..., None]
    colours, middles = cv2.split(guide), cv2.split(middle)
    spread = {
        (one, other): mean(colours[one] * colours[other]) - middles[one] * middles[other] + _SMOOTH * (one == other)
        for one in range(3)
        for other in range(one, 3)
    }
    slope = cv2.merge(_solved(spread, cv2.split(together)))
    offset = masked - (slope * middle).sum(axis=2)
    return mean(slope), mean(offset)


def _solved(spread: dict[tuple[int, int], Alpha], wanted: Sequence[Alpha]) -> list[Alpha]:
    """What `spread` makes `wanted` of, at every pixel at once: symmetric, so each step of Gauss goes for both sides."""
    red, green, blue = wanted
    to_green, to_blue = spread[0, 1] / spread[0, 0], spread[0, 2] / spread[0, 0]
    own = spread[1, 1] - to_green * spread[0, 1]
    both = spread[1, 2] - to_green * spread[0, 2]
    across = both / own
    green = np.subtract(green, to_green * red, dtype=np.float32)
    last = spread[2, 2] - to_blue * spread[0, 2] - across * both
    third = (blue - to_blue * red - across * green) / last
    second = green / own - across * third
    first = red / spread[0, 0] - to_green * second - to_blue * third
    return [part.astype(np.float32, copy=False) for part in (first, second, third)]
