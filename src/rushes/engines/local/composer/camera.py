"""Camera moves: where the camera is at each moment, and what that does to things near and far.

Every thing has a *nearness*: 0 is infinitely far (the sky, the horizon), 1 is the ground at the frame's
lower edge, more than 1 stands before it. A camera that travels (x, y, push) shifts and scales a thing in
proportion to its nearness; a camera that turns or zooms (pan_x, pan_y, zoom) moves all things alike.
"""

from __future__ import annotations

import math

from msgspec import Struct

from rushes.engines.local.composer.spec import Move

Affine = tuple[float, float, float, float, float]
"""(scale x, shear, shift x, scale y, shift y): X = sx * x + k * y + tx, Y = sy * y + ty, in pixels."""

_TRAVEL = 0.16
"""How far the camera travels in five seconds at speed 1, in frame widths at nearness 1."""
_TURN = 0.075
"""How far it turns meanwhile, as a share of the frame."""


class Pose(Struct, frozen=True, kw_only=True):
    """Where the camera is.

    x, y: travelled to the right and up; push: travelled forwards (a thing of nearness n grows by the
    factor 1 + push * n); pan_x, pan_y: turned to the right and up; zoom: focal length. Lengths are
    shares of the frame's width (x, pan_x) and height (y, pan_y); all of them are 0 (zoom 1) at rest.
    """

    x: float = 0.0
    y: float = 0.0
    push: float = 0.0
    pan_x: float = 0.0
    pan_y: float = 0.0
    zoom: float = 1.0


def nearness(depth: float) -> float:
    """Nearness of a thing at `depth`: 0 (near the camera) gives 1, 1 (far off) about 0.17."""
    return 1.0 / (1.0 + 5.0 * max(depth, -0.15))


def ease(u: float) -> float:
    """Progress 0–1 with a soft start and end, and an even pace between."""
    u = min(1.0, max(0.0, u))
    return 0.45 * u + 0.55 * u * u * (3.0 - 2.0 * u)


def pose(move: Move, u: float, seconds: float, speed: float, seed: int = 0) -> Pose:
    """The camera at progress `u` (0–1) of a shot of `seconds` at `speed` (1 is ordinary)."""
    # Short shots move less, long ones do not run away.
    amount = min(1.9, max(0.25, speed) * math.sqrt(max(0.2, seconds) / 5.0))
    eased = ease(u)
    swing, rise = (eased - 0.5) * amount, eased * amount
    match move:
        case "static":
            return Pose()
        case "dolly_in":
            return Pose(push=0.3 * rise)
        case "dolly_out":
            return Pose(push=0.3 * (amount - rise))
        case "zoom_in":
            return Pose(zoom=1.0 + 0.24 * rise)
        case "zoom_out":
            return Pose(zoom=1.0 + 0.24 * (amount - rise))
        case "pan_left":
            return Pose(pan_x=-2.0 * _TURN * swing)
        case "pan_right":
            return Pose(pan_x=2.0 * _TURN * swing)
        case "tilt_up":
            return Pose(pan_y=2.0 * _TURN * swing)
        case "tilt_down":
            return Pose(pan_y=-2.0 * _TURN * swing)
        case "truck_left":
            return Pose(x=-_TRAVEL * 1.5 * swing)
        case "truck_right":
            return Pose(x=_TRAVEL * 1.5 * swing)
        case "crane_up":
            return Pose(y=0.18 * swing, pan_y=-0.02 * swing)
        case "drone":
            return Pose(y=0.12 * swing, push=0.24 * rise, x=0.03 * swing)
        case "orbit":
            # Walks sideways and keeps looking at the middle distance.
            return Pose(x=1.9 * _TRAVEL * swing, pan_x=-1.9 * _TRAVEL * 0.3 * swing, push=0.05 * rise)
        case "handheld":
            return _handheld(u * seconds, seed, speed)


def affine(pose: Pose, near: float, slope: float, horizon: float, width: int, height: int) -> Affine:
    """From the scene at rest to the frame, both in pixels of a width x height frame.

    near: nearness at the row `horizon` (pixels); slope: how much nearness grows from there per pixel
    downwards: 0 for a thing that stands upright, 1 / (height - horizon) for the ground.
    """
    centre = width / 2
    # The push is exact for upright things; the ground takes its middle nearness sideways.
    reach = near + slope * (height - horizon)
    scale = pose.zoom * (1.0 + pose.push * (near + 0.5 * (reach - near)))
    shear = -pose.zoom * pose.x * width * slope
    # What stands upright drops as the camera rises; the ground stretches instead.
    stretch = pose.zoom * (1.0 + pose.push * (near + 0.5 * (reach - near)) + pose.y * height * slope)
    left = pose.zoom * (-pose.pan_x * width - pose.x * width * near)
    drop = pose.zoom * (pose.pan_y * height + pose.y * height * near)
    middle = height / 2
    origin = middle + pose.zoom * (horizon - middle) + drop
    return (
        scale,
        shear,
        centre + left - scale * centre - shear * horizon,
        stretch,
        origin - stretch * horizon,
    )


def _handheld(time: float, seed: int, speed: float) -> Pose:
    """A person holding a camera: slow waves of different lengths that do not repeat together."""
    waves = ((0.31, 1.0), (0.77, 0.45), (1.9, 0.16))

    def sway(part: int) -> float:
        return sum(
            size * math.sin(2.0 * math.pi * rate * time + 1.7 * part + (seed % 97) * (index + 1))
            for index, (rate, size) in enumerate(waves)
        )

    size = 0.005 * math.sqrt(max(0.1, speed))
    return Pose(
        x=size * sway(0),
        y=size * sway(1),
        pan_x=1.2 * size * sway(2),
        pan_y=1.2 * size * sway(3),
        push=0.01 * time,
    )
