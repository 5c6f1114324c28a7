"""Where subjects stand beside one another, so that none hides another more than it must."""

from __future__ import annotations

from collections.abc import Sequence

from rushes.engines.local.composer.spec import Subject

_FIRST, _LAST = 0.04, 0.96
_NARROW = 0.55
"""The smallest that a crowd is made so that all find room."""
_BESIDE = (-0.28, 0.29, -0.15, 0.16)
"""How far from the middle single things stand beside the main one, away from the light first."""
_FAR = 0.7


def together(subjects: Sequence[Subject]) -> list[int]:
    """Which kinds share the ground before the scenery, in the order of the prompt; [] where each has its own way.

    One group alone is strewn over the width, and single things stand around the main one.
    """
    near = [at for at, one in enumerate(subjects) if one.habitat not in ("air", "sky") and one.depth < _FAR]
    return near if len(near) > 1 and any(subjects[at].count > 1 for at in near) else []


def slots(widths: Sequence[float], counts: Sequence[int]) -> tuple[list[list[float]], float]:
    """The middles of every thing of every kind, as shares of the frame's width, and what their size is multiplied by.

    widths: of one thing of each kind, as shares of the frame's width.
    """
    needed = sum(width * count for width, count in zip(widths, counts, strict=True))
    scale = max(_NARROW, min(1.0, (_LAST - _FIRST) / max(needed, 1e-6)))
    room = (_LAST - _FIRST) / max(needed, 1e-6)
    at = _FIRST
    middles: list[list[float]] = []
    for width, count in zip(widths, counts, strict=True):
        middles.append([at + (index + 0.5) * width * room for index in range(count)])
        at += width * count * room
    return middles, scale


def beside(number: int, side: float) -> float:
    """Where the single thing of that number (0 first) stands; side: 1 where the main one is right of the middle."""
    return 0.5 + side * _BESIDE[number % len(_BESIDE)]
