"""The ground in perspective, and the hills and mountains that stand behind it."""

from __future__ import annotations

import cv2
import numpy as np

from rushes.engines.local.composer.stage.geometry import Stage
from rushes.engines.local.composer.stage.noise import Dice, Floats, cloud, jagged, smoothstep, wander
from rushes.engines.local.composer.stage.palette import Look, Tones, ground_haze, haze_share, mix, tone
from rushes.engines.local.composer.stage.warp import Bytes
from rushes.engines.local.composer.stage.wash import between, blend, ramp, shade, to_bytes
from rushes.engines.local.composer.stage.yuv import cut_out

Cut = tuple[Bytes, int]
"""A cut-out: premultiplied RGBA uint8, and the row where its top lies at rest."""


def paint_ground(
    look: Look, stage: Stage, dice: Dice, stuff: Tones, *, rough: float = 1.0, stripes: float = 0.0
) -> Bytes:
    """Ground of one material, RGB uint8, from the horizon's row to the bottom, with `stage.side` beside it.

    rough: how strong its patches are; stripes: how much they lie across, as on sand or snow.
    """
    width, height = stage.width + 2 * stage.side, stage.ground + stage.over
    near = (np.arange(height, dtype=np.float32) + 1) / stage.ground
    field = in_perspective(dice, width, height, stage.ground, stretch=1.0 + 5.0 * stripes)
    fine = cloud(dice, width, height, max(3.0, stage.unit / 90), 3, stretch=2.4)
    value = 0.5 + (field - 0.5) * 2.3 * rough + (fine - 0.5) * 0.75 * rough * np.minimum(1, near * 2)[:, None]
    main, lit, shaded = (look.lit(colour) for colour in stuff)
    picture = ramp(value, shaded, main, lit)
    xs = (np.arange(width, dtype=np.float32) - stage.side) / stage.width
    if look.sun_clear > 0.3:
        # The light lies on the ground on the sun's side, warmest where it is low.
        pool = np.exp(-((xs - stage.light_x) ** 2) * 3.2)[None, :] * np.exp(-near * 1.5)[:, None]
        strength = 0.40 if look.sun_height < 0.3 else 0.22
        blend(picture, pool * np.float32(strength * look.sun_clear), look.glow)
    blend(picture, 0.85 * ground_haze(look, near)[:, None], look.haze)
    # Nearest to the eye the ground darkens, which carries the picture.
    shade(picture, 1.0 - 0.30 * smoothstep(0.55, 1.15, near)[:, None])
    return to_bytes(picture, dice)


def in_perspective(dice: Dice, width: int, height: int, depth: int, stretch: float = 1.0) -> Floats:
    """Noise that lies flat on the ground: float32 (height, width), its first row at the horizon."""
    size = 512
    flat = cloud(dice, size, size, 42, 5, stretch=stretch)
    near = (np.arange(height, dtype=np.float32) + 2.0) / depth
    away = 1.0 / (near + 0.035)
    xs = (np.arange(width, dtype=np.float32) - width / 2) / depth
    map_x = _to_and_fro(xs[None, :] * away[:, None] * np.float32(60) + np.float32(size / 2), size)
    map_y = np.repeat(_to_and_fro(away[:, None] * np.float32(95) + np.float32(size - 1), size), width, axis=1)
    field: Floats = cv2.remap(flat, map_x, map_y, cv2.INTER_LINEAR)
    calm = smoothstep(0.0, 0.12, near)[:, None]
    return 0.5 + (field - 0.5) * calm


def _to_and_fro(at: Floats, size: int) -> Floats:
    """Places on an endless line as places on 0 to size - 1, which turns round at its ends."""
    rounds = at / np.float32(2 * size - 2)
    rounds -= np.floor(rounds)
    place: Floats = np.float32(size - 1) - np.abs(rounds * np.float32(2 * size - 2) - np.float32(size - 1))
    return place


