"""Land: mountain ranges, hills, and ground of grass, sand, snow or earth."""

from __future__ import annotations

import cv2
import numpy as np

from rushes.engines.local.composer.frames import Box, Layer
from rushes.engines.local.composer.paint.ink import Field, Ink, fbm, line_noise, smooth
from rushes.engines.local.composer.paint.setting import Setting
from rushes.engines.local.composer.palette import Colour, brighter, mix


def mountains(
    setting: Setting,
    name: str,
    *,
    rise: float,
    near: float,
    far: float,
    surface: str = "rock",
    snow: float = 0.0,
    sharp: bool = True,
) -> list[Layer]:
    """A range on the horizon. rise: height in units; far: 0–1 of haze; snow: share of the height in snow."""
    view, unit, palette = setting.view, setting.unit, setting.palette
    rng = setting.rng(name)
    base = view.foot(near)
    box = setting.box(near, top=base - 1.35 * rise * unit, bottom=base + 0.06 * view.height)
    width, height = box.width, box.height
    line = _ridge(rng, width, unit, rise, sharp)
    top = (base - box.top) - line
    rows = np.arange(height, dtype=np.float32)[:, None]
    below = rows - top[None, :]
    alpha = np.clip(below + 0.5, 0.0, 1.0).astype(np.float32)
    light = _slopes(setting, rng, width, height, below, line, sharp)
    dark, bright = palette.surface(surface)[:2]
    ink = Ink.ramp(light, [brighter(dark, 0.72), dark, bright])
    if snow > 0.0:
        white = palette.surface("snow")
        depth = below / max(1.0, rise * unit)
        edge = snow * (0.45 + 0.7 * line / max(1.0, float(line.max())))[None, :]
        share = smooth((edge - depth + 0.55 * (light - 0.5)).astype(np.float32), 0.0, 0.12)
        ink.over(Ink.ramp(light, [brighter(white[0], 0.82), white[0], white[1]]), share)
    foot = smooth(rows / np.float32(height), 0.35, 1.0)
    ink.mix(palette.haze, np.float32(min(0.9, far * (0.35 + 0.85 * palette.haze_amount))))
    ink.mix(palette.haze, foot * np.float32(0.55 * palette.haze_amount))
    _sunlit(ink, setting, box)
    return [setting.still(ink.bgra(alpha), box, depth=1.0 / max(near, 0.001), near=near)]


def _sunlit(ink: Ink, setting: Setting, box: Box) -> None:
    """The sun's glow over what stands before it."""
    palette = setting.palette
    if palette.glow < 0.4:
        return
    away = np.abs(np.arange(box.width, dtype=np.float32) + box.left - setting.sun_x * setting.view.width)
    ink.mix(palette.light, np.exp(-away / (0.42 * setting.unit))[None, :] * np.float32(0.42 * palette.glow))


def _ridge(rng: np.random.Generator, width: int, unit: float, rise: float, sharp: bool) -> Field:
    """The height of a range along its width, in pixels above its foot."""
    if sharp:
        peaks = 1.0 - np.abs(line_noise(rng, width, 0.55 * unit, 3, 0.45))
        small = 1.0 - np.abs(line_noise(rng, width, 0.13 * unit, 5, 0.55))
        shape = 0.75 * peaks + 0.3 * small - 0.15
    else:
        shape = 0.55 + 0.38 * line_noise(rng, width, 0.8 * unit, 3, 0.4) + 0.02 * line_noise(rng, width, 0.05 * unit, 2)
    result: Field = (np.clip(shape, 0.08, 1.3) * rise * unit).astype(np.float32)
    return result


def _slopes(
    setting: Setting,
    rng: np.random.Generator,
    width: int,
    height: int,
    below: Field,
    line: Field,
    sharp: bool,
) -> Field:
    """Light on the slopes, 0–1: faces towards the sun are bright, crags and folds are not."""
    unit = setting.unit
    if not sharp:
        field = fbm(rng, width, height, 0.12 * unit, 5, aspect=2.4)
        result: Field = np.clip(0.62 + 0.28 * field - below / (1.6 * unit), 0.0, 1.0).astype(np.float32)
        return result
    # Folds run down and outwards from the crest: noise sheared by the slope of the ridge.
    crags = fbm(rng, width, height, 0.16 * unit, 6, aspect=0.55, gain=0.58)
    crags = 1.0 - 2.0 * np.abs(crags)
    shift = max(2, int(0.012 * unit))
    facing = crags - np.roll(crags, shift if setting.lit_side < 0 else -shift, axis=1)
    facing += 0.4 * (crags - np.roll(crags, shift, axis=0))
    trend = cv2.GaussianBlur(np.gradient(line)[None, :].astype(np.float32), (0, 0), 0.02 * unit)
    side = 1.0 if setting.lit_side > 0 else -1.0
    light = 0.5 - 0.42 * side * np.clip(trend, -1.0, 1.0) * 1.0 + 0.75 * facing
    return np.clip(light, 0.0, 1.0).astype(np.float32)


def hills(setting: Setting, name: str, *, rise: float, near: float, far: float, surface: str = "grass") -> list[Layer]:
    """Soft hills."""
    return mountains(setting, name, rise=rise, near=near, far=far, surface=surface, sharp=False)


def ground(setting: Setting, surface: str, *, start: float = 0.0, rough: float = 1.0, depth: float = 8.0) -> list[Layer]:
    """The ground from the horizon (or `start`, a nearness) to the frame's lower edge."""
    view, palette = setting.view, setting.palette
    box = setting.box(0.0, view.slope, top=view.foot(start) - 1)
    ink, far = ground_ink(setting, surface, box, rough)
    _light_pool(ink, setting, box, far)
    return [setting.still(ink.bgra(), box, depth=depth, near=0.0, slope=view.slope)] if palette else []


