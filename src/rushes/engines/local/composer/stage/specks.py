"""Small things that drift one by one: leaves, petals, bubbles, fireflies, sparks; and stars that twinkle."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np

from rushes.engines.local.composer.stage.brush import Canvas
from rushes.engines.local.composer.stage.geometry import Stage
from rushes.engines.local.composer.stage.noise import Dice
from rushes.engines.local.composer.stage.palette import Look, tone
from rushes.engines.local.composer.stage.scene import Now
from rushes.engines.local.composer.stage.sheet import Frame, Sheet
from rushes.engines.local.composer.stage.warp import Bytes

Sort = Literal["leaves", "petals", "bubbles", "fireflies", "sparks"]
_TURNS = 8


@dataclass(frozen=True, slots=True)
class _Habit:
    """How a sort moves: fall and drift in units a second, sway in units, its size in units, how many."""

    fall: float
    drift: float
    sway: float
    size: float
    count: int


_HABITS: dict[Sort, _Habit] = {
    "leaves": _Habit(0.13, -0.06, 0.045, 0.026, 18),
    "petals": _Habit(0.09, -0.08, 0.05, 0.016, 22),
    "bubbles": _Habit(-0.14, 0.0, 0.015, 0.020, 20),
    "fireflies": _Habit(-0.012, 0.012, 0.05, 0.030, 18),
    "sparks": _Habit(-0.22, 0.03, 0.03, 0.010, 16),
}


class Specks:
    """Many small things of one sort, all over the frame or above one place."""

    def __init__(
        self, sort: Sort, stage: Stage, look: Look, dice: Dice, *, low: float = 0.0, strength: float = 1.0
    ) -> None:
        """low: the highest place they reach, as a share of the frame's height; strength: how many, 1 the usual."""
        self._stage, self._sort, self._habit, self._low = stage, sort, _HABITS[sort], low
        count = max(3, round(self._habit.count * strength))
        self._seeds = dice.random((count, 5)).tolist()
        self._sheets = [
            [
                _speck(sort, max(6, round(self._habit.size * stage.unit * size)), look, dice, turn / _TURNS)
                for turn in range(_TURNS)
            ]
            for size in (0.7, 1.0, 1.35)
        ]

    def paint(self, frame: Frame, now: Now) -> None:
        stage, habit = self._stage, self._habit
        top, high = self._low * stage.height, (1.1 - self._low) * stage.height
        for one, two, three, four, five in self._seeds:
            pace = 0.7 + 0.6 * three
            x = one * 1.1 * stage.width + habit.drift * pace * stage.unit * now.time
            x += habit.sway * stage.unit * math.sin(now.time * (0.9 + four) + 6.3 * five)
            y = two * high + habit.fall * pace * stage.unit * now.time
            near = 0.4 + 0.8 * three
            x -= (now.pose.pan_x + now.pose.x * near) * stage.width
            x = x % (1.1 * stage.width) - 0.05 * stage.width
            y = top + (y % high) - 0.05 * stage.height - (now.pose.pan_y + now.pose.y * near) * stage.height
            if self._sort == "fireflies" and math.sin(now.time * (1.6 + two) + 6.3 * four) < -0.25:
                continue
            turn = int(now.time * (2.0 + 4.0 * four) + five * _TURNS) % _TURNS
            sheet = self._sheets[int(three * 2.99)][turn]
            matrix = np.array([[1.0, 0.0, 2.0 * round(x / 2)], [0.0, 1.0, 2.0 * round(y / 2)]])
            sheet.paint(frame, matrix)


