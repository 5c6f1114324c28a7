"""Laying cut-outs onto pictures, in the light of what they are laid on."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
_ADAPTS = 0.38
"""How far a cut-out goes towards its new surroundings' light: less than all the way, or it would drown at night."""
_MIDDLE = 0.45


def scaled(cut: Picture, width: int, height: int) -> Picture:
    """Straight RGBA in another size; empty pixels lend no colour to the edge."""
    alpha = cut[..., 3:].astype(np.float32) / 255
    premultiplied = np.dstack([cut[..., :3] * alpha, cut[..., 3:].astype(np.float32)])
    method = cv2.INTER_AREA if height < cut.shape[0] else cv2.INTER_CUBIC
    sized = cv2.resize(premultiplied, (max(1, width), max(1, height)), interpolation=method)
    sized[..., 3] = np.clip(sized[..., 3], 0, 255)
    colour = sized[..., :3] / np.maximum(sized[..., 3:] / 255, 1e-3)
    result: Picture = np.dstack([colour, sized[..., 3]]).clip(0, 255).round().astype(np.uint8)
    return result


def in_light_of(cut: Picture, scene: Picture) -> Picture:
    """A cut-out brighter or darker and of the hue that the scene, RGB, has as a whole."""
    mean = cv2.resize(scene, (32, 32), interpolation=cv2.INTER_AREA).reshape(-1, 3).mean(axis=0) / 255
    level = float(mean.mean())
    gain = np.clip((level / _MIDDLE) ** _ADAPTS, 0.5, 1.08) * (mean / max(level, 1e-3)) ** _ADAPTS
    lit = cut.copy()
    lit[..., :3] = np.clip(cut[..., :3] * gain, 0, 255).astype(np.uint8)
    return lit


def paste(picture: Picture, cut: Picture, left: int, top: int) -> None:
    """Lay straight RGBA onto RGB, in place, clipped."""
    x0, y0 = max(0, left), max(0, top)
    x1, y1 = min(picture.shape[1], left + cut.shape[1]), min(picture.shape[0], top + cut.shape[0])
    if x1 <= x0 or y1 <= y0:
        return
    above = cut[y0 - top : y1 - top, x0 - left : x1 - left].astype(np.float32)
    below = picture[y0:y1, x0:x1]
    share = above[..., 3:] / 255
    below[:] = (below + share * (above[..., :3] - below) + 0.5).astype(np.uint8)


def shade(picture: Picture, x: float, foot: float, wide: float, depth: float = 0.5) -> None:
    """A soft pool of shadow on RGB, in place: where something stands with its foot at (x, foot), in pixels."""
    height, width = picture.shape[:2]
    high = 0.16 * wide
    xs = (np.arange(width, dtype=np.float32)[None, :] - np.float32(x)) / np.float32(0.62 * wide)
    ys = (np.arange(height, dtype=np.float32)[:, None] - np.float32(foot - 0.2 * high)) / np.float32(high)
    dark = np.exp(-(xs * xs + ys * ys) * 2.2) * np.float32(depth)
    picture[:] = (picture * (1 - dark[..., None])).astype(np.uint8)
