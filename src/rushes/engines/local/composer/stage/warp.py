"""Moving one picture by an affine matrix, each kind of motion on the cheapest way that is exact."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
Matrix = NDArray[np.float64]
"""(2, 3): from rest position to frame, in pixels."""

_FILTER = 1 / 64
"""Offsets nearer to a whole pixel than this are not worth interpolating."""
_PHASES = 4
"""A pixel in so many steps is as finely as what only slides is placed."""


_WORTH = 1 << 20
"""A picture of more pixels is not copied for every part of a pixel."""


def is_straight(matrix: Matrix) -> bool:
    """Whether nothing is turned, slanted or very small."""
    (a, b, _), (c, d, _) = matrix.tolist()
    return bool(abs(b) < 1e-6 and abs(c) < 1e-6 and min(a, d) > 0.2)


def is_slanted(matrix: Matrix) -> bool:
    """Whether rows only slide sideways, each by another amount, and all of them by whole rows."""
    (a, _, _), (c, d, y) = matrix.tolist()
    return bool(max(abs(a - 1), abs(c), abs(d - 1)) < 1e-6 and abs(y - round(y)) < _FILTER)


def moved(picture: Bytes, matrix: Matrix, size: tuple[int, int]) -> Bytes:
    """`picture` through `matrix`, cut to `size`; past its edge the edge goes on."""
    if not is_straight(matrix):
        return warped(picture, matrix, size, cv2.BORDER_REPLICATE)
    wide, high = float(matrix[0, 0]), float(matrix[1, 1])
    if abs(wide - 1) < 1e-5 and abs(high - 1) < 1e-5:
        return slid(picture, -matrix[0, 2], -matrix[1, 2], size)
    part = _needed(picture, matrix, size)
    if part is None:
        return warped(picture, matrix, size, cv2.BORDER_REPLICATE)
    # Resizing is more than twice as fast as warping. It starts at a whole pixel; sliding adds the rest.
    columns, rows, x, y = part
    return slid(resized(picture[rows, columns], wide, high), x * wide, y * high, size)


def _needed(picture: Bytes, matrix: Matrix, size: tuple[int, int]) -> tuple[slice, slice, float, float] | None:
    """The columns and rows that a matrix that scales brings into `size`, and how much of the first pixel is cut
    off; None when they are not all there."""
    (width, height), ((wide, _, x), (_, high, y)) = size, matrix.tolist()
    x, y = 0.5 - (x + 0.5) / wide, 0.5 - (y + 0.5) / high
    left, top = math.floor(x), math.floor(y)
    right, bottom = left + math.ceil((width + 2) / wide) + 1, top + math.ceil((height + 2) / high) + 1
    if left < 0 or top < 0 or right > picture.shape[1] or bottom > picture.shape[0]:
        return None
    return slice(left, right), slice(top, bottom), x - left, y - top


def slid(picture: Bytes, dx: float, dy: float, size: tuple[int, int]) -> Bytes:
    """The part of `picture` of `size` whose corner is at (dx, dy); it may be a view."""
    width, height = size
    x, y = round(dx), round(dy)
    inside = min(x, y) >= 0 and x + width <= picture.shape[1] and y + height <= picture.shape[0]
    if inside and abs(dx - x) < _FILTER and abs(dy - y) < _FILTER:
        return picture[y : y + height, x : x + width]
    part: Bytes = cv2.getRectSubPix(picture, size, (dx + (width - 1) / 2, dy + (height - 1) / 2))
    return part


def resized(picture: Bytes, wide: float, high: float) -> Bytes:
    """`picture` scaled by these very factors, even where they give no whole size."""
    scaled: Bytes = cv2.resize(picture, None, fx=wide, fy=high, interpolation=cv2.INTER_LINEAR)
    return scaled


def warped(
    picture: Bytes, matrix: Matrix, size: tuple[int, int], border: int, around: tuple[int, ...] = (0, 0, 0, 0)
) -> Bytes:
    """`picture` through any matrix, cut to `size`. around: what lies past its edge, for a constant border."""
    through: Bytes = cv2.warpAffine(
        picture, matrix, size, flags=cv2.INTER_LINEAR, borderMode=border, borderValue=around
    )
    return through


def for_halved(matrix: Matrix) -> Matrix:
    """The same motion between pictures of half the size, whose pixels sit between the big ones."""
    (a, b, x), (c, d, y) = matrix.tolist()
    return np.array([[a, b, ((a + b - 1) / 2 + x) / 2], [c, d, ((c + d - 1) / 2 + y) / 2]])


class Fan:
    """A picture (h, w) and copies of it, each slid by another part of a pixel: taking a part of one costs nothing."""

    def __init__(self, picture: Bytes) -> None:
        self.picture = picture
        self._across: Bytes | None = None
        self._down: Bytes | None = None
        self._slid: dict[tuple[int, int], Bytes] = {}

    def slid(self, dx: float, dy: float, size: tuple[int, int]) -> Bytes:
        """The part of the picture of `size` whose corner is at (dx, dy), to a quarter of a pixel; often a view."""
        (width, height), (high, wide) = size, self.picture.shape
        (x, across), (y, down) = divmod(round(dx * _PHASES), _PHASES), divmod(round(dy * _PHASES), _PHASES)
        outside = min(x, y) < 0 or x + width >= wide or y + height >= high
        if outside or (across and down):
            return slid(self.picture, dx, dy, size)
        copy = self._slid_across()[across] if across else self._slid_down()[down] if down else self.picture
        return copy[y : y + height, x : x + width]

    def scaled(self, matrix: Matrix, size: tuple[int, int]) -> Bytes:
        """The picture through a matrix that `is_straight`, cut to `size`; past its edge the edge goes on."""
        part = _needed(self.picture, matrix, size)
        if self.picture.size > _WORTH or part is None:
            return moved(self.picture, matrix, size)
        # What is slid already needs no sliding once it is scaled.
        columns, rows, x, y = part
        copy = self._slid_both(int(x * _PHASES), int(y * _PHASES))
        scaled = resized(copy[rows, columns], float(matrix[0, 0]), float(matrix[1, 1]))
        return scaled[: size[1], : size[0]]

    def slanted(self, matrix: Matrix, size: tuple[int, int]) -> Bytes:
        """The picture through a matrix that `is_slanted`, cut to `size`; past its edge the edge goes on."""
        (width, height), (high, wide) = size, self.picture.shape
        (_, lean, x), (_, _, y) = matrix.tolist()
        rows = np.arange(height) - round(y)
        starts, phases = np.divmod(np.round((-x - lean * rows) * _PHASES).astype(np.int64), _PHASES)
        if rows[0] < 0 or rows[-1] >= high or starts.min() < 0 or starts.max() + width >= wide:
            return warped(self.picture, matrix, size, cv2.BORDER_REPLICATE)
        # Copying rows is many times faster than warping them.
        copies = self._slid_across()
        every: Bytes = np.ndarray((copies.size - width + 1, width), np.uint8, copies, strides=(1, 1))
        part: Bytes = every[(phases * high + rows) * wide + starts]
        return part

    def _slid_both(self, across: int, down: int) -> Bytes:
        if (across, down) not in self._slid:
            size = self.picture.shape[::-1]
            # To the middle of what each copy stands for.
            dx, dy = (across + 0.5) / _PHASES, (down + 0.5) / _PHASES
            self._slid[across, down] = slid(self.picture, dx, dy, size)
        return self._slid[across, down]

    def _slid_across(self) -> Bytes:
        if self._across is None:
            self._across = self._copies(1.0, 0.0)
        return self._across

    def _slid_down(self) -> Bytes:
        if self._down is None:
            self._down = self._copies(0.0, 1.0)
        return self._down

    def _copies(self, across: float, down: float) -> Bytes:
        copies = np.empty((_PHASES, *self.picture.shape), np.uint8)
        for step in range(_PHASES):
            copies[step] = slid(self.picture, across * step / _PHASES, down * step / _PHASES, copies.shape[:0:-1])
        return copies
