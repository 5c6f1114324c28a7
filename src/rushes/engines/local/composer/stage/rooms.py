"""A furnished room."""

from __future__ import annotations

import math

import cv2
import numpy as np

from rushes.engines.local.composer.spec import SceneSpec
from rushes.engines.local.composer.stage.actors import Room
from rushes.engines.local.composer.stage.brush import Canvas, even_rows, lay
from rushes.engines.local.composer.stage.fire import Fire
from rushes.engines.local.composer.stage.geometry import Stage
from rushes.engines.local.composer.stage.noise import Dice, cloud, smoothstep
from rushes.engines.local.composer.stage.palette import Look, Tone, material, mix, tone
from rushes.engines.local.composer.stage.scene import Floor, Layer, Upright
from rushes.engines.local.composer.stage.sheet import Sheet
from rushes.engines.local.composer.stage.sky import paint_sky
from rushes.engines.local.composer.stage.warp import Bytes
from rushes.engines.local.composer.stage.wash import to_bytes
from rushes.engines.local.composer.stage.yuv import cut_out

_PAPERS = ("#b9c4b1", "#d8c3a5", "#a9b8c6", "#c9a9a0", "#8fa39b", "#d9cbb8")
_FABRICS = ("#a8504a", "#4f6f8f", "#6f8f6a", "#b8854a", "#7a5a86")


def interior(spec: SceneSpec, look: Look, stage: Stage, dice: Dice) -> tuple[list[Layer], list[Layer], Room]:
    """A room with a window, curtains, pictures, a lamp, a rug and, if asked for, a fireplace."""
    width, wall_high = stage.width + 2 * stage.side, stage.horizon + stage.over
    dark = look.night
    lamp = tone("#ffce8a")
    ambient = mix(mix(look.light, tone("#fff4e4"), 0.5), tone("#a07c62"), 0.62 * dark)
    paper = tone(_PAPERS[int(dice.integers(0, len(_PAPERS)))]) * ambient
    wall = np.empty((wall_high, width, 3), np.float32)
    wall[:] = paper
    grain = cloud(dice, width, wall_high, stage.unit * 0.01, 2)
    stripes = (np.sin(np.arange(width, dtype=np.float32) / stage.unit * 90)[None, :] > 0.2) * np.float32(0.03)
    wall *= (0.97 + (grain - 0.5) * 0.08 - stripes)[..., None]
    _lamp_light(wall, stage, lamp, (0.86 if stage.light_x < 0.5 else 0.14), 0.28 + 0.42 * dark)
    picture = to_bytes(wall, dice)
    canvas = Canvas(width, wall_high)
    trim = tone("#efe6d8") * ambient
    canvas.box(0, wall_high - 0.035 * stage.unit, width, wall_high, trim * np.float32(0.9))
    canvas.box(0, wall_high - 0.040 * stage.unit, width, wall_high - 0.035 * stage.unit, trim * np.float32(0.6))
    base = stage.side
    window_x = base + stage.light_x * stage.width
    _window(canvas, spec, look, stage, dice, window_x, trim)
    other = base + (1.0 - stage.light_x) * stage.width
    hearth: Fire | None = None
    if "fireplace" in spec.features:
        _fireplace(canvas, stage, other, wall_high, ambient)
        hearth = Fire(
            stage, dice, x=other - base, foot=stage.horizon - 0.014 * stage.unit, high=0.19 * stage.unit, depth=0.75
        )
    else:
        _shelf(canvas, stage, dice, other, ambient)
    _frames(canvas, stage, dice, base + stage.width * 0.5, ambient)
    lay(picture, canvas.data)
    # A camera that goes up lifts the wall off the horizon: the floor goes on behind it.
    behind = 2 * math.ceil(stage.over / 4)
    boards = _boards(stage, dice, ambient, lamp, dark, behind)
    layers: list[Layer] = [Floor(Sheet(boards, -stage.side, stage.horizon - behind), stage)]
    layers.append(Upright(Sheet(even_rows(picture), -stage.side, -stage.over), stage, 0.75))
    layers += _lamp(stage, (0.88 if stage.light_x < 0.5 else 0.12), ambient, dark)
    if hearth is not None:
        layers.append(hearth)
    table: list[Layer] = []
    needs_table = any(subject.habitat == "table" for subject in spec.subjects)
    if needs_table:
        table = [_table(stage, ambient, lamp, dark)]
    share = stage.horizon / stage.height
    return (
        [*layers, *table],
        [],
        Room(ground=(share + 0.07, 0.94), water=(share + 0.07, 0.9), table=0.80, light=_warmed(ambient, lamp, dark)),
    )


