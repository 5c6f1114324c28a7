"""What fills the air before a scene: rain, snow, fog, lightning, beams of light, and the frame's dark corners."""

from __future__ import annotations

import math

import cv2
import numpy as np

from rushes.engines.local.composer.stage.geometry import Stage
from rushes.engines.local.composer.stage.noise import Dice, cloud, smoothstep
from rushes.engines.local.composer.stage.palette import Look
from rushes.engines.local.composer.stage.scene import Now
from rushes.engines.local.composer.stage.sheet import Frame, Sheet
from rushes.engines.local.composer.stage.warp import Bytes
from rushes.engines.local.composer.stage.yuv import cut_out

_BLACK = 16


class Veil:
    """A picture of brightness that is added everywhere and scrolls round and round: rain or snow."""

    def __init__(self, tile: Bytes, fall: float, side: float, sway: float, near: float, phase: float) -> None:
        """tile: uint8, the frame's size. fall, side: pixels a second; sway: pixels; near: how much it feels travel."""
        self._tile, self._fall, self._side, self._sway, self._near, self._phase = tile, fall, side, sway, near, phase

    def paint(self, frame: Frame, now: Now) -> None:
        height, width = self._tile.shape
        down = self._fall * now.time - (now.pose.pan_y + now.pose.y * self._near) * height
        across = (
            self._side * now.time + self._sway * math.sin(now.time * 0.9 + self._phase)
            - (now.pose.pan_x + now.pose.x * self._near) * width
        )  # fmt: skip
        y, x = round(down) % height, round(across) % width
        for rows, from_rows in ((slice(0, y), slice(height - y, height)), (slice(y, height), slice(0, height - y))):
            for columns, from_columns in (
                (slice(0, x), slice(width - x, width)), (slice(x, width), slice(0, width - x)),
            ):  # fmt: skip
                spot = frame.light[rows, columns]
                if spot.size:
                    cv2.add(spot, self._tile[from_rows, from_columns], dst=spot)


def rain(stage: Stage, dice: Dice, *, heavy: bool) -> list[Veil]:
    """Streaks of rain, two sheets of them."""
    slant = 0.22 if heavy else 0.10
    veils = []
    for near, long, count, bright in ((0.4, 0.045, 420, 50), (1.0, 0.11, 150, 78)):
        tile = np.zeros((stage.height, stage.width), np.uint8)
        amount = int(count * (1.5 if heavy else 1.0) * stage.width * stage.height / (stage.unit**2 * 1.78))
        length = long * stage.unit
        thick = max(1, round(stage.unit / 720 * (1 + near)))
        for x, y, level in zip(
            (dice.random(amount) * stage.width).tolist(), (dice.random(amount) * stage.height).tolist(),
            dice.uniform(0.5, 1.0, amount).tolist(), strict=True,
        ):  # fmt: skip
            for shift in (0, -stage.height):
                start = (round(x), round(y + shift))
                end = (round(x - slant * length), round(y + shift + length))
                cv2.line(tile, start, end, bright * level, thick, cv2.LINE_AA)
        tile = cv2.GaussianBlur(tile, (0, 0), 0.6 * thick)
        speed = (1.5 + 0.9 * near) * stage.unit
        veils.append(Veil(tile, speed, -slant * speed, 0.0, near, 0.0))
    return veils


def snow(stage: Stage, dice: Dice, *, heavy: bool) -> list[Veil]:
    """Flakes of snow, three sheets of them, the nearer the larger, softer and faster."""
    veils = []
    for near, size, count, bright in ((0.2, 0.0022, 420, 150), (0.6, 0.0042, 170, 200), (1.1, 0.009, 36, 150)):
        # What is soft anyway is drawn at half size.
        fine = 1.0 if near < 1 else 0.5
        tile = np.zeros((round(stage.height * fine), round(stage.width * fine)), np.uint8)
        amount = int(count * (1.6 if heavy else 1.0) * stage.width * stage.height / (stage.unit**2 * 1.78))
        radius = max(1.0, size * stage.unit)
        margin = math.ceil(2 * radius)
        # In eighths of a pixel, brightness aside.
        eighth = 8 * fine
        low = np.array([margin, margin, 0.6 * radius, 0.6 * bright / eighth]) * eighth
        high = np.array([stage.width - margin, stage.height - margin, 1.1 * radius, bright / eighth]) * eighth
        for x, y, wide, level in (low + (high - low) * dice.random((amount, 4))).tolist():
            cv2.circle(tile, (round(x), round(y)), round(wide), level, -1, cv2.LINE_AA, 3)
        tile = cv2.GaussianBlur(tile, (0, 0), 0.45 * radius * (1.0 + near) * fine)
        if fine < 1:
            tile = cv2.resize(tile, (stage.width, stage.height), interpolation=cv2.INTER_LINEAR)
        veils.append(
            Veil(
                tile,
                (0.06 + 0.13 * near) * stage.unit,
                -0.02 * near * stage.unit,
                0.03 * near * stage.unit,
                near,
                5 * near,
            )
        )
    return veils


