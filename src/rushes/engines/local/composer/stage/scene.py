"""Puts a scene together: which sheets stand where, and in which order they are drawn."""

from __future__ import annotations

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
    """The sheet of the ground, or of water that mirrors, which starts at the horizon."""

    def __init__(self, sheet: Sheet, stage: Stage, *, mirrors: bool = False) -> None:
        self._sheet, self._move = sheet, stage.mirror if mirrors else stage.floor

    def paint(self, frame: Frame, now: Now) -> None:
        self._sheet.paint(frame, self._move(now.pose))
