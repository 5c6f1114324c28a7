"""Places without a horizon: space, under water, high in the sky."""

from __future__ import annotations

import cv2
import numpy as np

from rushes.engines.local.composer.spec import SceneSpec
from rushes.engines.local.composer.stage.actors import Room
from rushes.engines.local.composer.stage.brush import Canvas, fade
from rushes.engines.local.composer.stage.geometry import Stage
from rushes.engines.local.composer.stage.noise import Dice, Floats, cloud, smoothstep, wander
from rushes.engines.local.composer.stage.palette import Look, material, mix, tone, water
from rushes.engines.local.composer.stage.scene import Layer, Upright
from rushes.engines.local.composer.stage.sheet import Sheet
from rushes.engines.local.composer.stage.sky import paint_sky, paint_stars
from rushes.engines.local.composer.stage.warp import Bytes
from rushes.engines.local.composer.stage.wash import to_bytes
from rushes.engines.local.composer.stage.yuv import cut_out

_NEBULAE = (("#5b2a86", "#d9488b", "#3fa7d6"), ("#173f7a", "#28b5b5", "#b565d9"), ("#6b1f3f", "#f2784b", "#5a4bd1"))
_CORALS = ("#e8637a", "#f29e4c", "#b06ab3", "#f2c14e", "#5fb49c", "#e0563f")


