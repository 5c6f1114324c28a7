"""What follows what in a clip: frames that only repeat the one before, as in drawn films, do not count as its pace."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import cv2
import numpy as np
from msgspec import Struct

from rushes.media.footage import Shot
from rushes.media.planes import Picture, Planes

_REPEATED = 2.0
"""Levels by which a repeated frame may differ, as a mean over a block of the picture: what an encoder leaves."""
_BLOCK = 8
_HOLD = Fraction(17, 100)
"""Seconds for which a drawing of a moving thing is repeated at most ("on fours"). What lasts longer stands still."""


class Step(Struct, frozen=True):
    """Two frames that follow each other; `still` where they show the same."""

    first: Shot
    last: Shot
    still: bool = False


def steps(shots: Iterator[Shot]) -> Iterator[Step]:
    """A clip's steps, each beginning where the one before ends. Repeated frames between two that differ are left out.

    The end of the last frame is the end of the last step, a still one. At most three frames are held.
    """
    first = next(shots, None)
    if first is None:
        return
    rest: Shot | None = None
    stood = False
    final = first
    for shot in shots:
        final = shot
        if same(first.planes, shot.planes):
            rest = shot
            if shot.start - first.start > _HOLD:
                yield Step(first, shot, still=True)
                first, rest, stood = shot, None, True
            continue
        if rest is not None and stood:
            # It stood still until here, and moves from now on.
            yield Step(first, rest, still=True)
            first = rest
        yield Step(first, shot)
        first, rest, stood = shot, None, False
    end = Shot(final.planes, final.until, final.until)
    yield Step(first, end, still=True)


def same(one: Planes, other: Planes) -> bool:
    """Whether a frame only repeats another."""
    return max(_apart(one.light, other.light), _apart(one.colour, other.colour)) < _REPEATED


def _apart(one: Picture, other: Picture) -> float:
    """The most that two pictures differ in a block."""
    height, width = one.shape[:2]
    size = (max(1, width // _BLOCK), max(1, height // _BLOCK))
    before, after = (
        cv2.resize(picture, size, interpolation=cv2.INTER_AREA).astype(np.float32) for picture in (one, other)
    )
    return float(cv2.absdiff(before, after).max())
