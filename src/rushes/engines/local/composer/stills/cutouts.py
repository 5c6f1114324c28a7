"""The subjects of a scene by themselves, on nothing: for stickers, icons and pictures of products."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from rushes.engines.local.composer.spec import Subject

Picture = NDArray[np.uint8]
_SHARE = 0.86
"""How much of the picture the subjects fill."""
_GAP = 0.06
"""Between neighbours, as a share of the row's height."""
_MOST = 12
_ROWS = 4


def subjects_only(
    subjects: Sequence[Subject], width: int, height: int, art: Callable[[Subject, int], Picture], seed: int
) -> Picture:
    """The subjects in rows as RGBA uint8 (height, width, 4), straight alpha, on a clear ground.

    The seed mirrors and mixes them. Raises ValueError without a subject.
    """
    if not subjects:
        raise ValueError("there is no subject")
    dice = np.random.default_rng([seed, 12])
    shown = [subject for subject in subjects for _ in range(max(1, subject.count))][:_MOST]
    dice.shuffle(shown)
    # Large things stay larger than small ones, yet a mouse beside a house is still seen.
    tall = [subject.height**0.5 * float(dice.uniform(0.92, 1.0)) for subject in shown]
    ratio = [_first(art(subject, 64)).shape[1] / 64 for subject in shown]
    rows, unit = _arranged(tall, ratio, _SHARE * width, _SHARE * height)
    sheet = np.zeros((height, width, 4), np.uint8)
    high = [max(tall[index] for index in row) * unit for row in rows]
    foot = (height - sum(high)) / 2
    for row, row_height in zip(rows, high, strict=True):
        foot += row_height
        gap = _GAP * row_height
        left = (width - sum(tall[index] * ratio[index] * unit for index in row) - gap * (len(row) - 1)) / 2
        for index in row:
            drawn = _first(art(shown[index], max(1, round(tall[index] * unit))))
            mirrored = dice.random() < 0.5 and shown[index].faces != "front"
            _put(sheet, drawn[:, ::-1] if mirrored else drawn, round(left), round(foot - drawn.shape[0]))
            left += drawn.shape[1] + gap
    return sheet


def _arranged(tall: list[float], ratio: list[float], width: float, height: float) -> tuple[list[list[int]], float]:
    """The rows (of indices) in which everything is largest, and how many pixels a height of 1 then has."""
    best: tuple[list[list[int]], float] = ([], 0.0)
    for count in range(1, min(_ROWS, len(tall)) + 1):
        rows = [list(part) for part in np.array_split(np.arange(len(tall)), count)]
        across = [
            sum(tall[index] * ratio[index] for index in row) + _GAP * (len(row) - 1) * max(tall[index] for index in row)
            for row in rows
        ]
        down = sum(max(tall[index] for index in row) for row in rows)
        unit = min(width / max(across), height / down)
        if unit > best[1]:
            best = (rows, unit)
    return best


def _first(art: Picture) -> Picture:
    return art[0] if art.ndim == 4 else art


def _put(sheet: Picture, art: Picture, left: int, top: int) -> None:
    """Lay straight RGBA onto another, clipped; neighbours do not overlap, so the denser pixel wins."""
    x0, y0 = max(0, left), max(0, top)
    x1, y1 = min(sheet.shape[1], left + art.shape[1]), min(sheet.shape[0], top + art.shape[0])
    if x1 <= x0 or y1 <= y0:
        return
    above, below = art[y0 - top : y1 - top, x0 - left : x1 - left], sheet[y0:y1, x0:x1]
    below[:] = np.where(above[..., 3:] > below[..., 3:], above, below)
