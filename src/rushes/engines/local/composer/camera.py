"""Where the camera is at every moment of a move, and what that does to a plane at some depth.

All lengths are shares of the frame (x of its width, y of its height; x grows to the right, y downwards).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from rushes.engines.local.composer.spec import Move

_PAN = 0.07
_TRUCK = 0.10
_CRANE = 0.055
_DOLLY = 0.24
_ZOOM = 0.22


@dataclass(frozen=True, slots=True)
class Pose:
    """The camera at one moment; the rest position is all zeros and zoom 1.

    x, y: how far the camera itself has moved, felt by near planes only. z: how far it has gone forwards.
    pan_x, pan_y: how far it has turned, felt by all planes alike. zoom: of the lens. roll: radians, clockwise.
    """

    x: float = 0.0
    y: float = 0.0
    z: float = 0.0
    pan_x: float = 0.0
    pan_y: float = 0.0
    zoom: float = 1.0
    roll: float = 0.0

    def shift(self, depth: float) -> tuple[float, float]:
        """How far a plane at `depth` (0 near, 1 infinitely far, below 0 even nearer) moves in the frame."""
        near = 1.0 - depth
        return -(self.pan_x + self.x * near), -(self.pan_y + self.y * near)

    def scale(self, depth: float) -> float:
        """How much larger a plane at `depth` appears than at rest."""
        return self.zoom * (1.0 + self.z * (1.0 - depth))


def pose(move: Move, u: float, seconds: float, speed: float) -> Pose:
    """The camera at `u` 0–1 of a move that lasts `seconds`, eased at both ends.

    speed 1 is the ordinary pace. Moves that travel are centred on the rest position, so that a scene is
    seen from its best side in the middle of the clip; no plane ever appears smaller than at rest.
    """
    eased = _eased(u)
    amount = _amount(seconds, speed)
    swing = (2.0 * eased - 1.0) * amount
    forward, back = eased * amount, (1.0 - eased) * amount
    match move:
        case "static":
            return Pose()
        case "dolly_in":
            return Pose(z=_DOLLY * forward)
        case "dolly_out":
            return Pose(z=_DOLLY * back)
        case "zoom_in":
            return Pose(zoom=1.0 + _ZOOM * forward)
        case "zoom_out":
            return Pose(zoom=1.0 + _ZOOM * back)
        case "pan_left":
            return Pose(pan_x=-_PAN * swing)
        case "pan_right":
            return Pose(pan_x=_PAN * swing)
        case "tilt_up":
            return Pose(pan_y=-_PAN * swing)
        case "tilt_down":
            return Pose(pan_y=_PAN * swing)
        case "truck_left":
            return Pose(x=-_TRUCK * swing)
        case "truck_right":
            return Pose(x=_TRUCK * swing)
        case "crane_up":
            return Pose(y=-_CRANE * swing, pan_y=-0.35 * _PAN * swing)
        case "drone":
            return Pose(y=-0.035 * swing, z=0.8 * _DOLLY * forward)
        case "orbit":
            # Walks around what stands at mid depth, keeps its distance and keeps looking at it.
            return Pose(x=1.3 * _TRUCK * swing, pan_x=-0.65 * _TRUCK * swing)
        case "handheld":
            return _handheld(u * seconds, min(1.6, max(0.5, speed)))


def reach(move: Move, seconds: float, speed: float, depth: float) -> tuple[float, float]:
    """The furthest that a plane at `depth` shifts sideways and up or down during a move."""
    shifts = [pose(move, step / 24, seconds, speed).shift(depth) for step in range(25)]
    return max(abs(x) for x, _ in shifts), max(abs(y) for _, y in shifts)


def _eased(u: float) -> float:
    """Part of an even pace, part of a soft start and stop."""
    u = min(1.0, max(0.0, u))
    return 0.5 * u + 0.5 * u * u * (3.0 - 2.0 * u)


def _amount(seconds: float, speed: float) -> float:
    return min(1.5, max(0.2, speed * math.sqrt(max(seconds, 0.1) / 5.0)))


def _handheld(time: float, size: float) -> Pose:
    """A few slow waves that never repeat together. time in seconds."""

    def wave(phase: float) -> float:
        return (
            math.sin(1.7 * time + phase)
            + 0.5 * math.sin(3.9 * time + 2.1 * phase)
            + 0.2 * math.sin(8.3 * time + 3.7 * phase)
        ) / 1.7

    return Pose(
        x=0.006 * size * wave(1.3),
        y=0.005 * size * wave(4.0),
        pan_x=0.006 * size * wave(0.4),
        pan_y=0.006 * size * wave(2.6),
        zoom=1.0 + 0.004 * size,
        roll=0.003 * size * wave(5.2),
    )
