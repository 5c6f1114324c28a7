"""A clip painted frame by frame without trembling.

A painter amplifies a clip's noise: each frame by itself would be stroked anew. So what it is given is averaged over
time, and so is what it paints, both along the motion, and only where the motion explains what is seen. A cut begins
everything anew. What is kept are two frames, however long the clip.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from rushes.engines.local.style.mixing import enlarged, mixed, shrunk
from rushes.engines.local.style.networks import Painter

Picture = NDArray[np.uint8]
Field = NDArray[np.float32]

_WATCHED = 320
"""Long side, in pixels, of the pictures in which motion is looked for."""
_KEPT_SEEN, _KEPT_PAINTED = 0.7, 0.82
"""Parts of the averages that stay from one frame to the next where nothing changes."""
_STILL = 0.35
"""Motion, in watched pixels, that noise alone makes: taken for none, since every resampling blurs."""
_SAME, _OTHER = 4.0, 16.0
"""Differences in brightness below which a pixel is explained by the motion, and from which on it is not."""
_LEAST_FOR_FLOW = 32
"""Pixels of a side below which no motion is looked for."""
_CUT = 0.55
"""A cut: more than this part of the picture is not explained."""


class SteadyPainter:
    """One clip's painter. Frames come in the order that they are shown."""

    def __init__(self, painter: Painter, side: int, *, keep_colours: bool) -> None:
        """side: the long side, in pixels, at which is painted."""
        self._painter, self._side, self._keep_colours = painter, side, keep_colours
        self._flow = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_FAST)
        self._watched: Picture | None = None
        self._seen: Picture | None = None
        self._painted: Picture | None = None

    def frame(self, picture: Picture) -> Picture:
        """The next frame, RGB uint8 (h, w, 3), painted; all of one clip have one size."""
        if self._painter.share <= 0:
            return picture
        watched = _watched(picture)
        seen, painted = picture, None
        if self._watched is not None and self._seen is not None and self._painted is not None:
            motion = self._motion(watched, self._watched)
            sure = _explained(watched, _moved(self._watched, motion)) * _within(motion)
            if float((sure < 0.5).mean()) < _CUT:
                seen = _averaged(picture, self._seen, motion, sure * _KEPT_SEEN)
                painted = _averaged(self._paint(seen), self._painted, motion, sure * _KEPT_PAINTED)
        if painted is None:
            painted = self._paint(seen)
        self._watched, self._seen, self._painted = _watched(seen), seen, painted
        return mixed(picture, enlarged(painted, seen), self._painter.share, keep_colours=self._keep_colours)

    def _paint(self, picture: Picture) -> Picture:
        return self._painter.paint(shrunk(picture, self._side))

    def _motion(self, now: Picture, before: Picture) -> Field:
        """(h, w, 2): how far to the right and down a thing was in the frame before, in watched pixels."""
        if min(now.shape) < _LEAST_FOR_FLOW:
            return np.zeros((*now.shape, 2), np.float32)
        motion: Field = self._flow.calc(now, before, None)
        motion[np.linalg.norm(motion, axis=2) < _STILL] = 0
        return motion


def _watched(picture: Picture) -> Picture:
    """Small and grey. Noise is finer than what moves."""
    grey = cv2.cvtColor(shrunk(picture, _WATCHED), cv2.COLOR_RGB2GRAY)
    smooth: Picture = cv2.GaussianBlur(grey, (0, 0), 1.2)
    return smooth


def _explained(now: Picture, moved: Picture) -> Field:
    """(h, w), 0-1: how surely what is seen is what was there before."""
    apart = cv2.GaussianBlur(cv2.absdiff(now, moved).astype(np.float32), (0, 0), 1.5)
    # What is new is followed wholly, its rim too.
    apart = cv2.dilate(apart, np.ones((3, 3), np.uint8))
    sure: Field = np.clip((_OTHER - apart) / (_OTHER - _SAME), 0, 1)
    return sure


def _within(motion: Field) -> Field:
    """(h, w): 1 where the motion leads to a place in the frame before, 0 where it leads out of it."""
    height, width = motion.shape[:2]
    x, y = motion[..., 0] + np.arange(width), motion[..., 1] + np.arange(height)[:, None]
    inside: Field = ((x >= 0) & (x <= width - 1) & (y >= 0) & (y <= height - 1)).astype(np.float32)
    return inside


def _averaged(new: Picture, old: Picture, motion: Field, kept: Field) -> Picture:
    """`kept` of the old picture, moved to where its things are now, and the rest of the new one."""
    height, width = new.shape[:2]
    share = np.ascontiguousarray(cv2.resize(kept, (width, height)), dtype=np.float32)
    if motion.any():
        scale = np.array([width / motion.shape[1], height / motion.shape[0]], np.float32)
        old = _moved(old, cv2.resize(motion, (width, height)) * scale)
    average: Picture = cv2.blendLinear(old, new, share, 1 - share)
    return average


def _moved(picture: Picture, motion: Field) -> Picture:
    height, width = motion.shape[:2]
    x = motion[..., 0] + np.arange(width, dtype=np.float32)
    y = motion[..., 1] + np.arange(height, dtype=np.float32)[:, None]
    moved: Picture = cv2.remap(picture, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return moved