def space(spec: SceneSpec, look: Look, stage: Stage, dice: Dice) -> tuple[list[Layer], list[Layer], Room]:
    """Stars, a nebula and a planet."""
    width, height = stage.width + 2 * stage.side, stage.height + 2 * stage.over
    half = (width // 2, height // 2)
    field = cloud(dice, *half, stage.unit * 0.36, 6)
    second = cloud(dice, *half, stage.unit * 0.22, 6)
    dark, one, two = (tone(text) for text in _NEBULAE[int(dice.integers(0, len(_NEBULAE)))])
    band = _band(half, dice)
    sky = np.empty((half[1], half[0], 3), np.float32)
    sky[:] = tone("#05060f")
    sky += (smoothstep(0.35, 0.8, field) * band * np.float32(0.75))[..., None] * dark
    sky += (smoothstep(0.48, 0.82, field) * smoothstep(0.35, 0.75, second) * band * np.float32(0.95))[..., None] * one
    sky += (smoothstep(0.50, 0.85, second) * band * np.float32(0.5))[..., None] * two
    painted = to_bytes(cv2.resize(sky, (width, height), interpolation=cv2.INTER_LINEAR), dice)
    paint_stars(painted, dice, 1.3, stage, painted.shape[0])
    layers: list[Layer] = [Upright(Sheet(painted, -stage.side, -stage.over), stage, 0.97, drift=0.001 * stage.width)]
    radius = round(stage.unit * dice.uniform(0.26, 0.36))
    x = stage.width * (0.20 if stage.light_x < 0.5 else 0.80)
    globe = planet(radius, dice, light_left=stage.light_x > 0.5)
    y = stage.height * 0.30
    layers.append(Upright(Sheet(globe, _even(x - globe.shape[1] / 2), _even(y - globe.shape[0] / 2)), stage, 0.85))
    return layers, [], Room(grounded=False)


def _band(size: tuple[int, int], dice: Dice) -> Floats:
    """A broad stripe across the sky."""
    width, height = size
    slope = dice.uniform(-0.5, 0.5)
    xs = np.linspace(-1, 1, width, dtype=np.float32)[None, :]
    ys = np.linspace(-1, 1, height, dtype=np.float32)[:, None]
    away = ys - np.float32(slope) * xs
    return np.asarray(0.18 + np.exp(-away * away * 2.2), np.float32)


def planet(radius: int, dice: Dice, *, light_left: bool) -> Bytes:
    """A lit globe with bands or lands and an atmosphere: premultiplied RGBA."""
    size = 2 * round(radius * 1.25)
    at = (np.arange(size, dtype=np.float32) - size / 2 + 0.5) / radius
    xs, ys = np.meshgrid(at, at)
    square = xs * xs + ys * ys
    depth = np.sqrt(np.clip(1 - square, 0, 1))
    banded = dice.random() < 0.5
    grain = cloud(dice, size, size, size * (0.16 if banded else 0.30), 6, stretch=4.0 if banded else 1.0)
    ball_x = np.clip(
        (np.arcsin(np.clip(xs / np.sqrt(np.clip(1 - ys * ys, 0.01, 1)), -1, 1)) / 3.2 + 0.5) * size, 0, size - 1
    )
    ball_y = np.clip((np.arcsin(np.clip(ys, -1, 1)) / 3.2 + 0.5) * size, 0, size - 1)
    grain = cv2.remap(grain, ball_x.astype(np.float32), ball_y.astype(np.float32), cv2.INTER_LINEAR)
    if banded:
        low, high, rim = tone("#a8643f"), tone("#f3d9a8"), tone("#ffcf9a")
        share = smoothstep(0.3, 0.7, grain)
    else:
        low, high, rim = tone("#1f5fa8"), tone("#6fae6a"), tone("#8fd0ff")
        share = smoothstep(0.50, 0.56, grain)
    colour = low + share[..., None] * (high - low)
    if not banded:
        veil = smoothstep(0.52, 0.75, cloud(dice, size, size, size * 0.2, 5, stretch=2.0))
        colour += veil[..., None] * (1.0 - colour) * np.float32(0.85)
    way = -1.0 if light_left else 1.0
    light = np.clip(xs * np.float32(way * 0.72) - ys * np.float32(0.42) + depth * np.float32(0.55), 0, 1)
    colour *= (0.03 + 1.1 * light)[..., None]
    edge = np.clip((1 - np.sqrt(square)) * radius + 0.5, 0, 1)
    air = (
        np.exp(-np.abs(np.sqrt(square) - 1) * 16)
        * np.clip(light * 0.4 + xs * np.float32(way) * 0.6 + 0.25, 0, 1)
        * np.float32(0.8)
    )
    colour = colour * edge[..., None] + rim * air[..., None]
    alpha = np.clip(np.maximum(edge, air), 0, 1)
    colour = np.minimum(colour, alpha[..., None])
    return (np.dstack([colour, alpha]) * 255).astype(np.uint8)


def underwater(spec: SceneSpec, look: Look, stage: Stage, dice: Dice) -> tuple[list[Layer], list[Layer], Room]:
    """Blue depth, shafts of light, a sea bed with corals and weeds."""
    width, height = stage.width + 2 * stage.side, stage.height + 2 * stage.over
    rows = np.linspace(0, 1, height // 2, dtype=np.float32)[:, None, None]
    bright = np.float32(1.0 - 0.6 * look.night)
    top, middle, low = (c * bright for c in (water("lit"), mix(water("shallow"), water("deep"), 0.55), water("abyss")))
    sky = np.where(rows < 0.35, top + (middle - top) * (rows / 0.35), middle + (low - middle) * ((rows - 0.35) / 0.65))
    sky = np.repeat(sky.astype(np.float32), width // 2, axis=1)
    sky = sky + (_shafts((width // 2, height // 2), stage, dice) * np.float32(0.34) * bright)[..., None] * water("lit")
    layers: list[Layer] = [
        Upright(Sheet(to_bytes(cv2.resize(sky, (width, height)), dice), -stage.side, -stage.over), stage, 0.95)
    ]
    haze = mix(water("shallow"), water("deep"), 0.75) * bright
    for depth, foot, tall in ((0.7, 0.80, 0.20), (0.4, 0.92, 0.20)):
        art, first = _bed(stage, dice, haze, bright, depth=depth, foot=foot, tall=tall)
        layers.append(Upright(Sheet(art, -stage.side, first), stage, depth))
    art, first = _bed(stage, dice, haze, bright, depth=-0.1, foot=1.06, tall=0.16)
    return layers, [Upright(Sheet(art, -stage.side, first), stage, -0.1)], Room(ground=(0.80, 0.95), grounded=False)


def _shafts(size: tuple[int, int], stage: Stage, dice: Dice) -> Floats:
    """Light that falls in beams from above: float32 0–1."""
    width, height = size
    xs = np.arange(width, dtype=np.float32)[None, :] / width - np.float32(stage.light_x)
    ys = np.arange(height, dtype=np.float32)[:, None] / height + np.float32(0.35)
    angle = np.arctan2(xs * np.float32(width / height), ys)
    beams = cv2.resize(dice.random((1, 46), np.float32), (1024, 1), interpolation=cv2.INTER_CUBIC)[0]
    index = np.clip((angle + 1.2) / 2.4 * 1023, 0, 1023).astype(np.int32)
    fall = np.clip(1.25 - ys, 0, 1) ** 1.3
    return np.asarray(smoothstep(0.45, 0.95, beams)[index] * fall, np.float32)


def _bed(
    stage: Stage, dice: Dice, haze: Floats, bright: np.float32, *, depth: float, foot: float, tall: float
) -> tuple[Bytes, int]:
    """A ridge of the sea bed with what grows on it: premultiplied RGBA and its top row."""
    width = stage.width + 2 * stage.side
    first = _even((foot - tall - 0.16) * stage.height)
    height = max(4, _even(stage.height + stage.over - first))
    line = wander(dice, width, 0.5 * stage.unit, 4, 0.4)
    crest = (foot * stage.height - first) - (0.5 + 0.5 * line) * 0.07 * stage.height
    rows = np.arange(height, dtype=np.float32)[:, None]
    grain = cloud(dice, width, height, 0.05 * stage.unit, 4, stretch=3.0)
    main, lit, shaded = material("seabed")
    sand: Floats = shaded + smoothstep(0.25, 0.75, grain)[..., None] * (lit - shaded)
    sand = (0.4 * sand + 0.6 * main * (1.1 - 0.4 * rows / height)[..., None]) * bright * tone("#a8d8e8")
    share = np.float32(0.25 + 0.6 * max(0.0, depth))
    sand += share * (haze - sand)
    alpha = np.clip(rows - crest[None, :] + 0.5, 0, 1)
    canvas = Canvas(width, height)
    for _ in range(int(9 * width / stage.unit)):
        x = dice.uniform(0, width)
        base = float(crest[min(width - 1, int(x))]) + 0.02 * stage.unit
        size = tall * stage.height * dice.uniform(0.35, 1.0)
        if dice.random() < 0.5:
            _coral(canvas, dice, x, base, size * 0.75)
        else:
            _weed(canvas, dice, x, base, size)
    colours = canvas.data[..., :3] * (bright * tone("#b8e0ee"))
    canvas.data[..., :3] = colours.astype(np.uint8)
    fade(canvas.data, haze, float(share))
    art = Canvas(width, height)
    art.over(canvas.data, 0, 0)
    art.over(cut_out(to_bytes(sand.astype(np.float32), dice), (alpha * 255).astype(np.uint8)), 0, 0)
    return art.data, first


def _coral(canvas: Canvas, dice: Dice, x: float, y: float, size: float) -> None:
    colour = tone(_CORALS[int(dice.integers(0, len(_CORALS)))])
    for branch in range(7):
        angle = (branch - 3) * 0.30 + dice.uniform(-0.1, 0.1)
        long = size * dice.uniform(0.6, 1.0) * (1 - 0.06 * abs(branch - 3))
        tip = (x + np.sin(angle) * long, y - np.cos(angle) * long)
        knee = (x + np.sin(angle * 0.5) * long * 0.55, y - long * 0.55)
        shown = colour * np.float32(0.75 + 0.06 * branch)
        canvas.stroke([(x, y), knee, tip], shown, max(2.0, size * 0.085))
        canvas.ellipse(tip[0], tip[1], size * 0.06, size * 0.06, shown * np.float32(1.12))


def _weed(canvas: Canvas, dice: Dice, x: float, y: float, size: float) -> None:
    green = mix(tone("#2f7d4f"), tone("#8fbf4a"), dice.random())
    for _ in range(4):
        at = np.linspace(0, 1, 10)
        phase, sway = dice.uniform(0, 6.3), size * dice.uniform(0.05, 0.11)
        long = size * dice.uniform(0.7, 1.3)
        xs = x + np.sin(at * 5 + phase) * sway * at + dice.uniform(-0.1, 0.1) * size
        ys = y - at * long
        wide = size * 0.035 * (1 - at) + 0.5
        canvas.polygon(
            np.concatenate([np.stack([xs - wide, ys], 1), np.stack([xs + wide, ys], 1)[::-1]]),
            green * np.float32(dice.uniform(0.7, 1.1)),
        )


def high_sky(spec: SceneSpec, look: Look, stage: Stage, dice: Dice) -> tuple[list[Layer], list[Layer], Room]:
    """Above the clouds: sky, a far sea of cloud, puffs that pass."""
    spare = stage.side + 8 + 2 * round(0.02 * stage.width)
    bottom = stage.height + stage.over
    sky = paint_sky(spec, look, stage, dice, bottom, spare)
    layers: list[Layer] = [Upright(Sheet(sky, -spare, -stage.over), stage, 1.0, drift=0.002 * stage.width)]
    for depth, top, speed in ((0.8, 0.66, 0.006), (0.45, 0.80, 0.018)):
        art = _cloud_bank(look, stage, dice, depth, stage.side + round(speed * 15 * stage.width) + 2)
        left = -(art.shape[1] - stage.width) // 2
        layers.append(
            Upright(Sheet(art, _even(left), _even(top * stage.height)), stage, depth, drift=speed * stage.width)
        )
    return layers, [], Room(grounded=False)


def _cloud_bank(look: Look, stage: Stage, dice: Dice, depth: float, spare: int) -> Bytes:
    width, height = stage.width + 2 * spare, _even(0.42 * stage.height + stage.over)
    canvas = np.zeros((height // 2, width // 2), np.float32)
    light = np.zeros_like(canvas)
    count = int(120 * width / stage.unit * (0.6 + 0.6 * depth))
    for near in np.sort(dice.random(count)).tolist():
        radius = stage.unit * (0.025 + 0.05 * near) * dice.uniform(0.7, 1.3) * (1.4 - 0.8 * depth)
        x, y = dice.uniform(0, width / 2), height / 2 * (0.32 + 0.8 * near) + dice.uniform(-0.05, 0.05) * height
        left, top, size = int(x - radius), int(y - radius), int(2 * radius) + 2
        x0, y0, x1, y1 = max(0, left), max(0, top), min(width // 2, left + size), min(height // 2, top + size)
        if x1 <= x0 or y1 <= y0:
            continue
        px = (np.arange(x0, x1, dtype=np.float32) - np.float32(x))[None, :] / np.float32(radius)
        py = (np.arange(y0, y1, dtype=np.float32) - np.float32(y))[:, None] / np.float32(radius)
        puff = smoothstep(0.0, 0.45, 1.0 - np.sqrt(px * px + py * py))
        side = -px if stage.light_x < 0.5 else px
        shade = np.clip(0.62 - 0.45 * py + 0.22 * side, 0, 1)
        spot = np.s_[y0:y1, x0:x1]
        light[spot] += puff * (shade - light[spot])
        canvas[spot] = np.maximum(canvas[spot], puff)
    # Noise frays the round puffs.
    fray = cloud(dice, width // 2, height // 2, stage.unit * 0.05, 4)
    fray_y = cloud(dice, width // 2, height // 2, stage.unit * 0.05, 4)
    xs, ys = np.meshgrid(np.arange(width // 2, dtype=np.float32), np.arange(height // 2, dtype=np.float32))
    by = np.float32(stage.unit * 0.10)
    map_x, map_y = xs + (fray - 0.5) * by, ys + (fray_y - 0.5) * by
    canvas = cv2.remap(canvas, map_x, map_y, cv2.INTER_LINEAR)
    canvas *= smoothstep(0.0, 0.18, np.linspace(0, 1, height // 2, dtype=np.float32))[:, None]
    light = cv2.remap(light, map_x, map_y, cv2.INTER_LINEAR) + (fray - 0.5) * np.float32(0.5)
    light = np.clip(light, 0, 1)
    colour = look.shade + light[..., None] * (look.cloud - look.shade)
    colour += np.float32(0.35 * depth) * (look.horizon - colour)
    art = np.clip(np.dstack([colour * canvas[..., None], canvas]) * 255, 0, 255).astype(np.uint8)
    grown: Bytes = cv2.resize(art, (width, height), interpolation=cv2.INTER_LINEAR)
    return grown


def _even(value: float) -> int:
    return 2 * round(value / 2)
