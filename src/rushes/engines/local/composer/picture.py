"""Image to video: take a picture apart into a subject and what is behind it, and move a camera past both.

The background is one plane whose nearness grows from top to bottom (a shear does that for free); the subject
stands before it, a little nearer than the ground at its feet. A picture without a clear subject stays one
plane under a moving camera.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from rushes.engines.local.composer.camera import Pose, pose, reach
from rushes.engines.local.composer.fill import behind, bleed
from rushes.engines.local.composer.matte import Alpha, Matte
from rushes.engines.local.composer.spec import Camera
from rushes.engines.local.composer.stage.sheet import Frame, Sheet
from rushes.engines.local.composer.stage.warp import Bytes, Matrix
from rushes.engines.local.composer.stage.yuv import cut_out

_OVERSCAN = 1.15
"""The picture is this much larger than the frame, so that moves have somewhere to go."""
_REACH = 0.065
"""The furthest that a plane may leave its place, as a share of the frame: within the overscan."""
_FAR, _NEAR = 0.25, 0.7
"""Nearness of the background at the top and at the bottom; 1 is the nearest a subject gets."""
_FLAT = 0.6
_CALM = 0.65
"""Share of a drawn scene's moves that a picture gets: what is behind its subject is only guessed."""
_STAND_OUT = 0.3
_CRUMB = 0.1
_SMALLEST, _LARGEST = 0.015, 0.75
"""Shares of the picture between which a matte is taken for a subject."""


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
    where there is one. width, height: even, in pixels. Yields round(fps * seconds) I420 frames (BT.709,
    limited range), uint8 (height * 3 / 2, width), each a new array. Without a matte, or without a clear
    subject, the whole picture moves as one. The same arguments give the same frames.
    """
    canvas, alpha = _framed(image, _even(width * _OVERSCAN), _even(height * _OVERSCAN), matte)
    far = near = nearness = _FLAT
    subject: Sheet | None = None
    if alpha is None:
        background = Sheet(canvas)
    else:
        far, near = _FAR, _NEAR
        background = Sheet(behind(canvas, _hole(alpha)))
        subject = Sheet(cut_out(bleed(canvas, alpha), np.round(alpha * 255).astype(np.uint8)))
        foot = subject.box[3] / canvas.shape[0]
        nearness = min(1.0, far + (near - far) * foot + _STAND_OUT)
    calm = _calm(camera, seconds, nearness)
    count = round(fps * seconds)
    for index in range(count):
        eye = _eye(camera, index / max(count - 1, 1), seconds, seed, nearness, calm)
        frame = Frame(width, height)
        background.paint(frame, _matrix(eye, far, near, canvas, width, height))
        if subject is not None:
            subject.paint(frame, _matrix(eye, nearness, nearness, canvas, width, height))
        yield frame.data


def cover(image: Bytes, width: int, height: int) -> Bytes:
    """Scale and crop a picture (h, w, channels) around its middle so that it fills width x height."""
    cropped: Bytes = _cut(_scaled(image, width, height), 0.5, 0.5, width, height)
    return cropped


def _framed(image: Bytes, width: int, height: int, matte: Matte | None) -> tuple[Bytes, Alpha | None]:
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


def _scaled(image: Bytes, width: int, height: int) -> Bytes:
    """The smallest size of a picture that covers width x height."""
    factor = max(width / image.shape[1], height / image.shape[0])
    size = (max(width, round(image.shape[1] * factor)), max(height, round(image.shape[0] * factor)))
    method = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
    scaled: Bytes = cv2.resize(image, size, interpolation=method)
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


def _matrix(eye: Pose, far: float, near: float, canvas: Bytes, width: int, height: int) -> Matrix:
    """From the canvas to the frame, for a plane of nearness `far` at its top and `near` at its bottom."""
    canvas_height, canvas_width = canvas.shape[:2]
    depth = 1.0 - (far + near) / 2
    scale, (shift_x, shift_y) = eye.scale(depth), eye.shift(depth)
    lean = (near - far) * width / canvas_height
    cos, sin = math.cos(eye.roll), math.sin(eye.roll)
    linear = np.array([[cos, -sin], [sin, cos]]) @ np.array([[scale, -eye.x * lean], [0.0, scale]])
    middle = np.array([width * (0.5 + shift_x), height * (0.5 + shift_y)])
    return np.column_stack([linear, middle - linear @ (canvas_width / 2, canvas_height / 2)])


def _calm(camera: Camera, seconds: float, nearness: float) -> float:
    """How much of a move a picture bears: its planes must cover the frame throughout."""
    furthest = max(max(reach(camera.move, seconds, camera.speed, depth)) for depth in (1.0 - nearness, 1.0 - _FAR, 1.0))
    return min(_CALM, _REACH / max(furthest, 1e-6))


def _eye(camera: Camera, progress: float, seconds: float, seed: int, nearness: float, calm: float) -> Pose:
    """Where the camera is at `progress` 0-1 of its move. nearness: of what it looks at."""
    if camera.move in ("static", "handheld"):
        # A frozen picture would look like a fault: even a camera that stands still breathes.
        slow = 1.0 if camera.move == "handheld" else 0.4
        return pose("handheld", progress * slow + seed % 1009 / seconds, seconds, camera.speed * slow)
    eye = pose(camera.move, progress, seconds, camera.speed)
    if camera.move == "orbit":
        eye = replace(eye, pan_x=-eye.x * nearness)
    return replace(eye, x=eye.x * calm, y=eye.y * calm, pan_x=eye.pan_x * calm, pan_y=eye.pan_y * calm)
