"""Changing only the marked part of a picture."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import msgspec
import numpy as np
from numpy.typing import NDArray

from rushes.engines.local.composer.fill import behind
from rushes.engines.local.composer.spec import SceneSpec, Subject
from rushes.engines.local.composer.stage.noise import smoothstep
from rushes.engines.local.composer.stills.drawing import still
from rushes.engines.local.composer.stills.grading import graded
from rushes.engines.local.composer.stills.pasting import in_light_of, paste, shade
from rushes.engines.local.composer.stills.wishes import Wish

Picture = NDArray[np.uint8]
Share = NDArray[np.float32]
Art = Callable[[Subject, int], Picture]
_FEATHER = 0.012
"""How wide the soft edge is, as a share of the short side."""
_SMALL = 0.35
"""In a part smaller than this share of the picture a thing is put into the picture itself, not a scene into it."""


def changing(mask: Picture) -> Share:
    """How much of each pixel changes, float32 (h, w) 0-1, by the mask's alpha, uint8 (h, w): 0 changes, 255 stays.

    The soft edge lies inside the marked part: what is opaque in the mask is not touched at all.
    """
    inside = (mask < 255).astype(np.uint8)
    if not inside.any():
        return np.zeros(mask.shape, np.float32)
    feather = max(1.5, _FEATHER * min(mask.shape))
    # Without anything outside there is no edge to be soft.
    apart = (
        cv2.distanceTransform(inside, cv2.DIST_L2, 5) if not inside.all() else np.full(mask.shape, np.inf, np.float32)
    )
    share: Share = (smoothstep(0.0, feather, np.minimum(apart, feather)) * (1 - mask / 255)).astype(np.float32)
    return share


def edited(picture: Picture, share: Share, wish: Wish, spec: SceneSpec, art: Art, seed: int) -> tuple[Picture, str]:
    """A picture, RGB uint8 (h, w, 3), with its marked part changed, as a new one, and what was done."""
    rows, columns = np.nonzero(share.any(axis=1))[0], np.nonzero(share.any(axis=0))[0]
    top, bottom, left, right = int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1
    small = float((share > 0).mean()) < _SMALL
    if spec.subjects and not wish.removes and (small or not wish.place):
        filled = behind(picture, share > 0)
        _put(filled, _lead(spec), art, (left, top, right, bottom))
        done = f"the marked part was filled from around it, and {_lead(spec).noun} drawn into it"
    elif wish.place and not wish.removes:
        filled = picture.copy()
        # A thing is drawn where it can be seen; a scene without one goes on behind the whole picture.
        box = (left, top, right, bottom) if spec.subjects else (0, 0, picture.shape[1], picture.shape[0])
        filled[box[1] : box[3], box[0] : box[2]] = still(spec, box[2] - box[0], box[3] - box[1], art)
        done = "the marked part was filled with a drawn scene"
    elif wish.looks and not wish.removes:
        filled = picture
        for _, look in wish.looks:
            filled = graded(filled, look, wish.strength, seed, None)
        done = f"the marked part was given another look ({', '.join(name for name, _ in wish.looks)})"
    else:
        filled = behind(picture, share > 0)
        done = "the marked part was filled from around it"
    part = share[..., None]
    mixed = picture + part * (filled.astype(np.float32) - picture)
    return np.where(part > 0, np.clip(mixed + 0.5, 0, 255).astype(np.uint8), picture), done


def _lead(spec: SceneSpec) -> Subject:
    return next((subject for subject in spec.subjects if subject.main), spec.subjects[0])


def _put(picture: Picture, subject: Subject, art: Art, box: tuple[int, int, int, int]) -> None:
    """A drawn thing as large as fits into a box, standing at its lower edge unless it flies or floats."""
    left, top, right, bottom = box
    width, height = right - left, bottom - top
    drawn = art(subject, max(8, round(0.86 * height)))
    drawn = drawn[0] if drawn.ndim == 4 else drawn
    if drawn.shape[1] > 0.92 * width:
        drawn = art(subject, max(8, round(0.86 * height * 0.92 * width / drawn.shape[1])))
        drawn = drawn[0] if drawn.ndim == 4 else drawn
    stands = subject.habitat in ("ground", "table")
    foot = bottom - 0.05 * height if stands else (top + bottom + drawn.shape[0]) / 2
    middle = (left + right) / 2
    around = picture[top:bottom, left:right]
    if stands:
        shade(picture, middle, foot, drawn.shape[1] * 0.8, 0.4)
    paste(picture, in_light_of(drawn, around), round(middle - drawn.shape[1] / 2), round(foot - drawn.shape[0]))


def added(picture: Picture, spec: SceneSpec, art: Art, beside: Share | None) -> Picture:
    """Drawn things put onto a picture, as a new one: at the side where its subject is not."""
    height, width = picture.shape[:2]
    result = picture.copy()
    weight = beside.sum(axis=0) if beside is not None else None
    right_side = weight is None or weight[: width // 2].sum() >= weight[width // 2 :].sum()
    shown = [msgspec.structs.replace(subject, count=1) for subject in spec.subjects]
    for number, subject in enumerate(shown):
        middle = (0.76 if (number % 2 == 0) == right_side else 0.24) * width
        tall = min(0.75, max(0.28, 1.2 * subject.height)) * min(height, 1.25 * width)
        wide = 0.44 * width
        foot = {"air": 0.5, "sky": 0.4}.get(subject.habitat, 0.94) * height
        _put(
            result, subject, art,
            (round(middle - wide / 2), max(0, round(foot - tall)), round(middle + wide / 2), min(height, round(foot))),
        )  # fmt: skip
    return result
