"""The subject's own colours at its edge, where the picture shows a mixture with what was behind it."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from rushes.engines.local.tiles import tiles

Picture = NDArray[np.uint8]
Alpha = NDArray[np.float32]

_RADII = (48, 5)
"""Pixels around an edge that tell the colours of both sides: from afar first, then near by."""
_PIECE = 768
_FAINT = 1e-3


def pure_colours(image: Picture, alpha: Alpha) -> Picture:
    """What the subject looks like without its background: RGB uint8 (h, w, 3).

    At every pixel that shows both, the colour is solved for with the means of both sides around it. Where the subject
    is far away it is black: nothing of the background stays.
    """
    height, width = alpha.shape
    margin = 2 * sum(_RADII)
    out = np.zeros_like(image)
    for part in tiles(height, width, _PIECE):
        inside = alpha[part.top : part.bottom, part.left : part.right]
        rows = slice(max(0, part.top - margin), min(height, part.bottom + margin))
        columns = slice(max(0, part.left - margin), min(width, part.right + margin))
        if inside.min() >= 1:
            out[part.top : part.bottom, part.left : part.right] = image[part.top : part.bottom, part.left : part.right]
        elif alpha[rows, columns].any():
            pure = _solved(image[rows, columns].astype(np.float32), alpha[rows, columns][..., None])
            top, left = part.top - rows.start, part.left - columns.start
            out[part.top : part.bottom, part.left : part.right] = pure[
                top : top + part.bottom - part.top, left : left + part.right - part.left
            ]
    return out


def _solved(image: Alpha, alpha: Alpha) -> Picture:
    """image (h, w, 3) in 0-255, alpha (h, w, 1)."""
    front, behind = image, image
    for radius in _RADII:
        front, behind = _mean(front, alpha, radius), _mean(behind, 1 - alpha, radius)
        front = np.clip(front + alpha * (image - alpha * front - (1 - alpha) * behind), 0, 255)
    pure: Picture = (np.where(alpha >= 1, image, front) + 0.5).astype(np.uint8)
    return pure


def _mean(values: Alpha, weight: Alpha, radius: int) -> Alpha:
    """The mean around every pixel of what has weight; 0 where nothing has."""
    window = (2 * radius + 1, 2 * radius + 1)
    much = cv2.blur(weight, window)[..., None]
    mean: Alpha = cv2.blur(values * weight, window) / np.maximum(much, _FAINT)
    return mean
