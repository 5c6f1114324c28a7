"""Flames that flicker, with the light they throw."""

from __future__ import annotations

import math

import cv2
import numpy as np

from rushes.engines.local.composer.stage.art import halo
from rushes.engines.local.composer.stage.geometry import Stage
from rushes.engines.local.composer.stage.noise import Dice, cloud, smoothstep
from rushes.engines.local.composer.stage.palette import tone
from rushes.engines.local.composer.stage.scene import Now
from rushes.engines.local.composer.stage.sheet import Frame, Sheet
from rushes.engines.local.composer.stage.warp import Bytes

_FRAMES = 14
_RATE = 13.0
"""Pictures of the flame, and how many of them pass in a second."""


class Fire:
    """A fire standing at one place."""

    def __init__(self, stage: Stage, dice: Dice, *, x: float, foot: float, high: float, depth: float) -> None:
        """x, foot: the middle of its foot in the frame at rest; high: its height; all in pixels."""
        self._stage, self._depth = stage, depth
        tall = max(8, 2 * round(high / 2))
        wide = max(8, 2 * round(high * 0.42))
        left, top = 2 * round((x - wide / 2) / 2), 2 * round((foot - tall) / 2)
        self._flames = [Sheet(picture, left, top) for picture in _flames(wide, tall, dice)]
        radius = 2 * round(high * 0.8)
        self._glow = Sheet(halo(radius, tone("#ff9440"), 0.55), -radius, -radius)
        self._middle = (x, foot - 0.35 * high)

    def paint(self, frame: Frame, now: Now) -> None:
        matrix = self._stage.flat(now.pose, self._depth)
        pulse = 1.0 + 0.07 * math.sin(now.time * 8.7) + 0.05 * math.sin(now.time * 13.9 + 1.0)
        glow = matrix.copy()
        glow[:, 2] = matrix @ (*self._middle, 1.0)
        glow[:, :2] *= pulse
        self._glow.paint(frame, glow)
        self._flames[int(now.time * _RATE) % _FRAMES].paint(frame, matrix)


def _flames(wide: int, tall: int, dice: Dice) -> list[Bytes]:
    """One round of a flame: noise that rises through a tongue's shape."""
    columns, rows = max(8, wide // 2), max(8, tall // 2)
    noise = cloud(dice, columns, rows * 2, rows * 0.30, 4, stretch=0.6)
    # The noise must close the circle that it goes round.
    ramp = np.linspace(0, 1, rows * 2, dtype=np.float32)[:, None]
    noise = noise * (1 - ramp) + np.roll(noise, rows, axis=0) * ramp
    up = np.linspace(1, 0, rows, dtype=np.float32)[:, None]
    xs = np.linspace(-1, 1, columns, dtype=np.float32)[None, :]
    pictures = []
    for index in range(_FRAMES):
        shift = round(2 * rows * index / _FRAMES)
        here = np.roll(noise, -shift, axis=0)[:rows]
        across = xs + (here - 0.5) * 1.1 * up + 0.10 * np.sin(2 * math.pi * index / _FRAMES + 4 * up) * up
        body = (1.0 - up) ** 0.75 * smoothstep(0.0, 0.12, up + 0.03) * 0.92
        heat = 1.0 - np.abs(across) / np.maximum(body, 0.02) + (here - 0.5) * 1.5 * up
        alpha = smoothstep(0.0, 0.28, heat) * smoothstep(0.0, 0.06, up + 0.02)
        red, yellow, white = tone("#f2541b"), tone("#ffb52e"), tone("#fff3b8")
        colour = red + smoothstep(0.1, 0.55, heat)[..., None] * (yellow - red)
        colour = colour + smoothstep(0.55, 0.95, heat - 0.25 * up)[..., None] * (white - colour)
        picture = np.clip(np.dstack([colour * alpha[..., None], alpha]) * 255, 0, 255).astype(np.uint8)
        pictures.append(cv2.resize(picture, (wide, tall), interpolation=cv2.INTER_LINEAR))
    return pictures
