"""The sky: gradient, sun or moon with its glow, clouds, stars, aurora, rainbow."""

from __future__ import annotations

import math

import cv2
import numpy as np

from rushes.engines.local.composer.spec import SceneSpec
from rushes.engines.local.composer.stage.geometry import Stage
from rushes.engines.local.composer.stage.noise import Dice, Floats, cloud, smoothstep
from rushes.engines.local.composer.stage.palette import Look, mix, tone
from rushes.engines.local.composer.stage.warp import Bytes
from rushes.engines.local.composer.stage.wash import between, blend, to_bytes

_COARSE = 2
"""The sky is soft: it is painted at this fraction of the size."""


def paint_sky(spec: SceneSpec, look: Look, stage: Stage, dice: Dice, bottom: int, spare: int) -> Bytes:
    """The sky as RGB uint8, from row -stage.over to `bottom` and `spare` pixels past either side."""
    full_width, full_height = stage.width + 2 * spare, bottom + stage.over
    width, height = full_width // _COARSE, full_height // _COARSE
    rows = (np.arange(height, dtype=np.float32) * _COARSE - stage.over) / max(1, stage.horizon)
    sky = _gradient(look, rows, width)
    xs = (np.arange(width, dtype=np.float32) * _COARSE - spare) / stage.width
    if spec.time != "night":
        _glow(sky, spec, look, stage, xs, rows)
    if "aurora" in spec.features:
        _aurora(sky, dice, rows)
    cover = look.cover + (0.25 if "clouds" in spec.features and look.cover < 0.6 else 0.0)
    _clouds(sky, look, stage, dice, rows, xs, cover)
    if "rainbow" in spec.features:
        _rainbow(sky, stage, xs, rows)
    whole = cv2.resize(np.clip(sky, 0, 1), (full_width, full_height), interpolation=cv2.INTER_LINEAR)
    painted = to_bytes(whole, dice, rows=64)
    if look.stars > 0.05 or "stars" in spec.features:
        paint_stars(
            painted, dice, max(look.stars, 0.6 if "stars" in spec.features else 0.0), stage, stage.over + stage.horizon
        )
    if "moon" in spec.features or (spec.time in ("night", "dusk") and look.sun_clear > 0.2):
        paint_moon(painted, spare + stage.light_x * stage.width, stage.over + 0.26 * stage.horizon, stage.unit)
    return painted


def sun_place(look: Look, stage: Stage) -> tuple[float, float]:
    """Where the sun stands in the frame at rest, in pixels."""
    return stage.light_x * stage.width, stage.horizon * (1.0 - look.sun_height)


def _gradient(look: Look, rows: Floats, width: int) -> Floats:
    stops = np.array([0.0, 0.30, 0.62, 0.86, 1.0], np.float32)
    colours = [
        look.zenith,
        mix(look.zenith, look.middle, 0.45),
        look.middle,
        mix(look.middle, look.horizon, 0.75),
        look.horizon,
    ]
    line = np.stack([np.interp(rows, stops, [float(c[i]) for c in colours]) for i in range(3)], axis=-1).astype(
        np.float32
    )
    line = cv2.GaussianBlur(line, (1, 0), sigmaX=0.1, sigmaY=max(1.0, len(rows) * 0.03))
    return np.repeat(line.reshape(-1, 1, 3), width, axis=1)