def _warmed(ambient: Tone, lamp: Tone, dark: float) -> Tone:
    """The light of the room at its middle."""
    return np.asarray(ambient + lamp * np.float32(0.28 * dark), np.float32)


def _lamp_light(wall: np.ndarray, stage: Stage, lamp: Tone, x: float, strength: float) -> None:
    height, width = wall.shape[:2]
    xs = (np.arange(width, dtype=np.float32) - stage.side - x * stage.width)[None, :] / np.float32(stage.unit)
    ys = (np.arange(height, dtype=np.float32) - stage.over - 0.36 * stage.height)[:, None] / np.float32(stage.unit)
    glow = np.exp(-(xs * xs + ys * ys) * 5.5) * np.float32(strength)
    wall += glow[..., None] * (lamp - wall * 0.4)


def _window(canvas: Canvas, spec: SceneSpec, look: Look, stage: Stage, dice: Dice, x: float, trim: Tone) -> None:
    wide, top, foot = 0.20 * stage.unit, stage.over + 0.09 * stage.height, stage.over + 0.43 * stage.height
    view = Stage(2 * round(wide), 2 * round((foot - top) / 2), round((foot - top) * 0.9), 0, 0, 0.3)
    pane = paint_sky(spec, look, view, dice, view.height, 0)
    left = round(x - wide)
    rgba = cv2.merge([*cv2.split(pane), np.full(pane.shape[:2], 255, np.uint8)])
    canvas.over(rgba, left, round(top))
    edge = 0.014 * stage.unit
    for x0, y0, x1, y1 in (
        (x - wide - edge, top - edge, x + wide + edge, top),
        (x - wide - edge, foot, x + wide + edge, foot + edge * 1.6),
        (x - wide - edge, top, x - wide, foot), (x + wide, top, x + wide + edge, foot),
        (x - edge * 0.35, top, x + edge * 0.35, foot),
        (x - wide, (top + foot) / 2 - edge * 0.3, x + wide, (top + foot) / 2 + edge * 0.3),
    ):  # fmt: skip
        canvas.box(x0, y0, x1, y1, trim)
    cloth = tone(_FABRICS[int(dice.integers(0, len(_FABRICS)))]) * look.lit(np.ones(3, np.float32)) * np.float32(0.85)
    for side in (-1, 1):
        for fold in range(7):
            at = x + side * (wide * (0.74 + 0.075 * fold))
            shown = cloth * np.float32(0.72 + 0.28 * abs(np.sin(fold * 1.9)))
            spread = side * 0.012 * stage.unit * fold * 0.4
            w = wide * 0.05
            canvas.polygon(
                [
                    (at - w, top - edge * 3),
                    (at + w, top - edge * 3),
                    (at + w + spread, foot + edge * 6),
                    (at - w + spread, foot + edge * 6),
                ],
                shown,
            )
    canvas.box(x - wide * 1.35, top - edge * 3.4, x + wide * 1.35, top - edge * 2.6, tone("#6b4a30"))


def _fireplace(canvas: Canvas, stage: Stage, x: float, foot: float, ambient: Tone) -> None:
    unit = stage.unit
    stone = tone("#9a8c80") * ambient
    canvas.box(x - 0.20 * unit, foot - 0.36 * unit, x + 0.20 * unit, foot, stone)
    for row in range(8):
        for brick in range(5):
            left = x - 0.20 * unit + (brick * 0.085 - 0.04 * (row % 2)) * unit
            top = foot - 0.36 * unit + row * 0.045 * unit
            shown = stone * np.float32(0.82 + 0.05 * ((row * 3 + brick * 7) % 5))
            right = min(left + 0.078 * unit, x + 0.20 * unit)
            canvas.box(max(left, x - 0.20 * unit), top, right, top + 0.038 * unit, shown)
    canvas.box(x - 0.13 * unit, foot - 0.22 * unit, x + 0.13 * unit, foot, tone("#1c1412"))
    canvas.ellipse(x, foot - 0.22 * unit, 0.13 * unit, 0.05 * unit, tone("#1c1412"))
    canvas.box(x - 0.24 * unit, foot - 0.40 * unit, x + 0.24 * unit, foot - 0.36 * unit, tone("#7a5235") * ambient)
    canvas.box(x - 0.10 * unit, foot - 0.035 * unit, x + 0.10 * unit, foot - 0.012 * unit, tone("#5a3a24"))


