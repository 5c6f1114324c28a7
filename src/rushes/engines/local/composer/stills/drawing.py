"""A scene as one still picture: drawn larger than asked for, from a place and at a moment that the seed chooses."""

from __future__ import annotations

import math
from collections.abc import Callable

import cv2
import msgspec
import numpy as np
from numpy.typing import NDArray

from rushes.engines.local.composer.camera import pose
from rushes.engines.local.composer.spec import Camera, Move, SceneSpec, Subject
from rushes.engines.local.composer.stage.build import build
from rushes.engines.local.composer.stage.scene import Now
from rushes.engines.local.composer.stage.sheet import Frame

Picture = NDArray[np.uint8]
Art = Callable[[Subject, int], Picture]
_MOST_PIXELS = 9_000_000
"""What is drawn at most where the picture itself has fewer: 1792x1024 at twice its size, with the spare below."""
_FINE, _TINY_FINE, _TINY = 2.0, 4.0, 240
"""How much larger a picture is drawn at most; more where its short side is tiny."""
_SPARE = 0.10
"""More of the scene is drawn than is shown: the seed chooses which part."""
_VIEWS: tuple[Move, ...] = ("orbit", "truck_left", "truck_right", "crane_up", "pan_left", "pan_right", "dolly_in")
_MOST_ART = 1280
_NO_RISE = ("interior",)
"""Where the walls end at the floor: a camera that comes down would see what is under it."""
_SECONDS = 5.0
_RGB = np.array([[1.1644, 0.0, 1.7927], [1.1644, -0.2132, -0.5329], [1.1644, 2.1124, 0.0]])
"""From BT.709, limited range, less its offsets."""


def still(spec: SceneSpec, width: int, height: int, art: Art) -> Picture:
    """One picture of a scene: RGB uint8 (height, width, 3), any sizes of 16 pixels and more.

    The same arguments give the same picture; the spec's seed chooses the view.
    """
    dice = np.random.default_rng([spec.seed, 11])
    fine = _fineness(width, height)
    seen = (round(width * fine), round(height * fine))
    full = (_even(seen[0] * (1 + _SPARE)), _even(seen[1] * (1 + _SPARE)))
    views = [view for view in _VIEWS if view != "crane_up" or spec.place not in _NO_RISE]
    move = views[int(dice.integers(len(views)))]
    part, moment = float(dice.uniform(0, 1)), float(dice.uniform(0.42, 0.58))
    spec = msgspec.structs.replace(_varied(spec, dice), camera=Camera(move=move, speed=1.0))
    _, layers, overlay = build(spec, *full, _SECONDS, within_reason(art))
    now = Now(moment * _SECONDS, pose(move, part, _SECONDS, 1.0))
    frame = Frame(*full)
    for layer in [*layers, *overlay]:
        layer.paint(frame, now)
    left = round((full[0] - seen[0]) * float(dice.uniform(0.2, 0.8)))
    # The foot of the scene is kept, or it would be cut off: what varies is how much sky there is.
    top = round((full[1] - seen[1]) * float(dice.uniform(0.35, 1)))
    return _rgb(frame, (left, top, *seen), width, height)


def within_reason(art: Art) -> Art:
    """Art that is drawn no higher than there is detail in it, and enlarged from there."""

    def bounded(subject: Subject, height: int) -> Picture:
        if height <= _MOST_ART:
            return art(subject, height)
        drawn = art(subject, _MOST_ART)
        size = (max(1, round(drawn.shape[-2] * height / _MOST_ART)), height)
        poses = [
            cv2.resize(one, size, interpolation=cv2.INTER_CUBIC) for one in (drawn if drawn.ndim == 4 else [drawn])
        ]
        return np.stack(poses) if drawn.ndim == 4 else poses[0]

    return bounded


def _varied(spec: SceneSpec, dice: np.random.Generator) -> SceneSpec:
    """The main subject a little nearer or further away than usual."""
    size, nearer = float(dice.uniform(0.85, 1.3)), float(dice.uniform(-0.15, 0.15))
    subjects = tuple(
        msgspec.structs.replace(
            subject,
            height=min(0.8, subject.height * size),
            depth=min(0.95, max(0.05, subject.depth - nearer)),
        )
        if subject.main
        else subject
        for subject in spec.subjects
    )
    return msgspec.structs.replace(spec, subjects=subjects)


def _fineness(width: int, height: int) -> float:
    """How many times larger a picture of this size is drawn."""
    most = _TINY_FINE if min(width, height) < _TINY else _FINE
    return max(1.0, min(most, math.sqrt(_MOST_PIXELS / (width * height)) / (1 + _SPARE)))


def _rgb(frame: Frame, view: tuple[int, int, int, int], width: int, height: int) -> Picture:
    """The part (left, top, width, height) of a frame as RGB of another size.

    Where the frame is twice as large its colour has every pixel of the result: nothing bleeds.
    """
    left, top, wide, high = view
    planes = []
    for plane, share, offset in ((frame.light, 1, 16), (frame.blue, 2, 128), (frame.red, 2, 128)):
        part = plane[top // share : -(-(top + high) // share), left // share : -(-(left + wide) // share)]
        method = cv2.INTER_AREA if part.shape[0] >= height and part.shape[1] >= width else cv2.INTER_LINEAR
        planes.append(cv2.resize(part.astype(np.float32) - offset, (width, height), interpolation=method))
    picture = cv2.transform(cv2.merge(planes), _RGB)
    result: Picture = np.clip(picture + 0.5, 0, 255).astype(np.uint8)
    return result


def _even(value: float) -> int:
    return 2 * math.ceil(value / 2)