class Mist:
    """A bank of fog that drifts across."""

    def __init__(
        self, stage: Stage, look: Look, dice: Dice, *, row: float, high: float, thick: float, near: float
    ) -> None:
        """row: its middle, high: its height, shares of the frame's height; thick: 0–1; near: 0–1.2."""
        self._stage, self._near = stage, near
        spare = stage.side + round(0.30 * stage.width)
        width, height = stage.width + 2 * spare, 2 * round(high * stage.height / 2)
        coarse = (max(8, width // 4), max(8, height // 4))
        field = cloud(dice, *coarse, stage.unit * 0.07, 4, stretch=3.5)
        rows = np.linspace(-1, 1, coarse[1], dtype=np.float32)[:, None]
        body = np.clip(0.30 + 1.5 * (field - 0.4), 0, 1) * np.clip(1 - rows * rows, 0, 1) ** 1.5
        alpha = cv2.resize((body * np.float32(255 * thick)).clip(0, 255).astype(np.uint8), (width, height))
        colour = np.empty((height, width, 3), np.uint8)
        colour[:] = np.clip((0.75 * look.haze + 0.25 * look.horizon) * 255, 0, 255).astype(np.uint8)
        self._sheet = Sheet(cut_out(colour, alpha), -(spare // 2) * 2, 2 * round((row - high / 2) * stage.height / 2))
        self._speed = (0.008 + 0.016 * near) * stage.width

    def paint(self, frame: Frame, now: Now) -> None:
        matrix = self._stage.flat(now.pose, 1.0 - self._near).copy()
        # Fog has no edges to sharpen: sliding by whole pixels is enough.
        matrix[0, 2] += self._speed * (now.time - 7.5)
        if abs(matrix[0, 0] - 1.0) < 0.02:
            matrix[:, :2] = np.eye(2)
            matrix[:, 2] = np.round(matrix[:, 2] / 2) * 2
        self._sheet.paint(frame, matrix)


class Beams:
    """Shafts of light from the sun's place, added to brightness; they breathe slowly."""

    def __init__(self, stage: Stage, dice: Dice, *, row: float, strength: float) -> None:
        """row: the sun's, in pixels; strength: 0–1."""
        width, height = stage.width // 4, stage.height // 4
        xs = (np.arange(width, dtype=np.float32)[None, :] * 4 - stage.light_x * stage.width) / stage.unit
        ys = (np.arange(height, dtype=np.float32)[:, None] * 4 - row) / stage.unit + np.float32(0.12)
        index = ((np.arctan2(xs, ys) / math.pi + 1) / 2 * 1023).astype(np.int32)
        fall = np.exp(-np.sqrt(xs * xs + ys * ys) * 1.5) * smoothstep(-0.1, 0.25, ys)
        self._parts: list[Bytes] = []
        for _ in range(2):
            line = smoothstep(
                0.42, 0.9, cv2.resize(dice.random((1, 90), np.float32), (1024, 1), interpolation=cv2.INTER_CUBIC)[0]
            )
            beam = cv2.GaussianBlur(line[index] * fall, (0, 0), max(1.0, stage.unit / 400))
            light = np.clip(beam * np.float32(105 * strength), 0, 255).astype(np.uint8)
            self._parts.append(cv2.resize(light, (stage.width, stage.height), interpolation=cv2.INTER_LINEAR))

    def paint(self, frame: Frame, now: Now) -> None:
        share = 0.5 + 0.5 * math.sin(now.time * 0.8)
        shine = cv2.addWeighted(self._parts[0], 0.25 + 0.75 * share, self._parts[1], 1.0 - 0.75 * share, 0)
        cv2.add(frame.light, shine, dst=frame.light)


class Lightning:
    """Now and then the whole scene flares up."""

    def __init__(self, dice: Dice, span: float) -> None:
        first = dice.uniform(0.2, 0.45) * span
        self._strikes = [first, first + 0.18, *(first + 2.7 * k + dice.uniform(0, 1.5) for k in range(1, 8))]

    def paint(self, frame: Frame, now: Now) -> None:
        glare = sum(math.exp(-(now.time - strike) / 0.11) for strike in self._strikes if 0 <= now.time - strike < 0.7)
        if glare > 0.03:
            cv2.convertScaleAbs(
                frame.light, dst=frame.light, alpha=1.0 + 0.45 * min(1.0, glare), beta=26.0 * min(1.0, glare)
            )


class Vignette:
    """Darker corners."""

    def __init__(self, stage: Stage, strength: float) -> None:
        ys = np.linspace(-1, 1, stage.height, dtype=np.float32)[:, None]
        xs = np.linspace(-1, 1, stage.width, dtype=np.float32)[None, :]
        away = smoothstep(0.45, 2.1, xs * xs + ys * ys * np.float32(0.9))
        self._mask: Bytes = np.round(255 * (1 - np.float32(1.35 * strength) * away)).clip(0, 255).astype(np.uint8)

    def paint(self, frame: Frame, now: Now) -> None:
        cv2.multiply(frame.light, self._mask, dst=frame.light, scale=1 / 255)
        cv2.max(frame.light, _BLACK, dst=frame.light)
