"""Reference pictures and clips, cut out so that the painter can place them into its scene."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray
from PIL import Image, ImageOps

from rushes.engines.local.composer.fill import bleed
from rushes.engines.local.composer.matte import Alpha, Matte
from rushes.engines.local.composer.picture import clear_subject

Picture = NDArray[np.uint8]

_LONG_SIDE = 768
_CLIP_FPS = 6.0
_CLIP_SECONDS = 3.0
"""A clip's matte costs a quarter second a frame: few frames, few seconds, then the painter repeats them."""
_CARD_EDGE = 0.02
_COMPANION = 0.3
"""A part of the matte smaller than this share of the largest one is not the subject's."""


class ReferenceSprite(Struct, frozen=True, kw_only=True):
    """A thing to place: RGBA uint8 pictures (h, w, 4) of one size, straight alpha. fps is 0 for one still.

    cut is False where no clear subject was found and the whole picture is placed.
    """

    frames: list[Picture]
    fps: float
    cut: bool = True


def cutout(image: Picture, matte: Matte | None) -> Picture:
    """The subject of an RGB picture (h, w, 3) as RGBA, cropped to it; all of it when none is clear."""
    return _sprite([image], matte, fps=0.0).frames[0]


def load_reference(path: Path, mime: str, matte: Matte | None) -> ReferenceSprite:
    """Read a reference picture or the beginning of a reference clip and cut out its subject.

    A picture that is transparent already keeps its own alpha. Raises ValueError when nothing can be read.
    """
    try:
        if mime.startswith("video/"):
            return _sprite(_clip(path), matte, fps=_CLIP_FPS)
        with Image.open(path) as opened:
            upright = ImageOps.exif_transpose(opened)
            upright.thumbnail((_LONG_SIDE, _LONG_SIDE))
            rgba = np.asarray(upright.convert("RGBA"))
    except (OSError, Image.DecompressionBombError, av.FFmpegError) as error:
        raise ValueError("the reference cannot be read") from error
    alpha = rgba[..., 3]
    if alpha.min() < 128 < alpha.max():
        return ReferenceSprite(frames=[_cropped(rgba, _bounds(alpha > 8))], fps=0.0)
    return _sprite([np.ascontiguousarray(rgba[..., :3])], matte, fps=0.0)


def _clip(path: Path) -> list[Picture]:
    """The first seconds of a clip at a low rate, RGB."""
    frames: list[Picture] = []
    with av.open(str(path)) as container:
        if not container.streams.video:
            raise ValueError("the reference has no picture")
        start: float | None = None
        for frame in container.decode(container.streams.video[0]):
            now = float(frame.time or 0.0)
            start = now if start is None else start
            if now - start >= _CLIP_SECONDS:
                break
            if now - start >= len(frames) / _CLIP_FPS - 1e-6:
                factor = min(1.0, _LONG_SIDE / max(frame.width, frame.height))
                size = (max(2, round(frame.width * factor)), max(2, round(frame.height * factor)))
                frames.append(cv2.resize(frame.to_ndarray(format="rgb24"), size, interpolation=cv2.INTER_AREA))
    if not frames:
        raise ValueError("the reference has no picture")
    return frames


def _sprite(images: list[Picture], matte: Matte | None, fps: float) -> ReferenceSprite:
    alphas = [None if matte is None else _clear(matte.alpha(image)) for image in images]
    known = next((alpha for alpha in alphas if alpha is not None), None)
    if known is None:
        return ReferenceSprite(frames=[_card(image) for image in images], fps=fps, cut=False)
    frames: list[Picture] = []
    for image, alpha in zip(images, alphas, strict=True):
        # A frame in which the subject is lost for a moment keeps the outline it had before.
        known = known if alpha is None else alpha
        frames.append(_joined(bleed(image, known), known))
    # The scene moves the sprite: in its own pictures it stays in the middle, its feet on the ground.
    cut = [_cropped(frame, _bounds(frame[..., 3] > 8)) for frame in frames]
    height, width = (max(frame.shape[side] for frame in cut) for side in (0, 1))
    return ReferenceSprite(frames=[_standing(frame, height, width) for frame in cut], fps=fps)


def _clear(alpha: Alpha) -> Alpha | None:
    """A clear subject's matte without the small things that stand about it."""
    found = clear_subject(alpha)
    if found is None:
        return None
    _, labels, stats, _ = cv2.connectedComponentsWithStats((found > 0.3).astype(np.uint8))
    sizes = stats[1:, cv2.CC_STAT_AREA]
    if len(sizes) < 2:
        return found
    kept = np.isin(labels, np.flatnonzero(sizes > _COMPANION * sizes.max()) + 1)
    near = cv2.dilate(kept.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    return np.where(near, found, 0).astype(np.float32)


def _standing(picture: Picture, height: int, width: int) -> Picture:
    """A picture at the foot and in the middle of an empty one of this size."""
    down, left = height - picture.shape[0], (width - picture.shape[1]) // 2
    sheet = np.zeros((height, width, 4), np.uint8)
    sheet[down:, left : left + picture.shape[1]] = picture
    return sheet


def _card(image: Picture) -> Picture:
    """The whole picture with a soft rim, so that it does not look like a hole in the scene."""
    height, width = image.shape[:2]
    edge = max(1.0, _CARD_EDGE * min(height, width))
    across, down = (np.minimum(np.arange(side) + 0.5, side - 0.5 - np.arange(side)) / edge for side in (width, height))
    return _joined(image, np.clip(np.minimum(across[None], down[:, None]), 0.0, 1.0).astype(np.float32))


def _joined(image: Picture, alpha: Alpha) -> Picture:
    return np.dstack([image, np.round(alpha * 255).astype(np.uint8)])


def _bounds(mask: NDArray[Any]) -> tuple[slice, slice]:
    rows, columns = np.nonzero(mask.any(axis=1))[0], np.nonzero(mask.any(axis=0))[0]
    return slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1)


def _cropped(picture: Picture, bounds: tuple[slice, slice]) -> Picture:
    return np.ascontiguousarray(picture[bounds])