def _glow(sky: Floats, spec: SceneSpec, look: Look, stage: Stage, xs: Floats, rows: Floats) -> None:
    strength = look.sun_clear
    if strength <= 0.02:
        return
    ratio = stage.width / max(1, stage.horizon)
    dx = ((xs - stage.light_x) * ratio)[None, :]
    dy = (rows - (1.0 - look.sun_height))[:, None]
    low = 1.0 if look.sun_height < 0.3 else 0.0
    flat = dx * dx * np.float32(0.35 if low else 1.0) + dy * dy * np.float32(1.6 if low else 1.0)
    wide = np.exp(-flat * np.float32(5.0 if low else 7.0)) * np.float32((0.75 if low else 0.4) * strength)
    blend(sky, wide, look.glow)
    distance = np.sqrt(dx * dx + dy * dy)
    radius = np.float32(0.105 if low else 0.07)
    halo = np.exp(-distance / (radius * 2.2)) * np.float32(0.85 * strength)
    blend(sky, halo, mix(look.glow, look.sun, 0.6))
    if strength > 0.5 and spec.time != "dusk":
        disc = 1.0 - smoothstep(float(radius) * 0.82, float(radius) * 1.0, distance)
        blend(sky, disc, look.sun * np.float32(1.05))


def _clouds(sky: Floats, look: Look, stage: Stage, dice: Dice, rows: Floats, xs: Floats, cover: float) -> None:
    height, width = sky.shape[:2]
    cell = stage.unit / _COARSE * 0.36
    field = cloud(dice, width, height, cell, 6, stretch=2.2, gain=0.55)
    # Far clouds, near the horizon, are smaller and flatter.
    far = cloud(dice, width, height, cell * 0.3, 5, stretch=5.0, gain=0.55)
    share = smoothstep(0.55, 0.95, rows)[:, None]
    field = field * (1 - share) + far * share
    edge = 0.70 - 0.42 * cover
    body = smoothstep(edge, edge + 0.20, field)
    # Light comes from above and from the sun's side: what is denser there lies in shade.
    step = max(1, int(cell * 0.10))
    side = step if stage.light_x < 0.5 else -step
    shift = np.array([[1, 0, side], [0, 1, step]], np.float32)
    moved = cv2.warpAffine(field, shift, (width, height), borderMode=cv2.BORDER_REPLICATE)
    lit = np.clip(0.62 + (field - moved) * 5.5 - (field - edge) * 0.9, 0, 1)
    colour = between(lit, look.shade, look.cloud)
    if look.sun_height < 0.3 and look.sun_clear > 0.3:
        warm = np.exp(-((xs - stage.light_x) ** 2) * 6)[None, :] * smoothstep(0.1, 0.9, rows)[:, None]
        blend(colour, warm * lit * np.float32(0.6), look.glow)
    body *= (1.0 - 0.75 * smoothstep(0.82, 1.02, rows))[:, None]
    body *= np.float32(0.94)
    blend(sky, body, colour)


def _aurora(sky: Floats, dice: Dice, rows: Floats) -> None:
    width = sky.shape[1]
    xs = np.arange(width, dtype=np.float32) / width
    for index, colour in enumerate(("#37f2a1", "#5fe0c8", "#9a6bff")):
        phase = dice.uniform(0, 6.28, 3)
        foot = (
            0.52 - 0.10 * index
            + 0.09 * np.sin(xs * 5.0 + phase[0]) + 0.05 * np.sin(xs * 13.0 + phase[1])
        )  # fmt: skip
        rays = cv2.resize(dice.random((1, 90), np.float32), (width, 1), interpolation=cv2.INTER_CUBIC)
        above = foot[None, :] - rows[:, None]
        curtain = np.where(above > 0, np.exp(-above * 4.2), np.exp(above * 28)) * (0.45 + 0.65 * rays)
        curtain *= 0.55 + 0.45 * np.sin(xs * 3.0 + phase[2])[None, :]
        sky += np.clip(curtain, 0, 1).astype(np.float32)[..., None] * tone(colour) * np.float32(0.55)