def _speck(sort: Sort, size: int, look: Look, dice: Dice, turn: float) -> Sheet:
    """One picture of a speck; turn 0–1."""
    edge = 2 * math.ceil(size * 0.75)
    canvas = Canvas(edge, edge)
    middle = edge / 2
    angle = turn * 2 * math.pi
    match sort:
        case "leaves" | "petals":
            names = (
                ("#e08a2c", "#c4502a", "#e6b83f", "#a9642c") if sort == "leaves" else ("#f9c6d8", "#f4a7c3", "#fde3ec")
            )
            colour = look.lit(tone(names[int(dice.integers(0, len(names)))]))
            flip = 0.35 + 0.65 * abs(math.cos(angle * 1.5))
            at = np.linspace(0, 2 * math.pi, 18, endpoint=False)
            shape = np.stack(
                [np.cos(at) * size * 0.5, np.sin(at) * size * 0.24 * flip * (1 - 0.35 * np.cos(at))], axis=1
            )
            spin = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
            canvas.polygon(shape @ spin.T + middle, colour)
            if sort == "leaves":
                canvas.stroke(
                    np.array([[-size * 0.5, 0], [size * 0.45, 0]]) @ spin.T + middle, colour * np.float32(0.7), 1
                )
        case "bubbles":
            canvas.data[:] = _bubble(edge, size * 0.45)
        case "fireflies":
            canvas.data[:] = _spot(edge, (1.0, 0.93, 0.45), 0.95)
        case "sparks":
            canvas.data[:] = _spot(edge, (1.0, 0.62, 0.22), 1.0)
    return Sheet(canvas.data)


def _spot(edge: int, colour: tuple[float, float, float], strength: float) -> Bytes:
    at = (np.arange(edge, dtype=np.float32) - edge / 2 + 0.5) / (edge / 2)
    away = np.sqrt(at[None, :] ** 2 + at[:, None] ** 2)
    core, glow = np.clip(1 - away * 3.2, 0, 1), np.clip(1 - away, 0, 1) ** 2 * np.float32(0.5)
    alpha = np.clip((core + glow) * np.float32(strength), 0, 1)
    shown = np.asarray(colour, np.float32) + core[..., None] * (1 - np.asarray(colour, np.float32))
    return (np.dstack([shown * alpha[..., None], alpha]) * 255).astype(np.uint8)


def _bubble(edge: int, radius: float) -> Bytes:
    at = np.arange(edge, dtype=np.float32) - edge / 2 + 0.5
    away = np.sqrt(at[None, :] ** 2 + at[:, None] ** 2) / np.float32(radius)
    ring = np.exp(-(((away - 0.88) / 0.14) ** 2)) * np.float32(0.75)
    shine = np.exp(-(((at[None, :] / radius + 0.35) ** 2 + (at[:, None] / radius + 0.35) ** 2) * 16))
    alpha = np.clip(ring + 0.12 * (away < 0.9) + shine * np.float32(0.9), 0, 1)
    shown = np.array((0.85, 0.97, 1.0), np.float32)
    return (np.dstack([shown * alpha[..., None], alpha]) * 255).astype(np.uint8)


class Twinkle:
    """Stars that flicker."""

    def __init__(self, stage: Stage, dice: Dice, *, count: int, lowest: float) -> None:
        """lowest: the lowest row where they stand, as a share of the frame's height."""
        self._stage = stage
        self._stars = [
            (
                dice.uniform(0, stage.width),
                dice.uniform(0, lowest * stage.height),
                dice.uniform(0, 6.3),
                dice.uniform(2, 5),
            )
            for _ in range(count)
        ]
        reach = max(2, round(stage.unit / 240))
        at = np.arange(-reach, reach + 1, dtype=np.float32) / reach
        round_glow = np.clip(1 - np.sqrt(at[None, :] ** 2 + at[:, None] ** 2), 0, 1) ** 2
        cross = np.maximum(np.exp(-np.abs(at[None, :]) * 9), np.exp(-np.abs(at[:, None]) * 9)) * round_glow
        self._glow = ((0.7 * round_glow + 0.6 * cross) * 170).clip(0, 255).astype(np.uint8)
        self._reach = reach

    def paint(self, frame: Frame, now: Now) -> None:
        matrix = self._stage.flat(now.pose, 1.0)
        reach = self._reach
        for x, y, phase, speed in self._stars:
            bright = 0.5 + 0.5 * math.sin(now.time * speed + phase)
            column = round(matrix[0, 0] * x + matrix[0, 1] * y + matrix[0, 2])
            row = round(matrix[1, 0] * x + matrix[1, 1] * y + matrix[1, 2])
            if reach <= column < frame.width - reach and reach <= row < frame.height - reach:
                spot = frame.light[row - reach : row + reach + 1, column - reach : column + reach + 1]
                spot[:] = cv2.addWeighted(self._glow, bright, spot, 1.0, 0)
