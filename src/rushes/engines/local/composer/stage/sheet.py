"""Cut-out pictures that are drawn, shifted and scaled, straight into I420 frames (BT.709, limited range).

Brightness is kept at full size and colour at half size, as in the frame itself. Whatever only slides takes
a path that is several times faster than a general warp.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from functools import partial
from typing import Generic, NamedTuple, TypeVar

import cv2
import numpy as np

from rushes.engines.local.composer.stage.warp import (
    Bytes,
    Fan,
    Matrix,
    for_halved,
    is_slanted,
    is_straight,
    moved,
    resized,
    slid,
    warped,
)
from rushes.engines.local.composer.stage.yuv import clear_of, halved, opaque, yuv_of

Slide = Callable[[float, float, tuple[int, int]], Bytes]
"""Answers the part of a picture whose corner is at (dx, dy), of this size."""
T = TypeVar("T")
U = TypeVar("U")
_PAD = 8
"""Sheets carry this much border, so that interpolation never reads past their edge."""
_WORTH = 24
"""So many opaque rows are worth a sheet of their own."""
_FRAMES = 1.6
"""A copy is worth making when it does for so many frames."""
_SLACK = 0.125
"""A copy made for another frame is good enough while no part of it is off by more than this, in pixels."""


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


class _Planes(NamedTuple, Generic[T]):
    """A picture as the frame has it, padded; `clear` is how much of what lies below shows: 255 - alpha."""

    light: T
    blue: T
    red: T
    clear: T | None = None
    clear_half: T | None = None

    def each(self, change: Callable[[T, int], U]) -> _Planes[U]:
        """All of them changed; `change` is told how often smaller than the frame a plane is: 1 or 2."""
        clear = None if self.clear is None else change(self.clear, 1)
        clear_half = None if self.clear_half is None else change(self.clear_half, 2)
        return _Planes(change(self.light, 1), change(self.blue, 2), change(self.red, 2), clear, clear_half)


class _Copy(NamedTuple):
    """A whole sheet, scaled and turned: what is at (u, v) of its padded picture is at `linear` @ (u, v) + (x, y)."""

    steps: tuple[int, ...]
    linear: tuple[float, ...]
    x: float
    y: float
    planes: _Planes[Slide]


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
        self._fans: _Planes[Fan] | None = None
        self._pack: Bytes | None = None
        self._copy: _Copy | None = None
        self._linear = (1.0, 0.0, 0.0, 1.0)

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
        (a, b, x), (c, d, y) = matrix.tolist()
        u, v = self.left - _PAD, self.top - _PAD
        own = np.array([[a, b, a * u + b * v + x - left], [c, d, c * u + d * v + y - top]])
        shown = self._shown(own, size)
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
            self._base = Sheet(opaque(picture[solid:last, start:end]), left + start, top + solid)
            # Some rows more, so that no seam shows when both are scaled.
            last = min(last, max(solid, first) + 4)
        return picture[first:last, start:end], left + start, top + first

    def _shown(self, own: Matrix, size: tuple[int, int]) -> _Planes[Bytes]:
        """The part of `size` that `own` shows. While it scales and turns slowly, one copy does for some frames."""
        (a, b, x), (c, d, y) = own.tolist()
        step = 4 * _SLACK / max(self.width, self.height)
        before, self._linear = self._linear, (a, b, c, d)
        if max(map(abs, map(operator.sub, self._linear, before))) > step / _FRAMES:
            return self._exactly(own, size)
        steps = (round((a - 1) / step), round(b / step), round(c / step), round((d - 1) / step))
        if self._copy is None or self._copy.steps != steps:
            self._copy = self._copied(steps, step)
        # The middle of what is seen stays where it belongs.
        dx, dy, area = size[0] / 2 - x, size[1] / 2 - y, a * d - b * c
        u, v = (d * dx - b * dy) / area, (a * dy - c * dx) / area
        _, (a, b, c, d), x, y, planes = self._copy
        dx, dy = a * u + b * v + x - size[0] / 2, c * u + d * v + y - size[1] / 2
        return planes.each(lambda slide, scale: slide(dx / scale, dy / scale, (size[0] // scale, size[1] // scale)))

    def _copied(self, steps: tuple[int, ...], step: float) -> _Copy:
        """The whole sheet for motions that are so many steps off from standing still."""
        a, b, c, d = linear = (1 + steps[0] * step, steps[1] * step, steps[2] * step, 1 + steps[3] * step)
        if not any(steps):
            return _Copy(steps, linear, 0.0, 0.0, self._plain().each(lambda fan, _: fan.slid))
        matrix = np.array([[a, b, 0.0], [c, d, 0.0]])
        if is_straight(matrix):
            # Scaling is around the corners of pixels, matrices are around their middles.
            scaled = self._plain().each(lambda fan, _: resized(fan.picture, a, d))
            return _Copy(steps, linear, (a - 1) / 2, (d - 1) / 2, _slides(scaled))
        wide, high = self.width + 2 * _PAD, self.height + 2 * _PAD
        x, y = max(0.0, -a * wide) + max(0.0, -b * high), max(0.0, -c * wide) + max(0.0, -d * high)
        right, foot = max(0.0, a * wide) + max(0.0, b * high), max(0.0, c * wide) + max(0.0, d * high)
        matrix[:, 2] = x, y
        turned = self._exactly(matrix, (2 * math.ceil((x + right) / 2), 2 * math.ceil((y + foot) / 2)))
        return _Copy(steps, linear, x, y, _slides(turned))

    def _exactly(self, own: Matrix, size: tuple[int, int]) -> _Planes[Bytes]:
        """The part of `size` that `own` shows, made for this frame alone."""
        half, half_size = for_halved(own), (size[0] // 2, size[1] // 2)
        if is_straight(own):
            # Colour and how much of it shows keep in step: halving the big planes' would leave coloured fringes.
            return self._plain().each(
                lambda fan, scale: fan.scaled(*((own, size) if scale == 1 else (half, half_size)))
            )
        if self._picture.shape[2] == 4:
            return self._turned(own, size)
        if is_slanted(own) and is_slanted(half):
            light, blue, red, *_ = self._plain()
            return _Planes(light.slanted(own, size), blue.slanted(half, half_size), red.slanted(half, half_size))
        return self._turned_opaque(own, size)

    def _plain(self) -> _Planes[Fan]:
        if self._fans is None:
            self._fans = _planes(self._picture).each(lambda plane, _: Fan(plane))
        return self._fans

    def _turned(self, own: Matrix, size: tuple[int, int]) -> _Planes[Bytes]:
        """A cut-out turned or slanted. Four channels warp almost as fast as one."""
        if self._pack is None:
            self._pack = _packed(self._picture)
        # Colour is warped at full size and halved afterwards.
        full = warped(self._pack, own, size, cv2.BORDER_CONSTANT, (0, 0, 0, 255))
        _, blue, red, clear_half = cv2.split(halved(full))
        return _Planes(cv2.extractChannel(full, 0), blue, red, cv2.extractChannel(full, 3), clear_half)

    def _turned_opaque(self, own: Matrix, size: tuple[int, int]) -> _Planes[Bytes]:
        light, blue, red, *_ = self._plain()
        if self._pack is None:
            self._pack = cv2.merge([blue.picture, red.picture] * 2)
        half = warped(self._pack, for_halved(own), (size[0] // 2, size[1] // 2), cv2.BORDER_REPLICATE)
        full = warped(light.picture, own, size, cv2.BORDER_REPLICATE)
        return _Planes(full, cv2.extractChannel(half, 0), cv2.extractChannel(half, 1))

    def _reach(self, frame: Frame, matrix: Matrix) -> tuple[int, int, int, int]:
        """The even-sided part of the frame that the sheet touches."""
        (a, b, x), (c, d, y) = matrix.tolist()
        right, bottom = self.left + self.width, self.top + self.height
        across, down = (a * self.left, a * right), (d * self.top, d * bottom)
        leaning, rising = (b * self.top, b * bottom), (c * self.left, c * right)
        return (
            max(0, math.floor(x + min(across) + min(leaning))) & ~1,
            max(0, math.floor(y + min(down) + min(rising))) & ~1,
            min(frame.width, (math.ceil(x + max(across) + max(leaning)) + 1) & ~1),
            min(frame.height, (math.ceil(y + max(down) + max(rising)) + 1) & ~1),
        )


def _slides(planes: _Planes[Bytes]) -> _Planes[Slide]:
    return planes.each(lambda part, _: partial(slid, part))


def _lay(below: Bytes, above: Bytes, clear: Bytes | None) -> None:
    """Lay an opaque (`clear` is None) or premultiplied picture over another, in place."""
    if clear is None:
        below[:] = above
        return
    cv2.multiply(below, clear, dst=below, scale=1 / 255)
    cv2.add(below, above, dst=below)


def _planes(picture: Bytes) -> _Planes[Bytes]:
    half = halved(picture)
    light, blue, red = yuv_of(picture)[0], *yuv_of(half)[1:]
    if picture.shape[2] == 3:
        around = cv2.BORDER_REPLICATE
        return _Planes(_padded(light, _PAD, around), _padded(blue, _PAD // 2, around), _padded(red, _PAD // 2, around))
    return _Planes(
        _padded(light, _PAD),
        _padded(blue, _PAD // 2),
        _padded(red, _PAD // 2),
        _padded(clear_of(picture), _PAD, around=255),
        _padded(clear_of(half), _PAD // 2, around=255),
    )


def _packed(picture: Bytes) -> Bytes:
    """Brightness, colour and clearness of a picture at full size, as the channels of one, padded."""
    opaque = picture.shape[2] == 3
    planes = yuv_of(picture)
    if opaque:
        return _padded(cv2.merge([*planes, planes[0]]), _PAD, cv2.BORDER_REPLICATE)
    return _padded(cv2.merge([*planes, clear_of(picture)]), _PAD, around=(0, 0, 0, 255))


def _padded(picture: Bytes, by: int, border: int = cv2.BORDER_CONSTANT, around: int | tuple[int, ...] = 0) -> Bytes:
    padded: Bytes = cv2.copyMakeBorder(picture, by, by, by, by, border, value=around)
    return padded
