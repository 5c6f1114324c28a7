"""Pixels that a picture does not show: what is behind the subject, and its pure colour at its edge."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
Alpha = NDArray[np.float32]


def behind(image: Picture, hole: NDArray[np.bool_]) -> Picture:
    """Fill `hole` (h, w) of an RGB picture from around it.

    Near the rim the surroundings are mirrored inwards, which keeps their texture; further in they fade
    to a smooth mixture, where a mirrored copy of something would be recognised.
    """
    if not hole.any() or hole.all():
        return image
    height, width = hole.shape
    smooth = _smooth_fill(image, hole)
    distance, labels = cv2.distanceTransformWithLabels(
        hole.astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5, labelType=cv2.DIST_LABEL_PIXEL
    )
    # labels names, for each pixel of the hole, the nearest pixel outside; where is that pixel?
    outside_y, outside_x = np.nonzero(~hole)
    place = np.zeros(int(labels.max()) + 1, np.int64)
    place[labels[outside_y, outside_x]] = outside_y * width + outside_x
    hole_y, hole_x = np.nonzero(hole)
    rim_y, rim_x = np.divmod(place[labels[hole_y, hole_x]], width)
    mirror_y = np.clip(2 * rim_y - hole_y, 0, height - 1)
    mirror_x = np.clip(2 * rim_x - hole_x, 0, width - 1)
    reach = 0.05 * width
    weight = np.clip(1.0 - distance[hole_y, hole_x] / reach, 0.0, 1.0)
    weight[hole[mirror_y, mirror_x]] = 0.0
    share = np.zeros((height, width), np.float32)
    share[hole_y, hole_x] = weight
    # Neighbours may mirror different places: blurring the seam between them hides it.
    share = cv2.GaussianBlur(share, (0, 0), max(1.0, width / 400))[..., None]
    mirrored = image.copy()
    mirrored[hole_y, hole_x] = image[mirror_y, mirror_x]
    mirrored = cv2.GaussianBlur(mirrored, (0, 0), max(0.6, width / 900))
    filled = mirrored * share + smooth * (1.0 - share)
    out = image.copy()
    out[hole] = np.clip(filled[hole] + 0.5, 0, 255).astype(np.uint8)
    return out


def bleed(image: Picture, alpha: Alpha) -> Picture:
    """The subject's colour carried outwards past its edge, so that no rim of the old background stays."""
    sure = (alpha > 0.97).astype(np.uint8)
    # The outermost sure pixels are the lens's mixture of both sides, whatever the matte says.
    rim = 2 * max(1, round(alpha.shape[1] / 500)) + 1
    inner = cv2.erode(sure, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (rim, rim)))
    if not inner.any():
        return image
    carried = _smooth_fill(image, inner == 0)
    keep = cv2.blur(inner.astype(np.float32), (3, 3))[..., None] * inner[..., None]
    out: Picture = np.clip(image * keep + carried * (1.0 - keep) + 0.5, 0, 255).astype(np.uint8)
    return out


def _smooth_fill(image: Picture, hole: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Averages of the known pixels at growing distance: the finest that knows anything, blended upwards."""
    known = (~hole).astype(np.float32)
    colour = image.astype(np.float32) * known[..., None]
    levels = [(colour, known)]
    while min(levels[-1][1].shape) > 2:
        colour, known = cv2.pyrDown(levels[-1][0]), cv2.pyrDown(levels[-1][1])
        levels.append((colour, known))
    colour, known = levels[-1]
    filled = colour / np.maximum(known, 1e-4)[..., None]
    for colour, known in reversed(levels[:-1]):
        height, width = known.shape
        coarse = cv2.pyrUp(filled)[:height, :width]
        coarse = cv2.copyMakeBorder(
            coarse, 0, height - coarse.shape[0], 0, width - coarse.shape[1], cv2.BORDER_REPLICATE
        )
        own = np.clip(3.0 * known, 0.0, 1.0)[..., None]
        filled = colour / np.maximum(known, 1e-4)[..., None] * own + coarse * (1.0 - own)
    result: NDArray[np.float32] = filled.astype(np.float32)
    return result
