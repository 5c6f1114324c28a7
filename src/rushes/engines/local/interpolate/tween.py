"""The frames between two frames of a clip: what moves is moved, by the RIFE network.

The motion is found on small pictures and applied to the planes of the full-size ones, so that nothing is lost to a
change of colours. Where it is too fast for the usual size it is looked for on smaller pictures, where it is slower.
"""

from __future__ import annotations

from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from rushes.engines.local.composer.flow import STEP, Motion, MotionFinder, Picture, pulled
from rushes.media.planes import Colours, Planes, to_rgb

_SIDES = (640, 320)
"""Long sides, in pixels, at which motion is looked for."""
_FAST = 4.0
"""How much the two may differ, moved to the same moment, before the smaller size is tried, in levels."""
_OTHER, _STRANGE = 9.0, 0.5
"""A cut: moved to the same moment they differ by that much, and by that share of how they differ unmoved."""
_LIVELY = 45.0
"""Spread of brightness from which a picture is full of contrast; in a dull one, cuts are as much smaller."""


class Tween:
    """Two frames that follow each other. All times are shares of the way, 0 the first and 1 the last."""

    def __init__(
        self, finder: MotionFinder, first: Planes, last: Planes, colours: Colours, before: Tween | None = None
    ) -> None:
        """before: that of the step before this one, whose last frame need not be made small again."""
        self._finder, self._colours = finder, colours
        self._first, self._last = first, last
        known = before is not None and before._last is first
        self._small_first: Picture = (
            before._small_last if before is not None and known else _small(first, _SIDES[0], colours)
        )
        self._small_last: Picture = _small(last, _SIDES[0], colours)
        self._motions: dict[tuple[int, float], Motion] = {}

    @cached_property
    def apart(self) -> float:
        """How much the two differ as they are, in levels of 0-255."""
        return _differ(*self._halves)

    @cached_property
    def is_cut(self) -> bool:
        """Whether the two show different things, so that nothing is between them."""
        spread = max(float(picture.std()) for picture in self._halves)
        other = _OTHER * min(1.0, spread / _LIVELY)
        return self.apart > other and self._best[1] > max(other, _STRANGE * self.apart)

    def at(self, time: float) -> Planes:
        """The frame at a time between 0 and 1."""
        motion = self._found(self._best[0], time)
        parts = []
        for before, after in ((self._first.light, self._last.light), (self._first.colour, self._last.colour)):
            height, width = before.shape[:2]
            parts.append(_mix(before, after, motion.resized(width, height)))
        return Planes(*parts)

    @cached_property
    def _best(self) -> tuple[int, float]:
        """The size at which motion is found best, and how much the two still differ then, in levels."""
        best, left = 0, self._left(0)
        if left > _FAST and (other := self._left(1)) < left:
            best, left = 1, other
        return best, left

    def _left(self, index: int) -> float:
        motion = self._found(index, 0.5)
        first, last = self._halves
        if motion.share.shape != first.shape[:2]:
            motion = motion.resized(first.shape[1], first.shape[0])
        return _differ(pulled(first, motion.to_first), pulled(last, motion.to_last))

    def _found(self, index: int, time: float) -> Motion:
        key = (index, time)
        if key not in self._motions:
            pair = (self._small_first, self._small_last) if index == 0 else self._smaller
            self._motions[key] = self._finder.between(*pair, time)
        return self._motions[key]

    @cached_property
    def _smaller(self) -> tuple[Picture, Picture]:
        side = _SIDES[1]
        return _small(self._first, side, self._colours), _small(self._last, side, self._colours)

    @cached_property
    def _halves(self) -> tuple[Picture, Picture]:
        """The small pictures at half their size: enough to tell how much they differ, for a quarter of the work."""
        height, width = self._small_first.shape[:2]
        first, last = (
            cv2.resize(picture, (width // 2, height // 2), interpolation=cv2.INTER_AREA)
            for picture in (self._small_first, self._small_last)
        )
        return first, last


def _differ(first: NDArray[np.generic], last: NDArray[np.generic]) -> float:
    # A little blur: a pixel that is off by one is no difference.
    apart = cv2.subtract(first, last, dtype=cv2.CV_32F)
    return float(np.abs(cv2.GaussianBlur(apart, (0, 0), 1.0)).mean())


def faded(first: Planes, last: Planes, time: float) -> Planes:
    """A mixture of two frames that hardly differ."""
    pairs = ((first.light, last.light), (first.colour, last.colour))
    return Planes(*(cv2.addWeighted(before, 1 - time, after, time, 0) for before, after in pairs))


def _mix(first: Picture, last: Picture, motion: Motion) -> Picture:
    moved = pulled(first, motion.to_first), pulled(last, motion.to_last)
    mixed: Picture = cv2.blendLinear(*moved, motion.share, 1.0 - motion.share)
    return mixed


def _small(planes: Planes, side: int, colours: Colours) -> Picture:
    """About `side` pixels long at most, in the multiples that the network wants, as RGB."""
    height, width = planes.light.shape
    factor = min(1.0, side / max(height, width))
    down, across = (max(STEP, STEP * round(length * factor / STEP)) for length in (height, width))
    light = cv2.resize(planes.light, (across, down), interpolation=cv2.INTER_AREA)
    colour = cv2.resize(planes.colour, (across // 2, down // 2), interpolation=cv2.INTER_AREA)
    return to_rgb(Planes(light, colour), colours)
