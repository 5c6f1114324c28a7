"""Cut-out pictures that are drawn, shifted and scaled, straight into I420 frames (BT.709, limited range).

Brightness is kept at full size and colour at half size, as in the frame itself. Whatever only slides takes
a path that is several times faster than a general warp.
"""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
Matrix = NDArray[np.float64]
"""(2, 3): from rest position to frame, in pixels."""

_TO_YUV = np.array(
    [
        [0.1826, 0.6142, 0.0620, 16.0 / 255],
        [-0.1006, -0.3386, 0.4392, 128.0 / 255],
        [0.4392, -0.3989, -0.0403, 128.0 / 255],
    ]
)
"""From premultiplied red, green, blue, alpha to BT.709; the offsets ride on alpha."""
_PAD = 8
"""Sheets carry this much border, so that interpolation never reads past their edge."""
_WORTH = 24
"""So many opaque rows are worth a sheet of their own."""
_FILTER = 1 / 64
"""Offsets nearer to a whole pixel than this are not worth interpolating."""


class Frame:
    """An I420 picture, uint8 (h * 3 / 2, w), with views of its three parts."""

    def __init__(self, width: int, height: int) -> None:
        self.width, self.height = width, height
        self.data: Bytes = np.zeros((height * 3 // 2, width), np.uint8)
        self.light = self.data[:height]
        self.blue, self.red = self.data[height:].reshape(2, height // 2, width // 2)

    def through(self, matrix: Matrix) -> None:
        """Move the whole picture, its edges continued."""
        half = _for_halved(matrix)
        for part, move in ((self.light, matrix), (self.blue, half), (self.red, half)):
            part[:] = _moved(part, move, (part.shape[1], part.shape[0]))


class Sheet:
    """One picture with its place on the stage: `left`, `top` of its corner at rest, even, in pixels."""

    def __init__(self, picture: Bytes, left: int = 0, top: int = 0) -> None:
        """picture: uint8, even sizes: opaque RGB (h, w, 3), or premultiplied RGBA (h, w, 4)."""
        self._base: Sheet | None = None
        if picture.shape[2] == 4:
            picture, top = self._without_idle_rows(picture, left, top)
        height, width = picture.shape[:2]
        self.left, self.top, self.width, self.height = left, top, width, height
        half = cv2.resize(picture, (width // 2, height // 2), interpolation=cv2.INTER_AREA)
        self._alpha: Bytes | None = None
        self._alpha_half: Bytes | None = None
        matrix = _TO_YUV
        if picture.shape[2] == 4:
            self._alpha = np.ascontiguousarray(picture[..., 3])
            self._alpha_half = np.ascontiguousarray(half[..., 3])
        else:
            matrix = _TO_YUV * (1.0, 1.0, 1.0, 255.0)
        border = cv2.BORDER_REPLICATE if self._alpha is None else cv2.BORDER_CONSTANT
        self._light = _padded(cv2.transform(picture, matrix[:1]), _PAD, border)
        self._blue, self._red = (
            _padded(cv2.transform(half, matrix[row : row + 1]), _PAD // 2, border) for row in (1, 2)
        )
        if self._alpha is not None and self._alpha_half is not None:
            self._alpha = _padded(self._alpha, _PAD, border)
            self._alpha_half = _padded(self._alpha_half, _PAD // 2, border)
        self._packs: tuple[Bytes, Bytes] | None = None

    def paint(self, frame: Frame, matrix: Matrix) -> None:
        """Draw into a frame; parts outside are clipped, an opaque sheet is continued by its edge."""
        if self._base is not None:
            self._base.paint(frame, matrix)
        left, top, right, bottom = self._reach(frame, matrix)
        if right - left < 2 or bottom - top < 2:
            return
        box = (left, top, right, bottom)
        own = matrix.copy()
        own[:, 2] += matrix[:, :2] @ (self.left - _PAD, self.top - _PAD) - (left, top)
        size = (right - left, bottom - top)
        if self._alpha is not None and self._alpha_half is not None and not _is_straight(own):
            self._warp_cut(frame, box, size, own)
            return
        half, half_size = _for_halved(own), (size[0] // 2, size[1] // 2)
        light = _moved(self._light, own, size)
        blue, red = _moved(self._blue, half, half_size), _moved(self._red, half, half_size)
        if self._alpha is None or self._alpha_half is None:
            _put(frame, box, light, blue, red)
        else:
            alpha, small = _moved(self._alpha, own, size), _moved(self._alpha_half, half, half_size)
            _blend(frame, box, light, alpha, blue, red, small)

    def _without_idle_rows(self, picture: Bytes, left: int, top: int) -> tuple[Bytes, int]:
        """Only the rows of a cut-out that need blending: opaque ones below them become a sheet of their own."""
        alpha = picture[..., 3]
        shown = np.nonzero(alpha.max(axis=1))[0]
        if not shown.size:
            return picture[:2], top
        first, last = int(shown[0]) & ~1, (int(shown[-1]) + 2) & ~1
        clear = np.nonzero(alpha[:last].min(axis=1) < 255)[0]
        solid = (int(clear[-1]) + 2 if clear.size else 0) & ~1
        if last - solid >= _WORTH:
            rgb = np.ascontiguousarray(picture[solid:last, :, :3])
            self._base = Sheet(rgb, left, top + solid)
            # Some rows more, so that no seam shows when both are scaled.
            last = min(last, max(solid, first) + 4)
        return np.ascontiguousarray(picture[first:last]), top + first

    def _warp_cut(self, frame: Frame, box: tuple[int, int, int, int], size: tuple[int, int], own: Matrix) -> None:
        """Turned or slanted cut-outs: four channels warp almost as fast as one."""
        if self._packs is None:
            assert self._alpha is not None
            zero = np.zeros_like(self._light)
            full = cv2.merge([self._light, self._alpha, zero, zero])
            small = cv2.merge([self._blue, self._red, self._alpha_half, np.zeros_like(self._blue)])
            self._packs = (full, small)
        half = _for_halved(own)
        light, alpha, _, _ = cv2.split(_warped(self._packs[0], own, size, cv2.BORDER_CONSTANT))
        small_warped = _warped(self._packs[1], half, (size[0] // 2, size[1] // 2), cv2.BORDER_CONSTANT)
        blue, red, alpha_half, _ = cv2.split(small_warped)
        _blend(frame, box, light, alpha, blue, red, alpha_half)

    def _reach(self, frame: Frame, matrix: Matrix) -> tuple[int, int, int, int]:
        """The even-sided part of the frame that the sheet touches."""
        left, top = self.left, self.top
        right, bottom = left + self.width, top + self.height
        corners = np.array([[left, right, left, right], [top, top, bottom, bottom], [1, 1, 1, 1]])
        xs, ys = matrix @ corners
        return (
            max(0, int(np.floor(xs.min()))) & ~1,
            max(0, int(np.floor(ys.min()))) & ~1,
            min(frame.width, (int(np.ceil(xs.max())) + 1) & ~1),
            min(frame.height, (int(np.ceil(ys.max())) + 1) & ~1),
        )


def _put(frame: Frame, box: tuple[int, int, int, int], light: Bytes, blue: Bytes, red: Bytes) -> None:
    left, top, right, bottom = box
    frame.light[top:bottom, left:right] = light
    spot = np.s_[top // 2 : bottom // 2, left // 2 : right // 2]
    frame.blue[spot], frame.red[spot] = blue, red


def _blend(
    frame: Frame,
    box: tuple[int, int, int, int],
    light: Bytes,
    alpha: Bytes,
    blue: Bytes,
    red: Bytes,
    alpha_half: Bytes,
) -> None:
    left, top, right, bottom = box
    over(frame.light[top:bottom, left:right], light, alpha)
    spot = np.s_[top // 2 : bottom // 2, left // 2 : right // 2]
    over(frame.blue[spot], blue, alpha_half)
    over(frame.red[spot], red, alpha_half)


def over(below: Bytes, above: Bytes, alpha: Bytes) -> None:
    """Lay a premultiplied picture over another, in place."""
    kept = cv2.multiply(below, cv2.bitwise_not(alpha), scale=1 / 255)
    below[:] = cv2.add(kept, above)


def _is_straight(matrix: Matrix) -> bool:
    """Whether nothing is turned or slanted."""
    return bool(abs(matrix[0, 1]) < 1e-6 and abs(matrix[1, 0]) < 1e-6 and matrix[0, 0] > 0.2 and matrix[1, 1] > 0.2)


def _moved(picture: Bytes, matrix: Matrix, size: tuple[int, int]) -> Bytes:
    """`picture` through `matrix`, cut to `size`, on the cheapest way that is exact."""
    if not _is_straight(matrix):
        return _warped(picture, matrix, size, cv2.BORDER_REPLICATE)
    width, height = size
    wide, high = float(matrix[0, 0]), float(matrix[1, 1])
    if abs(wide - 1) < 1e-5 and abs(high - 1) < 1e-5:
        return _slid(picture, -matrix[0, 2], -matrix[1, 2], size)
    # Resizing is more than twice as fast as warping. It starts at a whole pixel; sliding adds the rest.
    x, y = (0.5 - (matrix[0, 2] + 0.5) / wide, 0.5 - (matrix[1, 2] + 0.5) / high)
    left, top = math.floor(x), math.floor(y)
    right, bottom = left + math.ceil((width + 2) / wide) + 1, top + math.ceil((height + 2) / high) + 1
    if left < 0 or top < 0 or right > picture.shape[1] or bottom > picture.shape[0]:
        return _warped(picture, matrix, size, cv2.BORDER_REPLICATE)
    part = cv2.resize(picture[top:bottom, left:right], None, fx=wide, fy=high, interpolation=cv2.INTER_LINEAR)
    return _slid(part, (x - left) * wide, (y - top) * high, size)


def _slid(picture: Bytes, dx: float, dy: float, size: tuple[int, int]) -> Bytes:
    """The part of `picture` of `size` whose corner is at (dx, dy)."""
    width, height = size
    x, y = round(dx), round(dy)
    inside = min(x, y) >= 0 and x + width <= picture.shape[1] and y + height <= picture.shape[0]
    if inside and abs(dx - x) < _FILTER and abs(dy - y) < _FILTER:
        return picture[y : y + height, x : x + width]
    slid: Bytes = cv2.getRectSubPix(picture, size, (dx + (width - 1) / 2, dy + (height - 1) / 2))
    return slid


def _warped(picture: Bytes, matrix: Matrix, size: tuple[int, int], border: int) -> Bytes:
    warped: Bytes = cv2.warpAffine(picture, matrix, size, flags=cv2.INTER_LINEAR, borderMode=border)
    return warped


def _padded(picture: Bytes, by: int, border: int) -> Bytes:
    padded: Bytes = cv2.copyMakeBorder(picture, by, by, by, by, border)
    return padded


def _for_halved(matrix: Matrix) -> Matrix:
    """The same motion between pictures of half the size, whose pixels sit between the big ones."""
    half = matrix.copy()
    half[:, 2] = (matrix[:, :2] @ (0.5, 0.5) + matrix[:, 2] - 0.5) / 2
    return half


def cut_out(rgb: Bytes, alpha: Bytes) -> Bytes:
    """Premultiplied RGBA from straight RGB and alpha, all uint8."""
    picture: Bytes = cv2.merge([*(cv2.multiply(part, alpha, scale=1 / 255) for part in cv2.split(rgb)), alpha])
    return picture
