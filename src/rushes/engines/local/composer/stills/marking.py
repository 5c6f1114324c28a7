"""The draft mark on stills, which are RGB or RGBA and not a film's frames."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from rushes.engines.local.composer.mark import Mark

Picture = NDArray[np.uint8]


def stamp(picture: Picture) -> None:
    """The mark on RGB or straight RGBA, in place, in the same corner and size as on video."""
    height, width = picture.shape[:2]
    if picture.shape[2] == 3:
        _stamp_opaque(picture)
        return
    # Over a clear ground the mark's own plate shows. The stamp is exact on premultiplied colour, and how much
    # of what is below it keeps is seen by what it does to black and to white.
    probe = np.dstack([np.zeros((height, width), np.uint8), np.full((height, width), 255, np.uint8)])
    _stamp_opaque(probe)
    spot = probe[..., 0] > 0
    added, white = probe[spot].astype(np.float32).T
    kept = (white - added) / 255
    alpha = picture[spot][:, 3].astype(np.float32) / 255
    covered = 1 - (1 - alpha) * kept
    colour = (picture[spot][:, :3] * (alpha * kept)[:, None] + added[:, None]) / covered[:, None]
    picture[spot] = np.column_stack([colour, covered * 255]).clip(0, 255).round().astype(np.uint8)


def stamp_within(picture: Picture, changed: NDArray[np.bool_]) -> bool:
    """The mark on RGB, in place, wholly inside `changed` (h, w), as near to its usual corner as it gets.

    False, and nothing done, where it does not fit.
    """
    height, width = changed.shape
    probe = np.zeros((height, width, 1), np.uint8)
    _stamp_opaque(probe)
    rows, columns = np.nonzero(probe[..., 0].any(axis=1))[0], np.nonzero(probe[..., 0].any(axis=0))[0]
    first, left, tall, wide = int(rows[0]), int(columns[0]), len(rows), len(columns)
    summed = cv2.integral(changed.astype(np.uint8))
    inside = summed[tall:, wide:] - summed[:-tall, wide:] - summed[tall:, :-wide] + summed[:-tall, :-wide]
    fits = np.argwhere(inside[: first + 1, : left + 1] == tall * wide)
    if not len(fits):
        return False
    y, x = fits[np.argmax(fits.sum(axis=1))]
    # The mark goes into the corner of what it is given: the part of the picture whose corner is the wanted one.
    moved = np.zeros_like(picture)
    home = np.s_[first : first + tall, left : left + wide]
    there = np.s_[y : y + tall, x : x + wide]
    moved[home] = picture[there]
    _stamp_opaque(moved)
    picture[there] = moved[home]
    return True


def _stamp_opaque(picture: Picture) -> None:
    mark = Mark(picture.shape[1], picture.shape[0])
    for channel in range(picture.shape[2]):
        mark.stamp(picture[..., channel])