def _shelf(canvas: Canvas, stage: Stage, dice: Dice, x: float, ambient: Tone) -> None:
    unit = stage.unit
    wood = tone("#7d5638") * ambient
    left, right, top = x - 0.15 * unit, x + 0.15 * unit, canvas.height - 0.46 * unit
    canvas.box(left, top, right, canvas.height, wood * np.float32(0.55))
    for row in range(5):
        y = top + row * 0.115 * unit
        canvas.box(left, y - 0.007 * unit, right, y + 0.007 * unit, wood)
        if row == 4:
            break
        at = left + 0.012 * unit
        while at < right - 0.03 * unit:
            thick, high = unit * dice.uniform(0.010, 0.022), unit * dice.uniform(0.06, 0.095)
            colour = tone((*_FABRICS, *_PAPERS)[int(dice.integers(0, 11))]) * ambient * np.float32(0.85)
            canvas.box(at, y + 0.108 * unit - high, at + thick, y + 0.108 * unit, colour)
            at += thick * (1.06 if dice.random() < 0.85 else 2.4)
    canvas.box(left - 0.01 * unit, top - 0.012 * unit, left, canvas.height, wood)
    canvas.box(right, top - 0.012 * unit, right + 0.01 * unit, canvas.height, wood)


def _frames(canvas: Canvas, stage: Stage, dice: Dice, x: float, ambient: Tone) -> None:
    unit = stage.unit
    for shift, y, w, h in ((-0.07, 0.20, 0.055, 0.075), (0.07, 0.22, 0.05, 0.05)):
        px, py = x + shift * unit, stage.over + y * stage.height
        canvas.box(px - w * unit, py - h * unit, px + w * unit, py + h * unit, tone("#5a4030") * ambient)
        canvas.box(
            px - w * 0.86 * unit,
            py - h * 0.88 * unit,
            px + w * 0.86 * unit,
            py + h * 0.88 * unit,
            tone("#efe8da") * ambient,
        )
        one, two = tone(_FABRICS[int(dice.integers(0, 5))]), tone(_PAPERS[int(dice.integers(0, 6))])
        canvas.box(
            px - w * 0.62 * unit, py - h * 0.66 * unit, px + w * 0.62 * unit, py + h * 0.66 * unit, two * ambient
        )
        canvas.ellipse(px, py + h * 0.2 * unit, w * 0.42 * unit, h * 0.34 * unit, one * ambient)