def perspective(setting: Setting, box: Box) -> tuple[Field, Field, Field]:
    """For ground in a box: nearness by row (h, 1), and world coordinates across (h, w) and away (h, 1)."""
    view = setting.view
    rows = np.arange(box.top, box.bottom, dtype=np.float32)[:, None]
    near = np.maximum((rows - view.horizon) / (view.height - view.horizon), 0.012).astype(np.float32)
    across = (np.arange(box.left, box.right, dtype=np.float32)[None, :] - view.width / 2) / near
    return near, across.astype(np.float32), (1.0 / near).astype(np.float32)


def lay(texture: Field, setting: Setting, box: Box, size: float) -> Field:
    """A texture lying on the ground in perspective; `size` scene pixels a texel at nearness 1."""
    near, across, away = perspective(setting, box)
    height, width = texture.shape
    x = np.mod(across / size, width).astype(np.float32)
    y = np.broadcast_to(np.mod(away * (0.32 * setting.view.height / size), height), x.shape).astype(np.float32)
    result: Field = cv2.remap(texture, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP)
    return result


def ground_ink(setting: Setting, surface: str, box: Box, rough: float = 1.0) -> tuple[Ink, Field]:
    """Ground painted into a box, and how far each row is (h, 1), 0–1."""
    palette, unit = setting.palette, setting.unit
    rng = setting.rng("ground-" + surface)
    near, _, _ = perspective(setting, box)
    far = np.clip(1.0 - near, 0.0, 1.0)
    dark, bright = palette.surface(surface)[:2]
    width, height = box.width, box.height
    # Large patches, squeezed by perspective, and a fine grain that grows towards the viewer.
    patches = lay(fbm(rng, 512, 512, 150, 5), setting, box, max(1.0, unit / 240))
    fine = fbm(rng, width, height, 0.022 * unit, 3, aspect=1.6) * near
    tufts = lay(fbm(rng, 512, 512, 24, 4), setting, box, max(0.6, unit / 500)) * np.minimum(near * 2.2, 1.0)
    field = 0.5 + 0.26 * patches + rough * (0.26 * fine + 0.24 * tufts)
    # A breath of shade towards the viewer sets the stage.
    field -= 0.3 * smooth(near, 0.45, 1.15) - 0.1
    ink = Ink.ramp(np.clip(field, 0.0, 1.0).astype(np.float32), [brighter(dark, 0.7), dark, bright])
    hazed = smooth(far, 0.5, 1.0) * np.float32(0.15 + 0.75 * palette.haze_amount)
    ink.mix(mix(palette.haze, bright, 0.25), hazed)
    return ink, far.astype(np.float32)


def _light_pool(ink: Ink, setting: Setting, box: Box, far: Field) -> None:
    """The low sun's light lying on the ground beneath it."""
    palette = setting.palette
    if palette.glow < 0.3:
        return
    away = np.abs(np.arange(box.width, dtype=np.float32) + box.left - setting.sun_x * setting.view.width)
    pool = np.exp(-away / (0.55 * setting.unit))[None, :] * (0.25 + 0.75 * far)
    ink.mix(palette.light, pool.astype(np.float32) * np.float32(0.32 * palette.glow))


def blades(setting: Setting, colours: tuple[Colour, ...], *, tall: float = 0.2, density: float = 1.0) -> list[Layer]:
    """Grass close to the camera, along the frame's lower edge, swaying a little."""
    view, unit = setting.view, setting.unit
    rng = setting.rng("blades")
    near = 1.25
    box = setting.box(near, top=view.height - 1.4 * tall * unit)
    width, height = box.width, box.height
    scale = 4  # sub-pixel steps for smooth edges
    picture = np.zeros((height, width, 4), np.uint8)
    count = int(width / unit * 300 * density)
    order = np.sort(rng.random(count))
    xs = rng.random(count) * width
    base = view.height - box.top
    # Thick at the sides, open in the middle, where the subject stands.
    openness = np.abs(xs + box.left - 0.5 * view.width) / (0.5 * view.width)
    lengths = tall * unit * (0.3 + 0.7 * rng.random(count)) * (0.35 + 0.65 * np.clip(openness, 0, 1.2))
    leans = (rng.random(count) - 0.5) * 0.9 + 0.12
    thick = unit / 720 * (1.4 + 2.2 * rng.random(count))
    for index in range(count):
        shade = 0.3 + 0.5 * order[index]
        colour = mix(colours[0], colours[-1], float(shade * (0.5 + 0.5 * rng.random())))
        colour = brighter(colour, 0.45 + 0.45 * order[index])
        x, y, length, lean, wide = xs[index], base + 0.02 * unit, lengths[index], leans[index], thick[index]
        tip = (x + lean * length, y - length)
        bend = (x + lean * 0.3 * length, y - 0.6 * length)
        points = np.array(
            [(x - wide, y), (bend[0] - 0.7 * wide, bend[1]), tip, (bend[0] + 0.7 * wide, bend[1]), (x + wide, y)]
        )
        cv2.fillPoly(
            picture,
            [np.round(points * scale).astype(np.int32)],
            (colour[2], colour[1], colour[0], 255),
            cv2.LINE_AA,
            2,
        )
    # fillPoly's smooth edge is mixed with zero: that is what premultiplied means.
    picture = cv2.GaussianBlur(picture, (0, 0), unit / 720 * 1.1)
    return [
        setting.still(picture, box, depth=-0.2, near=near, sway=(0.004 * unit, 1.3))
    ]
