"""Skies: gradient, sun or moon with its glow, stars, clouds, rainbow, aurora."""

from __future__ import annotations

import cv2
import numpy as np

from rushes.engines.local.composer.frames import Layer
from rushes.engines.local.composer.paint.ink import Field, Ink, fbm, radial, smooth
from rushes.engines.local.composer.paint.setting import Setting
from rushes.engines.local.composer.palette import Colour, brighter, mix

_WHITE: Colour = (255.0, 255.0, 255.0)


def sky(setting: Setting, below: float = 0.0) -> list[Layer]:
    """The sky down to a little under the horizon; below: how much further, in pixels."""
    view, palette = setting.view, setting.palette
    box = setting.box(0.0, bottom=view.horizon + 0.12 * view.height + below)
    width, height = box.width, box.height
    horizon = (view.horizon - box.top) / height
    ink = Ink.gradient(
        width,
        height,
        [
            (0.0, palette.sky[0]),
            (horizon * 0.55, palette.sky[1]),
            (horizon, palette.sky[2]),
            (1.0, mix(palette.sky[2], palette.haze, 0.7)),
        ],
    )
    sun_x, sun_y = setting.sun_x * view.width - box.left, setting.sun_y - box.top
    unit = setting.unit
    distance = radial(width, height, sun_x, sun_y, unit, 1.25)
    glow = cv2.exp(distance * -2.6) * np.float32(0.85 * palette.glow)
    glow += cv2.exp(distance * -9.0) * np.float32(0.55 * palette.glow)
    if palette.sun_height < 0.3:
        # Low light runs along the horizon.
        rows = np.abs(np.arange(height, dtype=np.float32) - horizon * height) / unit
        band = np.exp(-rows * 5.5)[:, None] * np.exp(
            -np.abs(np.arange(width, dtype=np.float32) - sun_x) / (1.3 * unit)
        )
        glow += band.astype(np.float32) * np.float32(0.5 * palette.glow)
    ink.mix(palette.light, np.minimum(glow, 0.96))
    if palette.stars > 0.02 and not setting.has("no_stars"):
        _stars(ink, setting, horizon * height)
    if setting.has("aurora"):
        _aurora(ink, setting, horizon * height)
    # A thin veil keeps large empty skies from looking like a poster.
    veil = smooth(fbm(setting.rng("veil"), width, height, 0.28 * unit, 5, aspect=4.5), 0.05, 1.3)
    fade = np.linspace(0.35, 1.0, height, dtype=np.float32)[:, None]
    ink.mix(palette.cloud_lit, veil * fade * np.float32(0.4 * min(1.0, palette.cover + 0.35)))
    if palette.sun > 0.3 and palette.sun_height > -0.05:
        _disc(ink, setting, sun_x, sun_y)
    if setting.has("rainbow"):
        _rainbow(ink, setting, box.left, horizon * height)
    return [setting.still(ink.bgra(), box, depth=100.0, near=0.0)]


def _stars(ink: Ink, setting: Setting, horizon: float) -> None:
    rng = setting.rng("stars")
    count = int(420 * setting.palette.stars * ink.width / max(1.0, setting.unit * 1.8))
    xs, ys = rng.random(count) * (ink.width - 3), rng.random(count) ** 1.25 * horizon * 0.95
    size = rng.random(count) ** 3
    field = np.zeros((ink.height, ink.width), np.float32)
    np.maximum.at(field, (ys.astype(int), xs.astype(int)), (0.25 + 0.75 * size).astype(np.float32))
    spread = cv2.GaussianBlur(field, (0, 0), max(0.6, setting.unit / 1100))
    milky = smooth(fbm(rng, ink.width, ink.height, 0.2 * setting.unit, 5, aspect=1.6), 0.2, 1.6)
    slant = np.abs(
        np.arange(ink.width, dtype=np.float32)[None, :] * 0.45
        + np.arange(ink.height, dtype=np.float32)[:, None]
        - 0.55 * horizon
        - 0.2 * ink.width
    )
    milky *= np.exp(-((slant / (0.24 * setting.unit)) ** 2)).astype(np.float32)
    ink.add((150.0, 165.0, 220.0), milky * np.float32(0.34 * setting.palette.stars))
    ink.add((245.0, 248.0, 255.0), cv2.min(spread * np.float32(2.2), 1.0) * np.float32(setting.palette.stars))


def _disc(ink: Ink, setting: Setting, x: float, y: float) -> None:
    palette = setting.palette
    night = palette.stars > 0.6
    radius = (0.042 if night else 0.05) * setting.unit
    distance = radial(ink.width, ink.height, x, y, radius)
    disc = smooth(distance, 1.04, 0.96)
    if night:
        spots = fbm(setting.rng("moon"), ink.width, ink.height, radius * 0.7, 3)
        face = Ink(ink.width, ink.height, (240.0, 242.0, 232.0)).mix((190.0, 195.0, 205.0), smooth(spots, 0.0, 0.8))
        ink.over(face, disc)
        ink.add((150.0, 175.0, 225.0), cv2.exp((distance - 1.0) * -0.55) * np.float32(0.4) * (1.0 - disc))
    else:
        ink.mix(mix(palette.light, _WHITE, 0.72), disc * np.float32(min(1.0, palette.sun + 0.1)))
        ink.add(palette.light, cv2.exp((distance - 1.0) * -0.8) * np.float32(0.35 * palette.sun) * (1.0 - disc))