def _boards(stage: Stage, dice: Dice, ambient: Tone, lamp: Tone, dark: float, behind: int) -> Bytes:
    """A wooden floor in perspective with the light of lamp and window on it, from `behind` rows over the horizon."""
    width, height = stage.width + 2 * stage.side, behind + stage.ground + stage.over
    near = ((np.arange(height, dtype=np.float32) + 1 - behind) / stage.ground)[:, None]
    xs = (np.arange(width, dtype=np.float32)[None, :] - width / 2) / np.float32(stage.unit)
    plank = xs / (near * 0.75 + 0.55) * 9
    index = np.floor(plank).astype(np.int32)
    tones = dice.random(256).astype(np.float32)[index & 255]
    seam = np.clip(np.abs(plank - np.round(plank)) * 28 * (near + 0.3), 0, 1)
    grain = cloud(dice, width, height, stage.unit * 0.012, 3, stretch=0.3)
    main, lit, shaded = (colour * ambient for colour in material("wood"))
    value = np.clip(0.25 + 0.35 * tones + (grain - 0.5) * 0.6, 0, 1)
    picture = shaded + value[..., None] * (lit - shaded)
    picture *= (0.55 + 0.45 * seam)[..., None]
    side = np.exp(
        -((xs - np.float32((stage.light_x - 0.5) * stage.width / stage.unit)) ** 2) * 3 - (near - 0.3) ** 2 * 4
    )
    picture += (side * np.float32(0.30 * (1 - dark) + 0.05))[..., None] * (mix(lamp, main, 0.2) - picture * 0.5)
    far = np.float32((0.5 - stage.light_x) * 1.5 * stage.width / stage.unit)
    warm = np.exp(-((xs - far) ** 2) * 2 - (near - 0.2) ** 2 * 3)
    picture += (warm * np.float32(0.10 + 0.22 * dark))[..., None] * (lamp - picture * 0.5)
    rug = (xs / 0.62) ** 2 + ((near - 0.62) / 0.27) ** 2
    cloth = tone(_FABRICS[int(dice.integers(0, 5))]) * ambient
    for size, colour in (
        (1.0, cloth * np.float32(0.8)),
        (0.82, mix(cloth, tone("#efe0c4") * ambient, 0.65)),
        (0.72, cloth),
    ):
        share = np.clip((np.float32(size) - rug) * 40, 0, 1) * np.float32(0.94)
        picture += share[..., None] * (colour * (0.94 + 0.12 * grain)[..., None] - picture)
    picture *= (1.0 - 0.28 * smoothstep(0.5, 1.15, near))[..., None]
    picture *= (0.62 + 0.38 * smoothstep(0.0, 0.10, near))[..., None]
    return to_bytes(picture.astype(np.float32), dice)


def _lamp(stage: Stage, x: float, ambient: Tone, dark: float) -> list[Layer]:
    """A standing lamp."""
    high = 2 * round(0.27 * stage.unit)
    canvas = Canvas(2 * round(0.12 * stage.unit), high)
    middle, iron = canvas.width / 2, tone("#3a3230") * ambient
    canvas.box(middle - 0.004 * stage.unit, high * 0.25, middle + 0.004 * stage.unit, high, iron)
    canvas.ellipse(middle, high - 0.012 * stage.unit, 0.05 * stage.unit, 0.012 * stage.unit, iron)
    shade = mix(tone("#e8d2ac") * ambient, tone("#ffe2a6"), 0.35 + 0.6 * dark)
    w = canvas.width
    canvas.polygon([(w * 0.28, 1), (w * 0.72, 1), (w * 0.97, high * 0.30), (w * 0.03, high * 0.30)], shade)
    left = 2 * round((x * stage.width - w / 2) / 2)
    top = 2 * round((stage.horizon + 0.05 * stage.height - high) / 2)
    return [Upright(Sheet(canvas.data, left, top), stage, 0.7)]


def _table(stage: Stage, ambient: Tone, lamp: Tone, dark: float) -> Layer:
    """The near edge of a table across the frame."""
    width, top = stage.width + 2 * stage.side, 2 * round(0.74 * stage.height / 2)
    height = stage.height + stage.over - top
    height += height & 1
    rows = np.linspace(0, 1, height, dtype=np.float32)[:, None]
    xs = np.linspace(0, 1, width, dtype=np.float32)[None, :]
    _, lit, shaded = (colour * ambient for colour in material("wood"))
    grain = np.sin(rows * 160 / (0.4 + rows) + np.sin(xs * 9) * 1.5 + np.sin(xs * 23) * 0.4) * np.float32(
        0.5
    ) + np.float32(0.5)
    picture = shaded + (0.55 + 0.35 * grain)[..., None] * (lit - shaded)
    pool = np.exp(-((xs - stage.light_x) ** 2) * 5 - rows * 1.5) * np.float32(0.22 + 0.2 * dark)
    picture += pool[..., None] * (lamp - picture * 0.5)
    picture *= (1.0 - 0.35 * rows)[..., None]
    alpha = np.full((height, width), 255, np.uint8)
    alpha[:1] = 128
    art = np.clip(picture * 255, 0, 255).astype(np.uint8)
    return Upright(Sheet(cut_out(art, alpha), -stage.side, top), stage, 0.2)
