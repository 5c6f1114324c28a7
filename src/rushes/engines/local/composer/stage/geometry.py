"""The stage's measures: where the horizon lies, how far past the frame to paint, how the camera moves things."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from rushes.engines.local.composer.camera import Pose, pose, reach
from rushes.engines.local.composer.spec import Camera
from rushes.engines.local.composer.stage.warp import Matrix

_GROUND_PUSH = 0.6
"""The ground grows as a whole in a dolly, as if all of it lay at this nearness."""

_MIRROR = 0.28
"""Nearness of what lakes mirror."""


@dataclass(frozen=True, slots=True)
class Stage:
    """Sizes in pixels. The frame at rest is (0, 0) to (width, height); `side`, `over` is the spare around it."""

    width: int
    height: int
    horizon: int
    side: int
    over: int
    light_x: float
    """Where the sun or moon stands, as a share of the frame's width."""

    @property
    def unit(self) -> float:
        """The length that sizes of things are shares of: the height, or less in a narrow frame."""
        return min(float(self.height), 1.25 * self.width)

    @property
    def ground(self) -> int:
        """How high the ground stands in the frame at rest."""
        return self.height - self.horizon

    def near(self, row: float) -> float:
        """How near the ground is at a row: 0 at the horizon, 1 at the bottom."""
        return (row - self.horizon) / max(1, self.ground)

    def row(self, depth: float) -> float:
        """The row where a thing at `depth` stands on the ground."""
        return self.horizon + self.ground * float((1.0 - depth) ** 1.25)

    def flat(self, pose: Pose, depth: float) -> Matrix:
        """How an upright plane at `depth` moves from rest."""
        shift_x, shift_y = pose.shift(depth)
        push = 1.0 + pose.z * (1.0 - depth)
        return np.array(
            [
                [push, 0.0, self.width / 2 * (1 - push) + shift_x * self.width],
                [0.0, push, self.horizon * (1 - push) + shift_y * self.height],
            ]
        )

    def floor(self, pose: Pose) -> Matrix:
        """How the ground moves from rest: it slides more the nearer it is."""
        push = 1.0 + pose.z * _GROUND_PUSH
        lean, rise = -pose.x * self.width / max(1, self.ground), -pose.y * self.height / max(1, self.ground)
        matrix = np.array(
            [
                [push, lean * push, self.width / 2 * (1 - push) - lean * push * self.horizon],
                [0.0, push * (1 + rise), self.horizon * (1 - push * (1 + rise))],
            ]
        )
        matrix[:, 2] -= (pose.pan_x * self.width, pose.pan_y * self.height)
        return matrix

    def mirror(self, pose: Pose) -> Matrix:
        """How still water moves: what it mirrors stands far behind it, so it does not slant."""
        matrix = self.floor(pose)
        matrix[0, 1] = 0.0
        matrix[0, 2] = self.width / 2 * (1.0 - matrix[0, 0]) - (pose.pan_x + _MIRROR * pose.x) * self.width
        return matrix

    def lens(self, pose: Pose) -> Matrix | None:
        """Zoom and roll of the finished frame around its middle, None when there is nothing to do."""
        if pose.zoom == 1.0 and pose.roll == 0.0:
            return None
        cos, sin = pose.zoom * math.cos(pose.roll), pose.zoom * math.sin(pose.roll)
        turn = np.array([[cos, -sin], [sin, cos]])
        middle = np.array([self.width / 2, self.height / 2])
        return np.column_stack([turn, middle - turn @ middle])


def stage_of(width: int, height: int, seconds: float, camera: Camera, horizon: float, light_x: float) -> Stage:
    """The stage for a frame. horizon: share of the height from the top."""
    side, over = 0.0, 0.0
    for depth in (1.0, 0.0, -0.3):
        x, y = reach(camera.move, seconds, camera.speed, depth)
        side, over = max(side, x), max(over, y)
    # The ground is squeezed when the camera comes down: it must still reach the bottom.
    rise = max(abs(pose(camera.move, u / 8, seconds, camera.speed).y) for u in range(9))
    ground = 1.0 - horizon
    over += ground * (1.0 / max(0.3, 1.0 - rise / ground) - 1.0)
    roll = 0.004 if camera.move == "handheld" else 0.0
    return Stage(
        width=width,
        height=height,
        horizon=_even(horizon * height),
        side=_even((side + roll) * width) + 4,
        over=_even((over + roll * width / height) * height) + 4,
        light_x=light_x,
    )


def _even(value: float) -> int:
    return 2 * math.ceil(value / 2)
