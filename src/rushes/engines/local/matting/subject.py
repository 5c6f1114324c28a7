"""What in a picture is its subject: the network looks at the whole, then closer at what it found."""

from __future__ import annotations

from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from rushes.engines.local.matting.edges import follow_edges

Picture = NDArray[np.uint8]
Alpha = NDArray[np.float32]

_CLOSER = 0.6
"""A subject that fills less of the picture than this is looked at again by itself."""
_ROOM = 0.3
"""What is seen around it then, as a share of its size."""
_AGREE = 0.8
"""How much both looks must have in common for the second to count."""
_SURE = 0.5
_CRUMB = 0.03
_VEIL, _SOLID = 0.06, 0.94
"""What is fainter, or denser, is none or all: the filter leaves a little of both everywhere."""


class Finder(Protocol):
    """A network that tells subjects from backgrounds: RGB in, a square mask of its own size in 0-1 out."""

    def coarse(self, image: Picture) -> Alpha: ...


def subject_alpha(image: Picture, finder: Finder) -> Alpha | None:
    """How much each pixel belongs to the subject: RGB uint8 (h, w, 3) in, float32 (h, w) in 0-1 out.

    None where there is no subject.
    """
    height, width = image.shape[:2]
    coarse = finder.coarse(image)
    if not (coarse > _SURE).any():
        return None
    box = _box(coarse, height, width)
    top, bottom, left, right = box
    if (bottom - top) * (right - left) >= _CLOSER * height * width:
        return _firm(follow_edges(image, coarse))
    part = np.ascontiguousarray(image[top:bottom, left:right])
    closer = finder.coarse(part)
    if _common(_cut(coarse, box, height, width, closer.shape[0]), closer) < _AGREE:
        closer = _cut(coarse, box, height, width, closer.shape[0])
    alpha = np.zeros((height, width), np.float32)
    alpha[top:bottom, left:right] = follow_edges(part, closer)
    return _firm(alpha)


def _box(coarse: Alpha, height: int, width: int) -> tuple[int, int, int, int]:
    """Where the subject is, with room around it: top, bottom, left, right in the picture's pixels."""
    found = _without_crumbs(coarse) > _SURE / 2
    ends = []
    for line, length in ((found.any(axis=1), height), (found.any(axis=0), width)):
        inside = np.nonzero(line)[0]
        factor = length / line.size
        first, last = inside[0] * factor, (inside[-1] + 1) * factor
        room = _ROOM * (last - first) + 2 * factor
        ends += [max(0, round(first - room)), min(length, round(last + room))]
    return ends[0], ends[1], ends[2], ends[3]


def _cut(coarse: Alpha, box: tuple[int, int, int, int], height: int, width: int, side: int) -> Alpha:
    """A part of the first look at the size of the second."""
    top, bottom, left, right = box
    down, across = coarse.shape[0] / height, coarse.shape[1] / width
    x = (left + (np.arange(side) + 0.5) * (right - left) / side) * across - 0.5
    y = (top + (np.arange(side) + 0.5) * (bottom - top) / side) * down - 0.5
    xs, ys = np.meshgrid(x.astype(np.float32), y.astype(np.float32))
    part: Alpha = cv2.remap(coarse, xs, ys, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return part


def _common(one: Alpha, other: Alpha) -> float:
    """What both masks have, as a share of what either has."""
    either = np.maximum(one, other).sum()
    return float(np.minimum(one, other).sum() / either) if either else 0.0


def _firm(alpha: Alpha) -> Alpha:
    """Without the veil that the filter leaves, and without islands much smaller than the subject."""
    return _without_crumbs(np.clip((alpha - _VEIL) / (_SOLID - _VEIL), 0.0, 1.0))


def _without_crumbs(alpha: Alpha) -> Alpha:
    solid = (alpha > _VEIL).astype(np.uint8)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(solid)
    areas = stats[:, cv2.CC_STAT_AREA].copy()
    areas[0] = 0
    kept = areas >= _CRUMB * areas.max()
    cleaned: Alpha = alpha * kept[labels].astype(np.float32)
    return cleaned
