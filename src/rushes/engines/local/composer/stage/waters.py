"""Water: what it mirrors, its waves and its glitter."""

from __future__ import annotations

import math

import cv2
import numpy as np

from rushes.engines.local.composer.stage.geometry import Stage
from rushes.engines.local.composer.stage.land import in_perspective
from rushes.engines.local.composer.stage.noise import Dice, Floats, cloud, smoothstep
from rushes.engines.local.composer.stage.palette import Look, mix, water
from rushes.engines.local.composer.stage.scene import Now
from rushes.engines.local.composer.stage.sheet import Frame, Sheet
from rushes.engines.local.composer.stage.warp import Bytes
from rushes.engines.local.composer.stage.wash import between, blend, shade, to_bytes
from rushes.engines.local.composer.stage.yuv import cut_out


def paint_water(
    look: Look, stage: Stage, dice: Dice, behind: Bytes, *, swell: float, clear: float, foot: int | None = None
) -> Bytes:
    """Water from the horizon's row down to row `foot` (the bottom when None), RGB uint8.

    behind: RGB uint8, all that stands behind it, its last row at the horizon, as wide as the stage with its
    side. swell: 0 a mirror to 1 a rough sea. clear: how light the water itself is, 0–1.
    """
    width = stage.width + 2 * stage.side
    height = (stage.height + stage.over if foot is None else foot) - stage.horizon
    near = ((np.arange(height, dtype=np.float32) + 1) / stage.ground)[:, None]
    waves = in_perspective(dice, width, height, stage.ground, stretch=7.0)
    ripple = in_perspective(dice, width, height, stage.ground, stretch=4.0)
    sway = (waves - 0.5) * near * np.float32(stage.unit * (0.10 + 0.35 * swell))
    rows = np.arange(height, dtype=np.float32)[:, None]
    source_y = behind.shape[0] - 2 - np.clip(rows * 1.08 + sway * 1.4, 0, behind.shape[0] - 3)
    source_x = np.clip(np.arange(width, dtype=np.float32)[None, :] + sway * 0.35, 0, width - 1)
    mirrored = cv2.remap(behind, source_x, source_y.astype(np.float32), cv2.INTER_LINEAR).astype(
        np.float32
    ) * np.float32(0.93 / 255)
    deep = look.lit(mix(water("deep"), water("shallow"), clear))
    darker = look.lit(mix(water("abyss"), water("deep"), clear))
    picture = between(smoothstep(0.25, 0.8, waves), darker, deep)
    share = np.clip((0.86 - 0.34 * swell) - (0.42 + 0.25 * swell) * near, 0.20, 1.0)
    blend(picture, share, mirrored)
    crest = smoothstep(0.58, 0.85, ripple) * np.minimum(1.0, near * 2.5) * np.float32(0.10 + 0.28 * swell)
    blend(picture, crest, mix(look.cloud, look.horizon, 0.4))
    trough = smoothstep(0.5, 0.8, 1.0 - waves)
    shade(picture, 1.0 - np.float32(0.10 + 0.2 * swell) * trough * np.minimum(1.0, near * 3))
    xs = (np.arange(width, dtype=np.float32) - stage.side) / stage.width
    if look.sun_clear > 0.3 or look.night > 0.5:
        # The road of light under the sun or moon.
        wide = 0.045 + 0.10 * near
        road = np.exp(-(((xs[None, :] - stage.light_x) + (ripple - 0.5) * 0.18) ** 2) / (2 * wide * wide))
        low = look.sun_height < 0.3
        strength = (0.55 if low else 0.22) * max(look.sun_clear, 0.4)
        road = road * smoothstep(0.40, 0.62, ripple) * np.float32(strength)
        blend(picture, road, mix(look.sun, look.glow, 0.35))
    fade = np.exp(-near * 26) * np.float32(0.5 + 0.4 * look.veil)
    blend(picture, fade, look.haze)
    shade(picture, 1.0 - 0.25 * smoothstep(0.6, 1.15, near))
    return to_bytes(picture, dice)


