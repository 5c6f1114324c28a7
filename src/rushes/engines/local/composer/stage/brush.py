"""Drawing shapes with smooth edges onto a transparent picture."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from rushes.engines.local.composer.stage.palette import Tone
from rushes.engines.local.composer.stage.sheet import Bytes

_SHIFT = 4
"""Points are given to OpenCV in sixteenths of a pixel."""


class Canvas:
    """A premultiplied RGBA picture, uint8 (h, w, 4), clear at first. Positions are (x, y) in pixels."""

    def __init__(self, width: int, height: int) -> None:
        self.width, self.height = width, height
        self.data: Bytes = np.zeros((height, width, 4), np.uint8)

    def polygon(self, points: NDArray[np.floating] | list[tuple[float, float]], colour: Tone) -> None:
        """A filled shape; points (n, 2)."""
        fixed = np.round(np.asarray(points, np.float64) * (1 << _SHIFT)).astype(np.int32)
        cv2.fillPoly(self.data, [fixed], _paint(colour), cv2.LINE_AA, _SHIFT)

    def ellipse(self, x: float, y: float, wide: float, high: float, colour: Tone, turn: float = 0.0) -> None:
        """A filled ellipse with half axes `wide`, `high`, turned by degrees."""
        one = 1 << _SHIFT
        cv2.ellipse(
            self.data, (round(x * one), round(y * one)), (max(8, round(wide * one)), max(8, round(high * one))),
            turn, 0, 360, _paint(colour), -1, cv2.LINE_AA, _SHIFT,
        )  # fmt: skip

    def stroke(self, points: NDArray[np.floating] | list[tuple[float, float]], colour: Tone, thick: float) -> None:
        """An open line through points (n, 2)."""
        fixed = np.round(np.asarray(points, np.float64) * (1 << _SHIFT)).astype(np.int32)
        cv2.polylines(self.data, [fixed], False, _paint(colour), max(1, round(thick)), cv2.LINE_AA, _SHIFT)

    def box(self, left: float, top: float, right: float, bottom: float, colour: Tone) -> None:
        """A filled rectangle on whole pixels, clipped to the picture."""
        x0, x1 = max(0, round(left)), min(self.width, round(right))
        y0, y1 = max(0, round(top)), min(self.height, round(bottom))
        if x1 > x0 and y1 > y0:
            self.data[y0:y1, x0:x1] = _paint(colour)

    def stamp(self, picture: Bytes, x: float, y: float, height: float, *, mirror: bool = False) -> None:
        """Lay a premultiplied picture over this one, scaled to `height`, the middle of its foot at (x, y)."""
        high = max(2, round(height))
        wide = max(2, round(picture.shape[1] * high / picture.shape[0]))
        scaled = cv2.resize(
            picture, (wide, high), interpolation=cv2.INTER_AREA if high < picture.shape[0] else cv2.INTER_LINEAR
        )
        self.over(np.ascontiguousarray(scaled[:, ::-1]) if mirror else scaled, round(x - wide / 2), round(y - high))

    def over(self, picture: Bytes, left: int, top: int) -> None:
        """Lay a premultiplied picture over this one, its corner at (left, top), clipped."""
        x0, y0 = max(0, left), max(0, top)
        x1, y1 = min(self.width, left + picture.shape[1]), min(self.height, top + picture.shape[0])
        if x1 <= x0 or y1 <= y0:
            return
        above = np.ascontiguousarray(picture[y0 - top : y1 - top, x0 - left : x1 - left])
        below = self.data[y0:y1, x0:x1]
        clear = cv2.cvtColor(255 - above[..., 3], cv2.COLOR_GRAY2BGRA)
        clear[..., 3] = 255 - above[..., 3]
        below[:] = cv2.add(cv2.multiply(np.ascontiguousarray(below), clear, scale=1 / 255), above)


def lay(below: Bytes, above: Bytes) -> None:
    """Lay a premultiplied picture over an opaque RGB one of the same width, in place, row by row from the top."""
    rows = min(below.shape[0], above.shape[0])
    if rows > 0:
        clear = cv2.cvtColor(255 - above[:rows, :, 3], cv2.COLOR_GRAY2BGR)
        below[:rows] = cv2.add(
            cv2.multiply(below[:rows], clear, scale=1 / 255), np.ascontiguousarray(above[:rows, :, :3])
        )


def even_rows(picture: Bytes) -> Bytes:
    """A picture without its last row if their number is odd."""
    return picture[: picture.shape[0] & ~1]


def fade(picture: Bytes, colour: Tone, share: float) -> None:
    """Mix `share` of one colour into a premultiplied picture, in place."""
    matrix = np.eye(4) * (1 - share, 1 - share, 1 - share, 1)
    matrix[:3, 3] = colour * share
    cv2.transform(picture, matrix, dst=picture)


def _paint(colour: Tone) -> tuple[float, float, float, float]:
    red, green, blue = (float(min(255.0, max(0.0, part * 255))) for part in colour)
    return red, green, blue, 255.0
