"""Cut-out pictures that are drawn, shifted and scaled, straight into I420 frames (BT.709, limited range).

Brightness is kept at full size and colour at half size, as in the frame itself. Whatever only slides takes
a path that is several times faster than a general warp.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import cv2
import numpy as np

from rushes.engines.local.composer.stage.warp import (
    Bytes,
    Matrix,
    for_halved,
    is_straight,
    moved,
    resized,
    slid,
    warped,
)

TO_YUV = np.array(
    [[0.1826, 0.6142, 0.0620, 16.0], [-0.1006, -0.3386, 0.4392, 128.0], [0.4392, -0.3989, -0.0403, 128.0]]
)
"""From red, green, blue to BT.709; the last column is added."""
_PAD = 8
"""Sheets carry this much border, so that interpolation never reads past their edge."""
_WORTH = 24
"""So many opaque rows are worth a sheet of their own."""
_SLACK = 0.125
"""A copy scaled for another frame is good enough while no part of it is off by more than this, in pixels."""


class Frame:
    """An I420 picture, uint8 (h * 3 / 2, w), with views of its three parts."""

    def __init__(self, width: int, height: int, data: Bytes | None = None) -> None:
        """data: a picture to draw onto, contiguous; a black-green one is made when None."""
        self.width, self.height = width, height
        self.data: Bytes = np.zeros((height * 3 // 2, width), np.uint8) if data is None else data
        self.light = self.data[:height]
        self.blue, self.red = self.data[height:].reshape(2, height // 2, width // 2)

    def through(self, matrix: Matrix) -> None:
        """Move the whole picture, its edges continued."""
        half = for_halved(matrix)
        for part, move in ((self.light, matrix), (self.blue, half), (self.red, half)):
            part[:] = moved(part, move, (part.shape[1], part.shape[0]))


class _Planes(NamedTuple):
    """A picture as the frame has it, padded; `clear` is how much of what lies below shows: 255 - alpha."""

    light: Bytes
    blue: Bytes
    red: Bytes
    clear: Bytes | None = None
    clear_half: Bytes | None = None

    def each(self, change: Callable[[Bytes, int], Bytes]) -> _Planes:
        """All of them changed; `change` is told how often smaller than the frame a plane is: 1 or 2."""
        clear = None if self.clear is None else change(self.clear, 1)
        clear_half = None if self.clear_half is None else change(self.clear_half, 2)
        return _Planes(change(self.light, 1), change(self.blue, 2), change(self.red, 2), clear, clear_half)

    def moved(self, matrix: Matrix, size: tuple[int, int]) -> _Planes:
        """All of them through a matrix, cut to `size`."""
        half, half_size = for_halved(matrix), (size[0] // 2, size[1] // 2)
        return self.each(lambda part, scale: moved(part, *((matrix, size) if scale == 1 else (half, half_size))))


class Sheet:
    """One picture with its place on the stage: `left`, `top` of its corner at rest, even, in pixels."""

    def __init__(self, picture: Bytes, left: int = 0, top: int = 0) -> None:
        """picture: uint8, even sizes: opaque RGB (h, w, 3), or premultiplied RGBA (h, w, 4). It must not change
        afterwards: it is kept, not copied."""
        self._base: Sheet | None = None
        if picture.shape[2] == 4:
            picture, left, top = self._without_idle_parts(picture, left, top)
        self.left, self.top, self.height, self.width = left, top, *picture.shape[:2]
        self._picture = picture
        # Each is made when the first frame needs it: hardly any sheet needs them all.
        self._planes: _Planes | None = None
        self._scaled: tuple[tuple[int, int], _Planes] | None = None
        self._steps = (0, 0)
        self._pack: Bytes | None = None

    @property
    def box(self) -> tuple[int, int, int, int]:
        """What of the stage it covers at rest: left, top, right, bottom."""
        last = self._base or self
        return self.left, self.top, self.left + self.width, last.top + last.height

    def paint(self, frame: Frame, matrix: Matrix) -> None:
        """Draw into a frame; parts outside are clipped, an opaque sheet is continued by its edge."""
        if self._base is not None:
            self._base.paint(frame, matrix)
        left, top, right, bottom = self._reach(frame, matrix)
        if right - left < 2 or bottom - top < 2:
            return
        size = (right - left, bottom - top)
        own = matrix.copy()
        own[:, 2] += matrix[:, :2] @ (self.left - _PAD, self.top - _PAD) - (left, top)
        shown = self._straight(own, size) if is_straight(own) else self._turned(own, size)
        spot = np.s_[top // 2 : bottom // 2, left // 2 : right // 2]
        _lay(frame.light[top:bottom, left:right], shown.light, shown.clear)
        _lay(frame.blue[spot], shown.blue, shown.clear_half)
        _lay(frame.red[spot], shown.red, shown.clear_half)

    def _without_idle_parts(self, picture: Bytes, left: int, top: int) -> tuple[Bytes, int, int]:
        """Only the part of a cut-out that needs blending: opaque rows below it become a sheet of their own."""
        alpha = cv2.extractChannel(picture, 3)
        rows, columns = np.nonzero(alpha.max(axis=1))[0], np.nonzero(alpha.max(axis=0))[0]
        if not rows.size:
            return picture[:2], left, top
        first, last = int(rows[0]) & ~1, (int(rows[-1]) + 2) & ~1
        start, end = int(columns[0]) & ~1, (int(columns[-1]) + 2) & ~1
        clear = np.nonzero(alpha[:last, start:end].min(axis=1) < 255)[0]
        solid = (int(clear[-1]) + 2 if clear.size else 0) & ~1
        if last - solid >= _WORTH:
            self._base = Sheet(_opaque(picture[solid:last, start:end]), left + start, top + solid)
            # Some rows more, so that no seam shows when both are scaled.
            last = min(last, max(solid, first) + 4)
        return picture[first:last, start:end], left + start, top + first

    def _straight(self, own: Matrix, size: tuple[int, int]) -> _Planes:
        """What is neither turned nor slanted is scaled and slid; scaling slowly, one copy does for some frames."""
        if self._planes is None:
            self._planes = _planes(self._picture)
        wide, high, x, y = float(own[0, 0]), float(own[1, 1]), float(own[0, 2]), float(own[1, 2])
        step = 4 * _SLACK / max(self.width, self.height)
        before, self._steps = self._steps, (round((wide - 1) / step), round((high - 1) / step))
        if max(abs(self._steps[0] - before[0]), abs(self._steps[1] - before[1])) > 1:
            return self._planes.moved(own, size)
        planes = self._planes
        # The middle of what is seen stays where it belongs.
        middle_x, middle_y = (size[0] / 2 - x) / wide, (size[1] / 2 - y) / high
        wide, high = 1 + self._steps[0] * step, 1 + self._steps[1] * step
        if self._steps != (0, 0):
            if self._scaled is None or self._scaled[0] != self._steps:
                self._scaled = (self._steps, planes.each(lambda part, _: resized(part, wide, high)))
            planes = self._scaled[1]
        # Scaling is around the corners of pixels, matrices are around their middles.
        dx, dy = (wide - 1) / 2 - size[0] / 2 + middle_x * wide, (high - 1) / 2 - size[1] / 2 + middle_y * high
        return planes.each(lambda part, scale: slid(part, dx / scale, dy / scale, (size[0] // scale, size[1] // scale)))

    def _turned(self, own: Matrix, size: tuple[int, int]) -> _Planes:
        """What is turned or slanted. Four channels warp almost as fast as one."""
        if self._picture.shape[2] == 3:
            return self._turned_opaque(own, size)
        if self._pack is None:
            self._pack = _packed(self._picture)
        # Colour is warped at full size and halved afterwards.
        full = warped(self._pack, own, size, cv2.BORDER_CONSTANT, (0, 0, 0, 255))
        _, blue, red, clear_half = cv2.split(halved(full))
        return _Planes(cv2.extractChannel(full, 0), blue, red, cv2.extractChannel(full, 3), clear_half)

    def _turned_opaque(self, own: Matrix, size: tuple[int, int]) -> _Planes:
        if self._planes is None:
            self._planes = _planes(self._picture)
        if self._pack is None:
            blue, red = self._planes.blue, self._planes.red
            self._pack = cv2.merge([blue, red, blue, red])
        light = warped(self._planes.light, own, size, cv2.BORDER_REPLICATE)
        half = warped(self._pack, for_halved(own), (size[0] // 2, size[1] // 2), cv2.BORDER_REPLICATE)
        return _Planes(light, cv2.extractChannel(half, 0), cv2.extractChannel(half, 1))

    def _reach(self, frame: Frame, matrix: Matrix) -> tuple[int, int, int, int]:
        """The even-sided part of the frame that the sheet touches."""
        (a, b, x), (c, d, y) = matrix.tolist()
        left, top, right, bottom = self.left, self.top, self.left + self.width, self.top + self.height
        return (
            max(0, math.floor(x + min(a * left, a * right) + min(b * top, b * bottom))) & ~1,
            max(0, math.floor(y + min(c * left, c * right) + min(d * top, d * bottom))) & ~1,
            min(frame.width, (math.ceil(x + max(a * left, a * right) + max(b * top, b * bottom)) + 1) & ~1),
            min(frame.height, (math.ceil(y + max(c * left, c * right) + max(d * top, d * bottom)) + 1) & ~1),
        )


def _lay(below: Bytes, above: Bytes, clear: Bytes | None) -> None:
    """Lay an opaque (`clear` is None) or premultiplied picture over another, in place."""
    if clear is None:
        below[:] = above
        return
    cv2.multiply(below, clear, dst=below, scale=1 / 255)
    cv2.add(below, above, dst=below)


def _planes(picture: Bytes) -> _Planes:
    half = halved(picture)
    light, blue, red = _yuv(picture)[0], *_yuv(half)[1:]
    if picture.shape[2] == 3:
        around = cv2.BORDER_REPLICATE
        return _Planes(_padded(light, _PAD, around), _padded(blue, _PAD // 2, around), _padded(red, _PAD // 2, around))
    return _Planes(
        _padded(light, _PAD),
        _padded(blue, _PAD // 2),
        _padded(red, _PAD // 2),
        _padded(_clear(picture), _PAD, around=255),
        _padded(_clear(half), _PAD // 2, around=255),
    )


def _packed(picture: Bytes) -> Bytes:
    """Brightness, colour and clearness of a picture at full size, as the channels of one, padded."""
    opaque = picture.shape[2] == 3
    planes = _yuv(picture)
    if opaque:
        return _padded(cv2.merge([*planes, planes[0]]), _PAD, cv2.BORDER_REPLICATE)
    return _padded(cv2.merge([*planes, _clear(picture)]), _PAD, around=(0, 0, 0, 255))


def _yuv(picture: Bytes) -> list[Bytes]:
    """Y, U and V of RGB, or of premultiplied RGBA: then premultiplied themselves."""
    if picture.shape[2] == 3:
        return list(cv2.split(cv2.transform(picture, TO_YUV)))
    # OpenCV is fast from three channels to three only. The offsets are too high where alpha is not full.
    clear = _clear(picture)
    parts = cv2.split(cv2.transform(_opaque(picture), TO_YUV))
    return [
        cv2.addWeighted(part, 1.0, clear, -offset / 255, 0)
        for part, offset in zip(parts, TO_YUV[:, 3].tolist(), strict=True)
    ]


def _clear(picture: Bytes) -> Bytes:
    clear: Bytes = cv2.bitwise_not(cv2.extractChannel(picture, 3))
    return clear


def _opaque(picture: Bytes) -> Bytes:
    """RGBA without alpha."""
    rgb: Bytes = cv2.cvtColor(picture, cv2.COLOR_RGBA2RGB)
    return rgb


def halved(picture: Bytes) -> Bytes:
    half: Bytes = cv2.resize(picture, (picture.shape[1] // 2, picture.shape[0] // 2), interpolation=cv2.INTER_AREA)
    return half


def _padded(picture: Bytes, by: int, border: int = cv2.BORDER_CONSTANT, around: int | tuple[int, ...] = 0) -> Bytes:
    padded: Bytes = cv2.copyMakeBorder(picture, by, by, by, by, border, value=around)
    return padded


def cut_out(rgb: Bytes, alpha: Bytes) -> Bytes:
    """Premultiplied RGBA from straight RGB and alpha, all uint8."""
    picture: Bytes = cv2.merge([*(cv2.multiply(part, alpha, scale=1 / 255) for part in cv2.split(rgb)), alpha])
    return picture
