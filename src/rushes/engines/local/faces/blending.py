"""One face put over another: bent triangle by triangle, given the other's colours, and joined without a seam."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from rushes.engines.local.faces.finding import Picture, Points

_MARGIN = 0.25
"""Room around a face, as a part of its size, in which is worked."""
_DRAWN_IN = 0.035
"""How far within the face's outline it is joined: hair and background are kept out."""
_OWN_LIGHT = 0.6
_SOFT = 0.12
"""The face's own light counts that much from this far within its outline, as a part of its size."""
_MOST_SIDE = 1024
"""The longest side, in pixels, at which is joined: the seam's solution grows with it, what is seen of it does not."""
_SPREAD = (0.75, 1.3)
"""The least and the most by which a colour's spread is changed."""


def put(source: Picture, source_points: Points, target: Picture, target_points: Points) -> Picture:
    """The target picture with the source's face in the place of its own. Both RGB uint8; points (n, 2) in pixels.

    The n points mean the same places of both faces.
    """
    left, top, right, bottom = _around(target_points)
    # What the face would need beyond the picture is made up by going on with its edge, and cut off again.
    height, width = target.shape[:2]
    out = (max(0, -top), max(0, bottom - height), max(0, -left), max(0, right - width))
    wide = cv2.copyMakeBorder(target, *out, cv2.BORDER_REPLICATE)
    rows, columns = slice(top + out[0], bottom + out[0]), slice(left + out[2], right + out[2])
    place, points = wide[rows, columns], target_points - np.array([left, top], np.float32)
    factor = min(1.0, _MOST_SIDE / max(place.shape[:2]))
    if factor < 1:
        # Worked on small; only the change is enlarged, so that the rest of the picture stays as sharp as it is.
        small = cv2.resize(place, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
        scale = np.array([small.shape[1] / place.shape[1], small.shape[0] / place.shape[0]], np.float32)
        change = _joined(source, source_points, small, points * scale).astype(np.int16) - small
        large = cv2.resize(change, place.shape[1::-1], interpolation=cv2.INTER_CUBIC)
        joined = np.clip(place + large, 0, 255).astype(np.uint8)
    else:
        joined = _joined(source, source_points, place, points)
    wide[rows, columns] = joined
    return np.ascontiguousarray(wide[out[0] : out[0] + height, out[2] : out[2] + width])


def _joined(source: Picture, source_points: Points, place: Picture, points: Points) -> Picture:
    face, covered = bent(source, source_points, place.shape[1], place.shape[0], points)
    mask = _within(covered)
    if not mask.any():
        return place
    face = np.where(covered[..., None] > 0, matched(face, place, mask), place)
    left, top, width, height = cv2.boundingRect(mask)
    middle = (left + width // 2, top + height // 2)
    clone = cv2.seamlessClone(face, place, mask.copy(), middle, cv2.NORMAL_CLONE)  # it wipes the mask that it is given
    # The clone's light is that of its rim, be that hair: its own, matched light is put back towards the middle.
    inner = cv2.distanceTransform(cv2.copyMakeBorder(mask, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0), cv2.DIST_L2, 5)
    share = _OWN_LIGHT * np.clip(inner[1:-1, 1:-1] / (_SOFT * max(width, height)), 0, 1).astype(np.float32)
    joined = cv2.blendLinear(face, clone, share, 1 - share)
    # The clone is solved for the mask's whole box, and off by a rounding around the face.
    return np.where(mask[..., None] > 0, joined, place)


def bent(
    source: Picture, source_points: Points, width: int, height: int, points: Points
) -> tuple[Picture, NDArray[np.uint8]]:
    """The source's face with its points at `points`, in a picture of this size, and a mask of where it is (255)."""
    triangles = _triangles(points, width, height)
    place = np.full((height, width), -1, np.int32)
    if not len(triangles):
        return np.zeros((height, width, 3), np.uint8), np.zeros((height, width), np.uint8)
    maps = np.empty((len(triangles), 2, 3), np.float32)
    for number, triangle in enumerate(triangles):
        corners = points[triangle]
        maps[number] = cv2.getAffineTransform(corners, source_points[triangle])
        cv2.fillConvexPoly(place, np.round(corners * 16).astype(np.int32), number, shift=4)
    covered = place >= 0
    spots = np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32)[:, None]
    x, y = (_origin(maps[:, line], place, spots) for line in (0, 1))
    face: Picture = cv2.remap(source, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)
    face[~covered] = 0
    return face, covered.astype(np.uint8) * 255


def _origin(maps: NDArray[np.float32], place: NDArray[np.int32], spots: tuple[Points, Points]) -> Points:
    """Where each pixel comes from, along one axis: maps (n, 3) by triangle, place (h, w) the triangle of each pixel."""
    right, down, shift = (np.take(column, place, mode="clip") for column in maps.T)
    right *= spots[0]
    down *= spots[1]
    right += down
    right += shift
    return right


def matched(face: Picture, like: Picture, mask: NDArray[np.uint8]) -> Picture:
    """The face with the middle and the spread of the other picture's colours within the mask."""
    own, other = (cv2.cvtColor(picture, cv2.COLOR_RGB2LAB) for picture in (face, like))
    inside = mask > 0
    levels, changed = np.arange(256, dtype=np.float32), np.empty((256, 3), np.float32)
    for channel in range(3):
        # Medians: skin is most of a face, and brows, shadows and hair on either are not to change it.
        (here, spread), (there, wanted) = _skin(own[..., channel][inside]), _skin(other[..., channel][inside])
        gain = min(max(wanted / max(spread, 1.0), _SPREAD[0]), _SPREAD[1])
        changed[:, channel] = (levels - here) * gain + there
    table = np.clip(changed + 0.5, 0, 255).astype(np.uint8)
    colours: Picture = cv2.cvtColor(cv2.LUT(own, table[None]), cv2.COLOR_LAB2RGB)
    return colours


def _skin(values: Picture) -> tuple[float, float]:
    """The middle of some values, and how far half of them are from it at most."""
    counts = np.bincount(values, minlength=256)
    middle = _median(np.arange(256.0), counts)
    return middle, _median(np.abs(np.arange(256) - middle), counts)


def _median(levels: NDArray[np.float64], counts: NDArray[np.int64]) -> float:
    """The median of levels that are there so many times each: the mean of the two in the middle of an even number."""
    order = np.argsort(levels)
    up_to = np.cumsum(counts[order])
    low, high = np.searchsorted(up_to, ((up_to[-1] - 1) // 2, up_to[-1] // 2), side="right")
    return float(levels[order[low]] + levels[order[high]]) / 2


def _around(points: Points) -> tuple[int, int, int, int]:
    """A box around the points with some room: left, top, right, bottom."""
    low, high = points.min(axis=0), points.max(axis=0)
    room = max(8.0, float(np.max(high - low)) * _MARGIN)
    return int(low[0] - room), int(low[1] - room), int(high[0] + room), int(high[1] + room)


def _triangles(points: Points, width: int, height: int) -> NDArray[np.int64]:
    """A triangulation (n, 3) of points that lie within the picture, by their numbers."""
    division = cv2.Subdiv2D((0, 0, width, height))
    numbers: dict[tuple[float, float], int] = {}
    for number, point in enumerate(points):
        corner = (float(point[0]), float(point[1]))
        if corner not in numbers and 0 <= corner[0] < width and 0 <= corner[1] < height:
            numbers[corner] = number
            division.insert(corner)
    found = [
        [numbers.get((float(one[at]), float(one[at + 1])), -1) for at in (0, 2, 4)]
        for one in division.getTriangleList()
    ]
    return np.array([one for one in found if -1 not in one], np.int64).reshape(-1, 3)


def _within(covered: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The mask drawn in a little, and closed."""
    _, _, width, height = cv2.boundingRect(covered)
    by = max(1, round(_DRAWN_IN * max(width, height)))
    edge = cv2.copyMakeBorder(covered, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
    mask: NDArray[np.uint8] = cv2.erode(edge, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * by + 1, 2 * by + 1)))
    return np.ascontiguousarray(mask[1:-1, 1:-1])
