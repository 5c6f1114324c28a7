"""Roads, paths, streams and furrows, painted onto the ground."""

from __future__ import annotations

import cv2
import numpy as np

from rushes.engines.local.composer.stage.geometry import Stage
from rushes.engines.local.composer.stage.palette import Look, Tone, ground_haze, tone
from rushes.engines.local.composer.stage.warp import Bytes
from rushes.engines.local.composer.stage.wash import between, blend


def furrows(ground: Bytes, stage: Stage) -> None:
    """Rows of a field that run towards the horizon, onto RGB ground that begins there."""
    height, width = ground.shape[:2]
    near = ((np.arange(height, dtype=np.float32) + 1) / stage.ground)[:, None]
    xs = (np.arange(width, dtype=np.float32)[None, :] - width * 0.5) / np.float32(stage.unit)
    wave = np.sin(xs / (near + 0.02) * 34) * np.minimum(1.0, near * 4)
    ground[:] = np.clip(ground * (1.0 + 0.16 * wave)[..., None], 0, 255).astype(np.uint8)


def lane(ground: Bytes, stage: Stage, look: Look, colour: Tone, *, wide: float, marks: bool, bend: float = 0.0) -> None:
    """A road or path from the bottom of the frame to the horizon, onto RGB ground that begins there."""
    height, width = ground.shape[:2]
    near = ((np.arange(height, dtype=np.float32) + 1) / stage.ground)[:, None]
    xs = (np.arange(width, dtype=np.float32)[None, :] - stage.side - stage.width / 2) / stage.unit
    middle = bend * np.sin(np.minimum(1.2, near) ** 0.6 * 3.1) * (1.0 - np.minimum(1.0, near)) ** 0.6
    off = (xs - middle) / (near * wide + 0.004)
    edge = np.clip((1.0 - np.abs(off)) * (near * wide * stage.unit) / 2.5, 0, 1)
    shown = look.lit(colour)
    base = ground.astype(np.float32) / 255
    grain = cv2.transform(base, np.full((1, 3), 1 / 3))
    grain /= max(0.05, float(grain.mean()))
    fade = np.float32(0.85) * ground_haze(look, near)
    worn = (0.72 + 0.28 * grain) * (1.0 - 0.12 * np.abs(off).clip(0, 1))
    road = between(worn.astype(np.float32), np.zeros_like(shown), shown)
    blend(road, fade, look.haze)
    blend(base, edge, road)
    if marks:
        dash = (np.mod(1.0 / (near + 0.05) * 1.9, 1.0) < 0.5).astype(np.float32)
        line = np.clip((0.018 - np.abs(off)) * 60 * near * stage.unit / 300 + 0.4, 0, 1) * dash
        sides = np.clip((0.016 - np.abs(np.abs(off) - 0.94)) * 60 * near * stage.unit / 300 + 0.4, 0, 1)
        paint = np.maximum(line, sides * 0.8) * edge * np.float32(0.75)
        white = np.broadcast_to(1 - fade, paint.shape).astype(np.float32)
        blend(base, paint, between(white, np.zeros_like(shown), look.lit(tone("#f2efe2"))))
    cv2.convertScaleAbs(base, dst=ground, alpha=255)