def _rainbow(ink: Ink, setting: Setting, left: int, horizon: float) -> None:
    centre = setting.view.width * (0.36 if setting.sun_x > 0.5 else 0.64) - left
    distance = radial(ink.width, ink.height, centre, horizon * 1.06, 0.66 * setting.unit)
    bands: tuple[Colour, ...] = (
        (150.0, 70.0, 200.0), (60.0, 110.0, 230.0), (70.0, 190.0, 110.0),
        (250.0, 225.0, 80.0), (250.0, 150.0, 60.0), (235.0, 70.0, 70.0),
    )  # fmt: skip
    for index, colour in enumerate(bands):
        ring = np.exp(-(((distance - (0.92 + 0.018 * index)) / 0.013) ** 2)).astype(np.float32)
        ink.mix(colour, ring * np.float32(0.45))


def _aurora(ink: Ink, setting: Setting, horizon: float) -> None:
    rng = setting.rng("aurora")
    width, height = ink.width, ink.height
    for colour, place in (((80.0, 255.0, 170.0), 0.62), ((90.0, 220.0, 200.0), 0.48), ((170.0, 110.0, 240.0), 0.4)):
        curtain = fbm(rng, width, 1, 0.5 * setting.unit, 3)[0] * 0.12 * horizon + place * horizon
        folds = smooth(fbm(rng, width, 1, 0.05 * setting.unit, 4)[0], -0.9, 1.0)
        rise = np.arange(height, dtype=np.float32)[:, None] - curtain[None, :]
        light = np.where(rise > 0, np.exp(-rise / (0.03 * setting.unit)), np.exp(rise / (0.2 * setting.unit)))
        ink.add(colour, (light * folds[None, :]).astype(np.float32) * np.float32(0.62))


def clouds(setting: Setting) -> list[Layer]:
    """Clouds lit from the sun's side, drifting; none in a sky that has none."""
    palette, view, unit = setting.palette, setting.view, setting.unit
    cover = palette.cover
    if setting.has("clouds"):
        cover = max(cover, 0.5)
    if setting.has("aurora") or (palette.stars > 0.6 and setting.spec.weather == "clear"):
        cover = min(cover, 0.22)
    rng = setting.rng("clouds")
    drift = unit * (0.03 if setting.spec.weather in ("wind", "storm") else 0.009)
    drift *= 1.0 if rng.random() < 0.5 else -1.0
    grain = 2.0
    box = setting.box(0.02, bottom=view.horizon + 2)
    spare = int(abs(drift) * setting.seconds) + 8
    box = type(box)(box.left - spare, box.top, box.right + spare, box.bottom)
    width, height = int(box.width / grain) + 1, int(box.height / grain) + 1
    density, light = _heaps(setting, rng, width, height, unit / grain)
    # More cover lowers the threshold; clouds thin out towards the horizon and the zenith.
    rows = np.linspace(0.0, 1.0, height, dtype=np.float32)[:, None]
    edge = 0.95 - 1.55 * cover + 0.3 * np.abs(rows - 0.5)
    alpha = smooth((density - edge).astype(np.float32), 0.0, 0.42 if cover < 0.8 else 0.9)
    alpha *= np.float32(0.94 if not palette.night else 0.8)
    thick = smooth((density - edge).astype(np.float32), 0.1, 1.0)
    shade = mix(palette.cloud_shade, palette.sky[2], 0.22)
    ink = Ink.ramp(
        np.clip(light * 0.75 + 0.5 - 0.4 * thick * min(1.0, cover + 0.2), 0.0, 1.0).astype(np.float32),
        [brighter(shade, 0.86), mix(shade, palette.cloud_lit, 0.5), palette.cloud_lit],
    )
    near_sun = cv2.exp(
        radial(width, height, (setting.sun_x * view.width - box.left) / grain, (setting.sun_y - box.top) / grain,
               0.5 * unit / grain) * -1.4
    )  # fmt: skip
    ink.mix(mix(palette.light, _WHITE, 0.35), near_sun * (1.0 - thick * 0.7) * np.float32(0.8 * palette.glow))
    ink.mix(palette.haze, (rows**3 * 0.5).astype(np.float32))
    return [setting.still(ink.bgra(alpha), box, depth=90.0, near=0.02, drift=drift, grain=grain)]


def _heaps(
    setting: Setting, rng: np.random.Generator, width: int, height: int, unit: float
) -> tuple[Field, Field]:
    """How dense cloud is, and how much light falls on it (about -1 to 1)."""
    base = fbm(rng, width, height, 0.2 * unit, 6, aspect=1.9, gain=0.55)
    # Flat below, round above: compare with what lies nearer to the light.
    step_x, step_y = setting.lit_side * 0.03 * unit, -0.035 * unit
    if setting.palette.sun_height < 0.3:
        step_y = 0.02 * unit
    moved = cv2.warpAffine(
        base, np.array([[1.0, 0.0, -step_x], [0.0, 1.0, -step_y]]), (width, height), borderMode=cv2.BORDER_REFLECT
    )
    light = (base - moved) * 1.3
    return base, np.clip(light, -1.0, 1.0).astype(np.float32)
