"""Drawing shapes with smooth edges onto a transparent picture."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from rushes.engines.local.composer.stage.palette import Tone
from rushes.engines.local.composer.stage.warp import Bytes

_SHIFT = 4
"""Points are given to OpenCV in sixteenths of a pixel."""
_CORNERS, _CORNERS_SMALL, _SMALL = 28, 16, 8
"""Of an ellipse that is one of many: as round as an exact one at these sizes, in two thirds of the time. What is
smaller than some pixels needs fewer."""


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

    def ellipses(
        self,
        places: NDArray[np.floating],
        halves: NDArray[np.floating],
        turns: NDArray[np.floating],
        colours: NDArray[np.floating],
    ) -> None:
        """Many small filled ellipses, one over the other: places, half axes (n, 2), turns in radians (n,)."""
        corners = _CORNERS_SMALL if halves.max(initial=0.0) < _SMALL else _CORNERS
        at = np.linspace(0, 2 * np.pi, corners, endpoint=False)
        across, down = halves[:, :1] * np.cos(at), halves[:, 1:] * np.sin(at)
        cos, sin = np.cos(turns)[:, None], np.sin(turns)[:, None]
        rings = np.stack([across * cos - down * sin, across * sin + down * cos], axis=-1)
        self.facets(rings + places[:, None], colours)

    def facets(self, corners: NDArray[np.floating], colours: NDArray[np.floating]) -> None:
        """Many filled convex shapes, one over the other: corners (n, corners of one, 2), colours (n, 3) in 0–1."""
        fixed = np.round(corners * (1 << _SHIFT)).astype(np.int32)
        paints = np.clip(colours * 255, 0, 255).tolist()
        for shape, (red, green, blue) in zip(fixed, paints, strict=True):
            cv2.fillConvexPoly(self.data, shape, (red, green, blue, 255.0), cv2.LINE_AA, _SHIFT)

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

    def boxes(self, columns: NDArray[np.floating], rows: NDArray[np.floating], colours: NDArray[np.floating]) -> None:
        """A grid of boxes on whole pixels: left and right edges (m, 2), tops and feet (n, 2), colours (n, m, 3)."""
        (ys, row), (xs, column) = _within(rows, self.height), _within(columns, self.width)
        paints = np.full((*colours.shape[:2], 4), 255, np.uint8)
        paints[..., :3] = np.clip(colours * 255, 0, 255)
        self.data[np.ix_(ys, xs)] = paints[np.ix_(row, column)]

    def stamp(self, picture: Bytes, x: float, y: float, height: float, *, mirror: bool = False) -> None:
        """Lay a premultiplied picture over this one, scaled to `height`, the middle of its foot at (x, y)."""
        high = max(2, round(height))
        wide = max(2, round(picture.shape[1] * high / picture.shape[0]))
        # Averaging is slow: it is for what shrinks so much that plain interpolation would leave pixels out.
        small = high < 0.6 * picture.shape[0]
        scaled = cv2.resize(picture, (wide, high), interpolation=cv2.INTER_AREA if small else cv2.INTER_LINEAR)
        self.over(cv2.flip(scaled, 1) if mirror else scaled, round(x - wide / 2), round(y - high))

    def over(self, picture: Bytes, left: int, top: int) -> None:
        """Lay a premultiplied picture over this one, its corner at (left, top), clipped."""
        x0, y0 = max(0, left), max(0, top)
        x1, y1 = min(self.width, left + picture.shape[1]), min(self.height, top + picture.shape[0])
        if x1 <= x0 or y1 <= y0:
            return
        above = picture[y0 - top : y1 - top, x0 - left : x1 - left]
        below = self.data[y0:y1, x0:x1]
        clear = cv2.bitwise_not(cv2.extractChannel(above, 3))
        cv2.multiply(below, cv2.merge([clear] * 4), dst=below, scale=1 / 255)
        cv2.add(below, above, dst=below)


def lay(below: Bytes, above: Bytes) -> None:
    """Lay a premultiplied picture over an opaque RGB one of the same width, in place, row by row from the top."""
    rows = min(below.shape[0], above.shape[0])
    if rows > 0:
        above, shown = above[:rows], below[:rows]
        clear = cv2.bitwise_not(cv2.extractChannel(above, 3))
        cv2.multiply(shown, cv2.merge([clear] * 3), dst=shown, scale=1 / 255)
        cv2.add(shown, cv2.cvtColor(above, cv2.COLOR_RGBA2RGB), dst=shown)


def even_rows(picture: Bytes) -> Bytes:
    """A picture without its last row if their number is odd."""
    return picture[: picture.shape[0] & ~1]


def fade(picture: Bytes, colour: Tone, share: float) -> None:
    """Mix `share` of one colour into a premultiplied picture, in place."""
    *parts, alpha = cv2.split(picture)
    weights = (share * colour).tolist()
    mixed = [cv2.addWeighted(part, 1 - share, alpha, own, 0) for part, own in zip(parts, weights, strict=True)]
    cv2.merge([*mixed, alpha], dst=picture)


def _within(spans: NDArray[np.floating], limit: int) -> tuple[list[int], list[int]]:
    """All whole pixels of spans (n, 2) that are inside 0 to limit, and the span of each."""
    ends = np.clip(np.round(spans), 0, limit).astype(np.int64).tolist()
    pairs = [(at, index) for index, (start, end) in enumerate(ends) for at in range(start, end)]
    return [at for at, _ in pairs], [index for _, index in pairs]


def _paint(colour: Tone) -> tuple[float, float, float, float]:
    # As plain numbers: NumPy's own are slow one by one, and shapes are drawn by the thousand.
    red, green, blue = colour.tolist()
    return min(255.0, max(0.0, red * 255)), min(255.0, max(0.0, green * 255)), min(255.0, max(0.0, blue * 255)), 255.0
