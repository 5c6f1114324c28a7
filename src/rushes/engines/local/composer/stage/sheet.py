"""Cut-out pictures that are drawn, shifted and scaled, straight into I420 frames (BT.709, limited range).

Brightness is kept at full size and colour at half size, as in the frame itself. Whatever only slides takes
a path that is several times faster than a general warp.
"""

from __future__ import annotations

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
_FILTER = 1 / 64
"""Offsets nearer to a whole pixel than this are not worth interpolating."""


class Frame:
    """An I420 picture, uint8 (h * 3 / 2, w), with views of its three parts."""

    def __init__(self, width: int, height: int) -> None:
        self.width, self.height = width, height
        self.data: Bytes = np.empty((height * 3 // 2, width), np.uint8)
        self.light = self.data[:height]
        self.blue, self.red = self.data[height:].reshape(2, height // 2, width // 2)


class Sheet:
    """One picture with its place on the stage: `left`, `top` of its corner at rest, even, in pixels."""

    def __init__(self, picture: Bytes, left: int = 0, top: int = 0) -> None:
        """picture: uint8, even sizes: opaque RGB (h, w, 3), or premultiplied RGBA (h, w, 4)."""
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
        self._light: Bytes = cv2.transform(picture, matrix[:1])
        self._blue: Bytes = cv2.transform(half, matrix[1:2])
        self._red: Bytes = cv2.transform(half, matrix[2:])
        self._packs: tuple[Bytes, Bytes] | None = None

    def paint(self, frame: Frame, matrix: Matrix) -> None:
        """Draw into a frame; parts outside are clipped, an opaque sheet is continued by its edge."""
        left, top, right, bottom = self._reach(frame, matrix)
        if right - left < 2 or bottom - top < 2:
            return
        box = (left, top, right, bottom)
        own = matrix.copy()
        own[:, 2] += matrix[:, :2] @ (self.left, self.top) - (left, top)
        size = (right - left, bottom - top)
        slides = abs(own[0, 0] - 1) < 1e-5 and abs(own[1, 1] - 1) < 1e-5
        if slides and abs(own[0, 1]) < 1e-5 and abs(own[1, 0]) < 1e-5:
            self._slide(frame, box, size, own)
        else:
            self._warp(frame, box, size, own)

    def _slide(self, frame: Frame, box: tuple[int, int, int, int], size: tuple[int, int], own: Matrix) -> None:
        dx, dy = -own[0, 2], -own[1, 2]
        half_size = (size[0] // 2, size[1] // 2)
        light = _slid(self._light, dx, dy, size)
        blue, red = (_slid(part, dx / 2, dy / 2, half_size) for part in (self._blue, self._red))
        if self._alpha is None or self._alpha_half is None:
            _put(frame, box, light, blue, red)
            return
        alpha = _slid(self._alpha, dx, dy, size)
        _blend(frame, box, light, alpha, blue, red, _slid(self._alpha_half, dx / 2, dy / 2, half_size))

    def _warp(self, frame: Frame, box: tuple[int, int, int, int], size: tuple[int, int], own: Matrix) -> None:
        half_size = (size[0] // 2, size[1] // 2)
        half = _for_halved(own)
        if self._alpha is None or self._alpha_half is None:
            light = _warped(self._light, own, size, cv2.BORDER_REPLICATE)
            blue, red = (_warped(part, half, half_size, cv2.BORDER_REPLICATE) for part in (self._blue, self._red))
            _put(frame, box, light, blue, red)
            return
        if self._packs is None:
            # Four channels warp almost as fast as one.
            zero = np.zeros_like(self._alpha)
            full = cv2.merge([self._light, self._alpha, zero, zero])
            small = cv2.merge([self._blue, self._red, self._alpha_half, np.zeros_like(self._alpha_half)])
            self._packs = (full, small)
        light, alpha, _, _ = cv2.split(_warped(self._packs[0], own, size, cv2.BORDER_CONSTANT))
        blue, red, alpha_half, _ = cv2.split(_warped(self._packs[1], half, half_size, cv2.BORDER_CONSTANT))
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


def _slid(picture: Bytes, dx: float, dy: float, size: tuple[int, int]) -> Bytes:
    """The part of `picture` of `size` whose corner is at (dx, dy)."""
    width, height = size
    x, y = round(dx), round(dy)
    inside = x >= 0 and y >= 0 and x + width <= picture.shape[1] and y + height <= picture.shape[0]
    if inside and abs(dx - x) < _FILTER and abs(dy - y) < _FILTER:
        return picture[y : y + height, x : x + width]
    slid: Bytes = cv2.getRectSubPix(picture, size, (dx + (width - 1) / 2, dy + (height - 1) / 2))
    return slid


def _warped(picture: Bytes, matrix: Matrix, size: tuple[int, int], border: int) -> Bytes:
    warped: Bytes = cv2.warpAffine(picture, matrix, size, flags=cv2.INTER_LINEAR, borderMode=border)
    return warped


def _for_halved(matrix: Matrix) -> Matrix:
    """The same motion between pictures of half the size, whose pixels sit between the big ones."""
    half = matrix.copy()
    half[:, 2] = (matrix[:, :2] @ (0.5, 0.5) + matrix[:, 2] - 0.5) / 2
    return half


def cut_out(rgb: Bytes, alpha: Bytes) -> Bytes:
    """Premultiplied RGBA from straight RGB and alpha, all uint8."""
    picture: Bytes = cv2.merge([*(cv2.multiply(part, alpha, scale=1 / 255) for part in cv2.split(rgb)), alpha])
    return picture
