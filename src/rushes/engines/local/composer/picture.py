"""Image to video: take a picture apart into a subject and what is behind it, and move a camera past both.

The background is one plane whose nearness grows from top to bottom (a shear does that for free); the subject
stands before it, a little nearer than the ground at its feet. A picture without a clear subject stays one
plane under a moving camera.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from rushes.engines.local.composer.fill import behind, bleed
from rushes.engines.local.composer.matte import Alpha, Matte
from rushes.engines.local.composer.plane import Matrix, Picture, Plane
from rushes.engines.local.composer.spec import Camera

_OVERSCAN = 1.15
"""The picture is this much larger than the frame, so that moves have somewhere to go."""
_REACH = 0.065
"""The furthest that a plane may leave its place, as a share of the frame: within the overscan."""
_FAR, _NEAR = 0.25, 0.7
"""Nearness of the background at the top and at the bottom; 1 is the nearest a subject gets."""
_FLAT = 0.6
_STAND_OUT = 0.3
_CRUMB = 0.1
_SMALLEST, _LARGEST = 0.015, 0.75
"""Shares of the picture between which a matte is taken for a subject."""


@dataclass(frozen=True, slots=True)
class _Eye:
    """Where the camera is. x, y sideways and z forwards move near planes more; pan, zoom move all alike."""

    x: float = 0.0
    y: float = 0.0
    z: float = 0.0
    pan_x: float = 0.0
    pan_y: float = 0.0
    zoom: float = 1.0


def picture_frames(
    image: NDArray[np.uint8],
    width: int,
    height: int,
    fps: float,
    seconds: float,
    camera: Camera,
    seed: int,
    matte: Matte | None,
) -> Iterator[NDArray[np.uint8]]:
    """The frames of a moving camera before one picture.

    image: RGB uint8 (h, w, 3) of any size, upright; it is cropped to the frame's ratio, around the subject
    where there is one. width, height: even, in pixels. Yields round(fps * seconds) I420 frames, uint8
    (height * 3 / 2, width), each a new array. Without a matte, or without a clear subject, the whole
    picture moves as one. The same arguments give the same frames.
    """
    canvas, alpha = _framed(image, _even(width * _OVERSCAN), _even(height * _OVERSCAN), matte)
    subject: Plane | None = None
    subject_nearness = _FLAT
    if alpha is None:
        background, far, near = Plane(canvas), _FLAT, _FLAT
    else:
        background, far, near = Plane(behind(canvas, _hole(alpha))), _FAR, _NEAR
        subject = Plane(bleed(canvas, alpha), np.round(alpha * 255).astype(np.uint8))
        foot = subject.box[3] / canvas.shape[0]
        subject_nearness = min(1.0, far + (near - far) * foot + _STAND_OUT)
    count = round(fps * seconds)
    for index in range(count):
        eye = _eye(camera, index / max(count - 1, 1), seconds, seed, subject_nearness)
        frame = np.empty((height * 3 // 2, width), np.uint8)
        background.paint(frame, _matrix(eye, far, near, canvas, width, height))
        if subject is not None:
            subject.paint(frame, _matrix(eye, subject_nearness, subject_nearness, canvas, width, height))
        yield frame


def cover(image: Picture, width: int, height: int) -> Picture:
    """Scale and crop a picture (h, w, channels) around its middle so that it fills width x height."""
    cropped: Picture = _cut(_scaled(image, width, height), 0.5, 0.5, width, height)
    return cropped


def _framed(image: Picture, width: int, height: int, matte: Matte | None) -> tuple[Picture, Alpha | None]:
    """The picture scaled and cropped to width x height, and its clear subject's matte if it has one."""
    scaled = _scaled(image, width, height)
    alpha = None if matte is None else clear_subject(matte.alpha(scaled))
    if alpha is None:
        return _cut(scaled, 0.5, 0.5, width, height), None
    across, down = alpha.max(axis=0) > 0.5, alpha.max(axis=1) > 0.5
    left, right = _ends(across)
    top, bottom = _ends(down)
    x = (left + right) / 2
    # What is too tall for the frame keeps its upper end, where its head is likely to be.
    y = top + min((bottom - top) / 2, 0.35 * height)
    x, y = x / scaled.shape[1], y / scaled.shape[0]
    cropped: Alpha = _cut(alpha, x, y, width, height)
    clear = _SMALLEST < float(cropped.mean()) < _LARGEST
    return _cut(scaled, x, y, width, height), cropped if clear else None


def _ends(line: NDArray[np.bool_]) -> tuple[int, int]:
    found = np.nonzero(line)[0]
    return int(found[0]), int(found[-1]) + 1


def _scaled(image: Picture, width: int, height: int) -> Picture:
    """The smallest size of a picture that covers width x height."""
    factor = max(width / image.shape[1], height / image.shape[0])
    size = (max(width, round(image.shape[1] * factor)), max(height, round(image.shape[0] * factor)))
    method = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
    scaled: Picture = cv2.resize(image, size, interpolation=method)
    return scaled


