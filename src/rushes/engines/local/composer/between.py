"""First and last frame given: the frames between, by moving what is in both pictures instead of fading.

The motion is found on small pictures and applied to the full-size ones. Pictures that are far apart are
looked at smaller first, where a long way is a short one, and the rest of the way is found from there.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from rushes.engines.local.composer.flow import STEP, Motion, MotionFinder, OpticalFlow, Rife, pulled
from rushes.engines.local.composer.picture import cover
from rushes.engines.local.composer.plane import to_i420, to_yuv
from rushes.processors import threads

Picture = NDArray[np.uint8]

NO_NETWORK = (
    "the frames between were made with plain optical flow, because the RIFE model is not installed; "
    "run `rushes models pull rife` for better ones"
)
_SIDES = (640, 448, 256)
"""Long sides, in pixels, at which the motion is looked for; the first is the one for ordinary motion."""
_KEYS_A_SECOND = 6.0
_KEYS_MOST = 40
"""The motion is found for that many moments; between two of them it hardly bends and is interpolated."""
_ENDING = 0.12
"""Share of the clip at each end in which the other picture's pixels are faded out of the mixture."""


def between_frames(
    first: NDArray[np.uint8],
    last: NDArray[np.uint8],
    width: int,
    height: int,
    fps: float,
    seconds: float,
    rife: Path | None,
    *,
    warn: Callable[[str], None] = lambda _: None,
) -> Iterator[NDArray[np.uint8]]:
    """The frames from one picture to another, both included.

    first, last: RGB uint8 (h, w, 3) of any size, cropped to the frame's ratio. width, height: even, in
    pixels. rife: the store's folder of the network, None to do with optical flow, which `warn` is then told
    before this returns. Yields round(fps * seconds) I420 frames
    (BT.709, limited range), uint8 (height * 3 / 2, width).
    """
    if rife is None:
        warn(NO_NETWORK)
    finder: MotionFinder = OpticalFlow() if rife is None else Rife(rife, threads=threads(2))
    ends = (cover(first, width, height), cover(last, width, height))
    return _frames(finder, ends, max(2, round(fps * seconds)), seconds)


def _frames(
    finder: MotionFinder, ends: tuple[Picture, Picture], count: int, seconds: float
) -> Iterator[NDArray[np.uint8]]:
    mixer = _Mixer(*ends)
    search = _Search(finder, *ends)
    keys = min(count - 1, _KEYS_MOST, max(2, math.ceil(seconds * _KEYS_A_SECOND)))
    at = 0
    here, there = search.motion(0.0), search.motion(1.0 / keys)
    yield mixer.first
    for index in range(1, count - 1):
        time = index / (count - 1)
        while time > (at + 1) / keys:
            at += 1
            here, there = there, search.motion((at + 1) / keys)
        yield mixer.mixed(here.towards(there, time * keys - at), time)
    yield mixer.last


class _Search:
    """Finds the motion between two pictures at the size where it is found best."""

    def __init__(self, finder: MotionFinder, first: Picture, last: Picture) -> None:
        self._finder = finder
        self._pairs = [_shrunk(first, last, side) for side in _SIDES]
        ways = [self._at_size, self._refined]
        plans = [(way, index) for index in range(len(_SIDES)) for way in ways if index or way == self._at_size]
        self._way, self._index = min(plans, key=lambda plan: self._misfit(plan[0](plan[1], 0.5)))

    def motion(self, time: float) -> Motion:
        """The motion at `time`, in pixels of the largest of the sizes."""
        return self._way(self._index, time)

    def _at_size(self, index: int, time: float) -> Motion:
        height, width = self._pairs[0][0].shape[:2]
        return self._finder.between(*self._pairs[index], time).resized(width, height)

    def _refined(self, index: int, time: float) -> Motion:
        coarse = self._at_size(index, time)
        first, last = self._pairs[0]
        met = (pulled(first, coarse.to_first), pulled(last, coarse.to_last))
        rest = self._finder.between(met[0].astype(np.uint8), met[1].astype(np.uint8), time)
        return rest.after(coarse)

    def _misfit(self, motion: Motion) -> float:
        """How much the two pictures, moved to the same moment, still differ."""
        first, last = self._pairs[0]
        moved = (pulled(first, motion.to_first), pulled(last, motion.to_last))
        # A little blur: a pixel that is off by one is not a failure.
        apart = cv2.absdiff(*(cv2.GaussianBlur(picture, (0, 0), 2.0) for picture in moved))
        return float(apart.mean())


class _Mixer:
    """The two full-size pictures in I420, and mixtures of them."""

    def __init__(self, first: Picture, last: Picture) -> None:
        self._first, self._last = to_yuv(first), to_yuv(last)
        self.first, self.last = to_i420(*self._first), to_i420(*self._last)

    def mixed(self, motion: Motion, time: float) -> Picture:
        """The frame at `time`, with the motion found for it at any size."""
        near = max(0.0, 1.0 - min(time, 1.0 - time) / _ENDING)
        share = motion.share * (1.0 - near) + (near if time < 0.5 else 0.0)
        motion = Motion(motion.to_first, motion.to_last, share.astype(np.float32))
        parts = []
        for before, after in zip(self._first, self._last, strict=True):
            height, width = before.shape[:2]
            parts.append(_mix(before, after, motion.resized(width, height)))
        return to_i420(parts[0], parts[1])


def _mix(first: Picture, last: Picture, motion: Motion) -> Picture:
    first, last = (
        pulled(first, motion.to_first).astype(np.uint8, copy=False),
        pulled(last, motion.to_last).astype(np.uint8, copy=False),
    )
    mixed: Picture = cv2.blendLinear(first, last, motion.share, 1.0 - motion.share)
    return mixed


def _shrunk(first: Picture, last: Picture, side: int) -> tuple[Picture, Picture]:
    """Both pictures at about `side` pixels, in the multiples that the network wants."""
    height, width = first.shape[:2]
    factor = side / max(height, width)
    size = tuple(max(STEP, STEP * round(length * factor / STEP)) for length in (width, height))
    small_first, small_last = (cv2.resize(picture, size, interpolation=cv2.INTER_AREA) for picture in (first, last))
    return small_first, small_last
