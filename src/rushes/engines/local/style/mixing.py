"""What was painted put together with what it was painted from: size, detail, colours, strength."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
Plane = NDArray[np.float32]

_DETAIL = 0.6
"""How much of the fine detail that a small painting lost is put back."""
_LIVELIER = 1.4
"""The most by which contrast is raised."""


def shrunk(picture: Picture, side: int) -> Picture:
    """The picture with its long side at most `side` pixels."""
    height, width = picture.shape[:2]
    factor = side / max(height, width)
    if factor >= 1:
        return picture
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    small: Picture = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    return small


def enlarged(painted: Picture, original: Picture) -> Picture:
    """A painting of a smaller copy of `original`, at its size and with its edges."""
    small, full = painted.shape[1::-1], original.shape[1::-1]
    if small == full:
        return painted
    large = cv2.resize(painted, full, interpolation=cv2.INTER_CUBIC)
    seen = cv2.resize(cv2.resize(original, small, interpolation=cv2.INTER_AREA), full, interpolation=cv2.INTER_CUBIC)
    return _lighter(large, _DETAIL * (_light(original) - _light(seen)))


def mixed(original: Picture, painted: Picture, share: float, *, keep_colours: bool) -> Picture:
    """`share` 0-1 of the painting over the original, both RGB uint8 (h, w, 3).

    keep_colours: only its brightness is the painting's. Two pictures laid over each other are flatter than either,
    so the contrast is brought back to what lies between theirs.
    """
    if share <= 0:
        return original
    if keep_colours:
        colours = cv2.cvtColor(original, cv2.COLOR_RGB2YCrCb)
        colours[..., 0] = cv2.cvtColor(painted, cv2.COLOR_RGB2GRAY)
        painted = cv2.cvtColor(colours, cv2.COLOR_YCrCb2RGB)
    if share >= 1:
        return painted
    both: Picture = cv2.addWeighted(original, 1 - share, painted, share, 0)
    light = _light(both)
    wanted = (1 - share) * float(_light(original).std()) + share * float(_light(painted).std())
    gain = min(_LIVELIER, wanted / max(1.0, float(light.std())))
    return _lighter(both, (gain - 1) * (light - float(light.mean()))) if gain > 1 else both


def _light(picture: Picture) -> Plane:
    light: Plane = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY).astype(np.float32)
    return light


def _lighter(picture: Picture, by: Plane) -> Picture:
    lighter: Picture = np.clip(picture + by[..., None] + 0.5, 0, 255).astype(np.uint8)
    return lighter
