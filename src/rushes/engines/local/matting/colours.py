"""The subject's own colours at its edge, where the picture shows a mixture with what was behind it.

Forte, "Approximate Fast Foreground Colour Estimation" (ICIP 2021): blurred means of both sides, twice.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from rushes.engines.local.tiles import Tile, tiles

Picture = NDArray[np.uint8]
Alpha = NDArray[np.float32]

_FAR, _NEAR = 48, 5
"""Pixels around an edge that tell the colours of both sides: from afar first, then near by."""
_COARSE = 4
"""The means from afar change slowly: they are taken of a picture that many times smaller."""
_PIECE = 768
_FAINT = 1e-3


def pure_colours(image: Picture, alpha: Alpha) -> Picture:
    """What the subject looks like without its background: RGB uint8 (h, w, 3).

    At every pixel that shows both, the colour is solved for with the means of both sides around it. Where the subject
    is far away it is black: nothing of the background stays.
    """
    # A mean of means sees this far.
    reach = _FAR + _NEAR + _COARSE
    out = np.zeros_like(image)
    if not alpha.any():
        return out
    near = _grown(_box(alpha), reach, *alpha.shape)
    for piece in tiles(near.bottom - near.top, near.right - near.left, _PIECE):
        part = Tile(piece.top + near.top, piece.bottom + near.top, piece.left + near.left, piece.right + near.left)
        if alpha[_slices(part)].min() >= 1:
            out[_slices(part)] = image[_slices(part)]
            continue
        wide = _grown(part, reach, *alpha.shape)
        pure = _solved(image[_slices(wide)], alpha[_slices(wide)])
        top, left = part.top - wide.top, part.left - wide.left
        out[_slices(part)] = pure[top : top + part.bottom - part.top, left : left + part.right - part.left]
    return out


def _box(alpha: Alpha) -> Tile:
    """What holds all that is not transparent."""
    x, y, width, height = cv2.boundingRect((alpha > 0).astype(np.uint8))
    return Tile(y, y + height, x, x + width)


def _grown(part: Tile, by: int, height: int, width: int) -> Tile:
    """With some room around it, as far as the picture goes."""
    return Tile(
        max(0, part.top - by), min(height, part.bottom + by), max(0, part.left - by), min(width, part.right + by)
    )


def _slices(part: Tile) -> tuple[slice, slice]:
    return slice(part.top, part.bottom), slice(part.left, part.right)


def _solved(image: Picture, alpha: Alpha) -> Picture:
    """What shows of the subject alone: image (h, w, 3), alpha (h, w)."""
    given, rest = image.astype(np.float32), 1 - alpha
    front, behind = _far_mean(given, alpha), _far_mean(given, rest)
    front = _explained(given, alpha, front, behind)
    front, behind = _near_mean(front, alpha), _near_mean(behind, rest)
    pure: Picture = (_explained(given, alpha, front, behind) + np.float32(0.5)).astype(np.uint8)
    pure[alpha >= 1] = image[alpha >= 1]
    return pure


def _explained(image: Alpha, alpha: Alpha, front: Alpha, behind: Alpha) -> Alpha:
    """The colours in front, changed by what the means of both sides do not explain of the picture."""
    missing = image - cv2.blendLinear(front, behind, alpha, 1 - alpha)
    changed: Alpha = cv2.multiply(missing, cv2.merge([alpha] * 3), dst=missing)
    changed += front
    return np.clip(changed, 0, 255, out=changed)


def _far_mean(values: Alpha, weight: Alpha) -> Alpha:
    """The mean of what has weight within _FAR pixels; 0 where nothing has."""
    height, width = weight.shape
    size = (-(-width // _COARSE), -(-height // _COARSE))
    window = (2 * _FAR // _COARSE + 1,) * 2
    weighed = cv2.resize(cv2.multiply(values, cv2.merge([weight] * 3)), size, interpolation=cv2.INTER_AREA)
    much = cv2.blur(cv2.resize(weight, size, interpolation=cv2.INTER_AREA), window)
    mean = cv2.blur(weighed, window) / np.maximum(much, _FAINT)[..., None]
    large: Alpha = cv2.resize(mean, (width, height), interpolation=cv2.INTER_LINEAR)
    return large


def _near_mean(values: Alpha, weight: Alpha) -> Alpha:
    """The same within _NEAR pixels."""
    window = (2 * _NEAR + 1,) * 2
    much = cv2.merge([np.maximum(cv2.blur(weight, window), _FAINT)] * 3)
    mean: Alpha = cv2.divide(cv2.blur(cv2.multiply(values, cv2.merge([weight] * 3)), window), much)
    return mean