def paint_mountains(
    look: Look,
    stage: Stage,
    dice: Dice,
    stuff: Tones,
    *,
    depth: float,
    peak: float,
    snow: float,
    cell: float,
    scar: bool = False,
) -> Cut:
    """A mountain range.

    peak: its height as a share of the frame; snow: how far down it is white, 0–1; scar: with a waterfall.
    """
    width = stage.width + 2 * stage.side
    line = jagged(dice, width, cell * stage.unit)
    line = 0.15 + 0.85 * (line - line.min()) / max(1e-3, float(line.max() - line.min()))
    tops = line * peak * stage.height
    height = _even(float(tops.max()) + 4) + _even(0.04 * stage.height)
    base = height - _even(0.04 * stage.height)
    rows = np.arange(height, dtype=np.float32)[:, None]
    below = rows - (base - tops)[None, :]
    alpha = np.clip(below + 0.5, 0, 1)
    # Flanks that face the light are bright, the others lie in shade; ribs run down from the ridge.
    warp = cloud(dice, width, height, 0.10 * stage.unit, 5)
    reach = 0.10 * stage.unit
    across = np.arange(width, dtype=np.float32)[None, :] + (warp - 0.5) * reach * 3.0
    slope = cv2.GaussianBlur(line[None, :], (0, 0), max(1.0, 0.006 * stage.unit))
    slope = np.gradient(slope[0]) * stage.unit
    index = np.clip(across, 0, width - 1)
    face = cv2.remap(
        slope[None, :].astype(np.float32), index.astype(np.float32), np.zeros_like(index, np.float32), cv2.INTER_LINEAR
    )
    if stage.light_x < 0.5:
        face = -face
    ribs = cloud(dice, width, height, 0.05 * stage.unit, 4, stretch=0.5)
    value = 0.5 - np.clip(face, -1.2, 1.2) * 0.42 + (ribs - 0.5) * 1.1
    main, lit, shaded = stuff
    picture = ramp(value, *(look.lit(colour) for colour in (shaded, main, lit)))
    if snow > 0:
        level = below / np.maximum(tops[None, :], 1) - (ribs - 0.5) * 0.9 - (0.3 - 0.3 * line)[None, :] * -1.0
        caps = 1.0 - smoothstep(0.55 * snow, 0.55 * snow + 0.08, level)
        white = ramp(value, *(look.lit(tone(c)) for c in ("#8fa6c8", "#dfe8f3", "#ffffff")))
        blend(picture, caps, white)
    if scar:
        _waterfall(picture, look, stage, tops, base, ribs)
    fade = haze_share(look, depth)
    foot = smoothstep(0.0, 1.0, rows / base)
    share = np.clip(fade + (0.25 + 0.2 * look.veil) * foot * foot, 0, 0.97)
    blend(picture, share, look.haze)
    return cut_out(to_bytes(picture, dice), (alpha * 255).astype(np.uint8)), stage.horizon - base


def _waterfall(picture: Floats, look: Look, stage: Stage, tops: Floats, base: int, ribs: Floats) -> None:
    """White water that falls down the side of a range, opposite the light."""
    # At the highest place of the side away from the light.
    middle = round(stage.side + (1.0 - stage.light_x) * stage.width)
    start = middle - stage.width // 8
    x = start + int(np.argmax(tops[start : middle + stage.width // 8]))
    xs = np.arange(picture.shape[1], dtype=np.float32)[None, :]
    rows = np.arange(picture.shape[0], dtype=np.float32)[:, None]
    top = base - float(tops[x]) * 0.8
    down = np.clip((rows - top) / max(1.0, base - top), 0, 1)
    wide = (0.014 + 0.030 * down) * stage.unit
    share = np.exp(-(((xs - x + (ribs - 0.5) * wide) / wide) ** 4)) * smoothstep(0.0, 0.06, down) * np.float32(0.92)
    white = look.lit(tone("#eef6fb"))
    blend(picture, share, between(ribs, white * np.float32(0.7), white))


def paint_hills(
    look: Look, stage: Stage, dice: Dice, stuff: Tones, *, depth: float, peak: float, cell: float, ragged: float = 0.0
) -> Cut:
    """Rounded hills or dunes; `ragged` above 0 puts a fringe of far trees on them."""
    width = stage.width + 2 * stage.side
    line = wander(dice, width, cell * stage.unit, 3, 0.35)
    line = (line - line.min()) / max(1e-3, float(line.max() - line.min()))
    tops = (0.25 + 0.75 * line) * peak * stage.height
    if ragged > 0:
        fringe = np.abs(wander(dice, width, 0.022 * stage.unit, 5, 0.65))
        tops = tops + fringe * ragged * stage.height
    foot = _even(0.05 * stage.height)
    base = _even(float(tops.max()) + 4)
    height = base + foot
    rows = np.arange(height, dtype=np.float32)[:, None]
    below = rows - (base - tops)[None, :]
    alpha = np.clip(below + 0.5, 0, 1)
    patch = cloud(dice, width, height, 0.06 * stage.unit, 5, stretch=2.5)
    slope = np.gradient(cv2.GaussianBlur(line[None, :], (0, 0), max(1.0, 0.02 * stage.unit))[0]) * stage.unit
    facing = slope if stage.light_x > 0.5 else -slope
    value = 0.5 - np.clip(facing, -1, 1)[None, :] * 0.22 + (patch - 0.5) * 1.1
    value += 0.35 * np.exp(-below / (0.05 * stage.unit))
    main, lit, shaded = stuff
    picture = ramp(value, *(look.lit(colour) for colour in (shaded, main, lit)))
    fade = np.clip(haze_share(look, depth) + 0.22 * smoothstep(0.1, 1.0, rows / height), 0, 0.97)
    blend(picture, fade, look.haze)
    return cut_out(to_bytes(picture, dice), (alpha * 255).astype(np.uint8)), stage.horizon - base


def forest_far(look: Look) -> Tones:
    """The colours of woods on far hills."""
    main, lit, shaded = look.leaves[0], look.leaves[1], look.grass[2]
    return mix(main, shaded, 0.5), mix(lit, look.grass[0], 0.5), shaded * np.float32(0.8)


def _even(value: float) -> int:
    return 2 * int(np.ceil(value / 2))