class Glitter:
    """Light that dances on water: two patterns that pass each other, bright where they meet."""

    def __init__(self, stage: Stage, look: Look, dice: Dice, foot: int, *, swell: float) -> None:
        """foot: the row where the water ends."""
        self._stage, self._rows = stage, max(8, foot - stage.horizon)
        self._speed = (0.030 + 0.05 * swell) * stage.width
        width = round(stage.width * 1.5)
        near = ((np.arange(self._rows, dtype=np.float32) + 1) / stage.ground)[:, None]
        self._patterns = [
            _pattern(in_perspective(dice, width, self._rows, stage.ground, stretch=5.0)) for _ in range(2)
        ]
        xs = np.arange(stage.width, dtype=np.float32)[None, :] / stage.width
        wide = 0.10 + 0.16 * near
        road = np.exp(-((xs - stage.light_x) ** 2) / (2 * wide * wide))
        bright = 0.5 * max(look.sun_clear, 0.3) * (1.6 if look.sun_height < 0.3 or look.night > 0.6 else 1.0)
        power = (0.20 + road * bright) * smoothstep(0.0, 0.10, near) * np.clip(1.0 - 0.85 * near, 0, 1)
        deep = smoothstep(0.02, 0.3, near) * np.float32(14 + 22 * swell) * np.ones_like(xs)
        self._dark: Bytes = deep.clip(0, 255).astype(np.uint8)
        self._bright: Bytes = np.clip(power * 255 * (0.45 + 0.55 * float(look.horizon.max())), 0, 255).astype(np.uint8)

    def paint(self, frame: Frame, now: Now) -> None:
        top = self._stage.horizon - round(now.pose.pan_y * self._stage.height)
        start, end = max(0, top), min(frame.height, top + self._rows)
        if end <= start:
            return
        rows = np.s_[start - top : end - top]
        width = frame.width
        spare = self._patterns[0].shape[1] - width
        slid = now.time * self._speed + (now.pose.pan_x + 0.4 * now.pose.x) * width
        first = self._patterns[0][rows, _there_and_back(slid, spare) :][:, :width]
        second = self._patterns[1][rows, _there_and_back(spare * 0.6 - slid * 0.8, spare) :][:, :width]
        shine = cv2.multiply(cv2.multiply(first, second, scale=1 / 255), self._bright[rows], scale=1 / 255)
        spot = frame.light[start:end]
        # Troughs run between the crests.
        third = self._patterns[1][rows, _there_and_back(slid * 1.3 + spare * 0.3, spare) :][:, :width]
        hollow = cv2.multiply(cv2.multiply(first, third, scale=1 / 255), self._dark[rows], scale=1 / 255)
        cv2.subtract(spot, hollow, dst=spot)
        cv2.add(spot, shine, dst=spot)


class Foam:
    """The edge of the sea on a beach: it runs up the sand and back."""

    def __init__(self, stage: Stage, look: Look, dice: Dice, row: int, width: int) -> None:
        """row: where the water ends at rest."""
        self._stage = stage
        high = 2 * round(0.05 * stage.unit) + 16
        line = cv2.resize(dice.random((1, 14), np.float32), (width, 1), interpolation=cv2.INTER_CUBIC)[0]
        rows = np.arange(high, dtype=np.float32)[:, None] / high
        noise = cloud(dice, width, high, max(4.0, 0.02 * stage.unit), 4, stretch=2.5)
        edge = 0.62 + 0.22 * (line - 0.5)[None, :]
        band = np.exp(-(((rows - edge) / 0.10) ** 2)) + 0.55 * smoothstep(0.52, 0.7, noise) * (
            rows < edge
        ) * smoothstep(0.05, 0.5, rows)
        alpha = np.clip(band * (0.55 + 0.9 * (noise - 0.3)), 0, 0.95)
        alpha[-2:] = 0
        white = np.empty((high, width, 3), np.uint8)
        white[:] = np.clip(look.lit(np.array((0.98, 1.0, 1.0), np.float32)) * 255, 0, 255).astype(np.uint8)
        self._sheet = Sheet(
            cut_out(white, (alpha * 255).astype(np.uint8)), -stage.side, 2 * round((row - 0.62 * high) / 2)
        )
        self._run = 0.018 * stage.unit

    def paint(self, frame: Frame, now: Now) -> None:
        push = math.sin(now.time * 1.1) + 0.35 * math.sin(now.time * 2.3 + 1.0)
        matrix = self._stage.floor(now.pose).copy()
        matrix[1, 2] += self._run * push
        self._sheet.paint(frame, matrix)


def shore(art: Bytes, dice: Dice, row: int, stage: Stage) -> Bytes:
    """Ground (RGB, from the horizon) cut off above `row` by a winding shore: premultiplied RGBA."""
    height, width = art.shape[:2]
    line = cv2.resize(dice.random((1, 7), np.float32), (width, 1), interpolation=cv2.INTER_CUBIC)[0]
    edge = row - stage.horizon + (line - 0.5) * 0.06 * stage.unit
    rows = np.arange(height, dtype=np.float32)[:, None]
    soft = max(2.0, 0.022 * stage.unit)
    alpha = smoothstep(0.0, 1.0, (rows - edge[None, :]) / soft)
    wet = smoothstep(0.0, 1.0, (rows - edge[None, :]) / (soft * 3.2))
    darkened = (art * (0.66 + 0.34 * wet)[..., None]).astype(np.uint8)
    return cut_out(darkened, (alpha * 255).astype(np.uint8))


def _pattern(field: Floats) -> Bytes:
    low, high = np.quantile(field[::4, ::8], (0.45, 0.97))
    pattern: Bytes = (smoothstep(float(low), float(high) + 1e-3, field) * 255).astype(np.uint8)
    return pattern


def _there_and_back(way: float, spare: int) -> int:
    """An offset 0 to `spare` that turns round at its ends."""
    if spare <= 0:
        return 0
    at = way % (2 * spare)
    return int(at if at <= spare else 2 * spare - at)