def _rainbow(sky: Floats, stage: Stage, xs: Floats, rows: Floats) -> None:
    ratio = stage.width / max(1, stage.horizon)
    centre = 1.0 - stage.light_x
    radius = np.sqrt(((xs - centre) * ratio)[None, :] ** 2 + (rows - 1.15)[:, None] ** 2)
    at = (radius - 0.72) / 0.11
    inside = np.exp(-((at - 0.5) ** 2) * 5.5) * np.float32(0.42)
    inside *= (1.0 - smoothstep(0.9, 1.1, rows))[:, None]
    hue = np.clip((1.0 - at) * 275.0, 0, 275).astype(np.float32)
    hsv = cv2.merge([hue, np.full_like(hue, 0.75), np.ones_like(hue)])
    blend(sky, inside, cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB))


def paint_stars(picture: Bytes, dice: Dice, amount: float, stage: Stage, limit: int) -> None:
    """Scatter stars over the first `limit` rows of RGB uint8: many faint ones, a few bright with a soft halo."""
    height, width = picture.shape[:2]
    count = int(amount * 900 * width * height / (stage.unit * stage.unit * 1.78))
    limit = min(height, limit)
    xs, ys = dice.integers(1, width - 2, count), (dice.random(count) ** 1.25 * (limit - 4)).astype(int) + 1
    shine = dice.random(count) ** 4
    small = max(1, round(stage.height / 900))
    warm = dice.random(count)
    for x, y, bright, hue in zip(xs.tolist(), ys.tolist(), shine.tolist(), warm.tolist(), strict=True):
        level = 70 + 185 * bright
        colour = np.array((level * (0.85 + 0.15 * hue), level * 0.94, level * (1.0 - 0.12 * hue)))
        spot = picture[y : y + small, x : x + small]
        spot[:] = np.maximum(spot, colour.astype(np.uint8))
        if bright > 0.55:
            reach = 2 * small
            halo = picture[max(0, y - reach) : y + reach + small, max(0, x - reach) : x + reach + small]
            spot_height, spot_width = halo.shape[:2]
            soft: Floats = np.zeros((spot_height, spot_width), np.float32)
            soft[spot_height // 2, spot_width // 2] = 255 * small * small * 3
            soft = cv2.GaussianBlur(soft, (0, 0), reach / 2)
            halo[:] = np.minimum(255, halo + soft[..., None]).astype(np.uint8)


def paint_moon(picture: Bytes, x: float, y: float, unit: float) -> None:
    """A full moon with its seas and a halo, onto RGB uint8."""
    radius = 0.048 * unit
    reach = math.ceil(radius * 6)
    left, top = max(0, int(x) - reach), max(0, int(y) - reach)
    patch = picture[top : int(y) + reach, left : int(x) + reach]
    if patch.size == 0:
        return
    height, width = patch.shape[:2]
    dx = np.arange(left, left + width, dtype=np.float32)[None, :] - np.float32(x)
    dy = np.arange(top, top + height, dtype=np.float32)[:, None] - np.float32(y)
    distance = np.sqrt(dx * dx + dy * dy) / np.float32(radius)
    canvas = patch.astype(np.float32)
    halo = np.clip(np.exp(-(distance - 1) * 0.9) - 0.011, 0, 1) * np.float32(0.34)
    canvas += halo[..., None] * (np.array((190, 210, 250), np.float32) - canvas)
    face = np.full(canvas.shape, (246, 244, 232), np.float32)
    for cx, cy, size, deep in ((-0.3, -0.25, 0.34, 26), (0.22, -0.4, 0.22, 22), (0.12, 0.12, 0.3, 24),
                               (-0.35, 0.3, 0.2, 18), (0.45, 0.25, 0.16, 20), (0.0, 0.62, 0.12, -10)):  # fmt: skip
        away = ((dx / radius - cx) ** 2 + (dy / radius - cy) ** 2) / np.float32(size * size)
        face -= (np.exp(-away * 1.5) * np.float32(deep))[..., None]
    disc = np.clip((1.0 - distance) * np.float32(radius) + 0.5, 0, 1)
    canvas += disc[..., None] * (face - canvas)
    patch[:] = np.clip(canvas, 0, 255).astype(np.uint8)