def _cut(image: Any, x: float, y: float, width: int, height: int) -> Any:
    """The part of a picture of width x height around the point (x, y) in 0–1, or as near as fits."""
    left = min(max(0, round(x * image.shape[1] - width / 2)), image.shape[1] - width)
    top = min(max(0, round(y * image.shape[0] - height / 2)), image.shape[0] - height)
    return np.ascontiguousarray(image[top : top + height, left : left + width])


def clear_subject(alpha: Alpha) -> Alpha | None:
    """The matte with a firm edge, or None when it shows no clear subject: too small, too large or a haze."""
    ramp = np.clip((alpha - 0.35) / 0.4, 0.0, 1.0)
    firm: Alpha = (ramp * ramp * (3.0 - 2.0 * ramp)).astype(np.float32)
    area = float(firm.mean())
    haze = float(((alpha > 0.2) & (alpha < 0.8)).mean())
    if not _SMALLEST < area < _LARGEST or haze > 0.4 * area:
        return None
    return _without_crumbs(firm)


def _without_crumbs(alpha: Alpha) -> Alpha:
    """The matte without islands much smaller than its largest: other things that caught the network's eye."""
    solid = (alpha > 0.02).astype(np.uint8)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(solid)
    areas = stats[:, cv2.CC_STAT_AREA].copy()
    areas[0] = 0
    kept = areas >= _CRUMB * areas.max()
    cleaned: Alpha = alpha * kept[labels].astype(np.float32)
    return cleaned


def _hole(alpha: Alpha) -> NDArray[np.bool_]:
    """What to fill behind the subject: more than the subject, since its colour spills over the edge."""
    side = 2 * max(2, round(alpha.shape[1] / 160)) + 1
    wide = cv2.dilate(alpha, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side)))
    hole: NDArray[np.bool_] = wide > 0.02
    return hole


def _even(size: float) -> int:
    return 2 * math.ceil(size / 2)


def _matrix(eye: _Eye, far: float, near: float, canvas: Picture, width: int, height: int) -> Matrix:
    """From the canvas to the frame, for a plane of nearness `far` at its top and `near` at its bottom."""
    canvas_height, canvas_width = canvas.shape[:2]
    middle = (far + near) / 2
    scale = eye.zoom * (1.0 + eye.z * middle)
    lean = (near - far) * width / canvas_height
    matrix = np.array([[scale, -eye.x * lean, 0.0], [0.0, scale, 0.0]])
    shift = np.array([-(eye.pan_x + eye.x * middle) * width, -(eye.pan_y + eye.y * middle) * height])
    centre = np.array([canvas_width / 2, canvas_height / 2])
    matrix[:, 2] = np.array([width / 2, height / 2]) + shift - matrix[:, :2] @ centre
    return matrix


def _eye(camera: Camera, progress: float, seconds: float, seed: int, nearness: float) -> _Eye:
    """Where the camera is at `progress` 0–1 of its move. nearness: of what it looks at."""
    # Part of an even pace, part of a soft start and stop.
    eased = 0.4 * progress + 0.6 * progress * progress * (3.0 - 2.0 * progress)
    amount = min(1.0, max(0.2, 0.6 * camera.speed * math.sqrt(seconds / 5.0)))
    swing = (2.0 * eased - 1.0) * amount * _REACH
    push = eased * amount
    match camera.move:
        case "dolly_in":
            return _Eye(z=0.3 * push)
        case "dolly_out":
            return _Eye(z=0.3 * (amount - push))
        case "zoom_in":
            return _Eye(zoom=1.0 + 0.25 * push)
        case "zoom_out":
            return _Eye(zoom=1.0 + 0.25 * (amount - push))
        case "pan_left":
            return _Eye(pan_x=-swing)
        case "pan_right":
            return _Eye(pan_x=swing)
        case "tilt_up":
            return _Eye(pan_y=-swing)
        case "tilt_down":
            return _Eye(pan_y=swing)
        case "truck_left":
            return _Eye(x=-swing)
        case "truck_right":
            return _Eye(x=swing)
        case "crane_up":
            return _Eye(y=-swing, pan_y=0.3 * swing)
        case "drone":
            return _Eye(y=-swing, z=0.2 * push)
        case "orbit":
            # Walks around the subject and keeps looking at it: the background passes behind.
            return _Eye(x=1.2 * swing, pan_x=-1.2 * swing * nearness, z=0.05 * push)
        case "handheld":
            return _sway(seed, progress * seconds, 0.12 * _REACH, push)
        case _:
            # A frozen picture would look like a fault; the camera breathes.
            return _sway(seed, progress * seconds * 0.4, 0.08 * _REACH, 0.3 * push)


def _sway(seed: int, time: float, size: float, push: float) -> _Eye:
    """Small irregular movement: a few slow waves that do not repeat together. time in seconds."""
    phases = np.random.default_rng(seed).uniform(0.0, 2.0 * math.pi, (2, 3))
    x, y = (
        sum(math.sin(2.0 * math.pi * rate * time + phase) / rank for rank, (rate, phase) in enumerate(waves, 1))
        for waves in (zip((0.23, 0.61, 1.37), row, strict=True) for row in phases)
    )
    return _Eye(x=size * x, y=size * y, pan_x=0.5 * size * y, pan_y=0.5 * size * x, z=0.1 * push)
