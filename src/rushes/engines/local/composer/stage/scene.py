"""Puts a scene together: which sheets stand where, and in which order they are drawn."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from rushes.engines.local.composer.camera import Pose
from rushes.engines.local.composer.stage.geometry import Stage
from rushes.engines.local.composer.stage.sheet import Frame, Sheet


@dataclass(frozen=True, slots=True)
class Now:
    """One moment: seconds since the start, and the camera."""

    time: float
    pose: Pose


class Layer(Protocol):
    """Something that is drawn over what is behind it."""

    def paint(self, frame: Frame, now: Now) -> None: ...


class Upright:
    """A sheet that stands at one depth. drift: sideways, in pixels a second."""

    def __init__(self, sheet: Sheet, stage: Stage, depth: float, drift: float = 0.0) -> None:
        self._sheet, self._stage, self._depth, self._drift = sheet, stage, depth, drift

    def paint(self, frame: Frame, now: Now) -> None:
        matrix = self._stage.flat(now.pose, self._depth)
        if self._drift:
            matrix = matrix @ np.array([[1, 0, self._drift * now.time], [0, 1, 0], [0, 0, 1.0]])
        self._sheet.paint(frame, matrix)


class Floor:
    """The sheet of the ground, which starts at the horizon."""

    def __init__(self, sheet: Sheet, stage: Stage) -> None:
        self._sheet, self._stage = sheet, stage

    def paint(self, frame: Frame, now: Now) -> None:
        self._sheet.paint(frame, self._stage.floor(now.pose))


class Surface:
    """The sheet of a water's surface, which starts at the horizon and heaves. swell: 0 still to 1 rough."""

    def __init__(self, sheet: Sheet, stage: Stage, swell: float) -> None:
        self._sheet, self._stage, self._swell = sheet, stage, swell

    def paint(self, frame: Frame, now: Now) -> None:
        matrix = self._stage.mirror(now.pose)
        if self._swell > 0.1:
            heave = 0.016 * self._swell * (1.0 + math.sin(1.2 * now.time) + 0.4 * math.sin(2.3 * now.time))
            rise = 1.0 + max(0.0, heave)
            matrix[1, 2] += matrix[1, 1] * self._stage.horizon * (1.0 - rise)
            matrix[1, 1] *= rise
        self._sheet.paint(frame, matrix)
