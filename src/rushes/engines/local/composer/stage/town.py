"""What people build: skylines, houses of a village, streets between house fronts, lamps."""

from __future__ import annotations

import math

import cv2
import numpy as np

from rushes.engines.local.composer.stage.brush import Canvas, fade
from rushes.engines.local.composer.stage.geometry import Stage
from rushes.engines.local.composer.stage.noise import Dice
from rushes.engines.local.composer.stage.palette import Look, haze_share, mix, tone
from rushes.engines.local.composer.stage.warp import Bytes

_WALLS = ("#8d99ae", "#b8a99a", "#6d7b8d", "#a3b1bf", "#c2b6a8", "#7c8a97", "#9a8478", "#5f7083")
_FRONTS = ("#c97b63", "#e0b083", "#d9c9a8", "#a9bdb0", "#c48f7a", "#8fa3b8", "#e3cfa4", "#b5695a")
_ROOFS = ("#a8503c", "#8c4636", "#b5623f", "#5d5a66", "#7a4a3a")
_LAMPLIGHT = ("#ffd98a", "#ffc766", "#ffe7b0", "#fff4d6")


def skyline(look: Look, stage: Stage, dice: Dice, *, depth: float, tall: float, slim: float) -> tuple[Bytes, int]:
    """A row of high buildings: premultiplied RGBA over the stage's width, and the row of its top.

    tall: of the highest, as a share of the frame's height; slim: width of one as a share of the unit.
    """
    width = stage.width + 2 * stage.side
    high = 2 * math.ceil(tall * stage.unit * 0.55) + 2 * round(0.05 * stage.unit)
    canvas = Canvas(width, high)
    foot = high - 2
    x = -dice.uniform(0, slim) * stage.unit
    while x < width:
        wide = slim * stage.unit * dice.uniform(0.7, 1.5)
        # Downtown is higher than its edges.
        middle = 1.0 - 0.55 * abs((x + wide / 2) / width - (0.42 if stage.light_x > 0.5 else 0.58)) * 2
        up = tall * stage.unit * 0.55 * (0.35 + 0.65 * dice.random() ** 1.3) * (0.45 + 0.55 * max(0.0, middle))
        _tower(canvas, look, dice, stage, x, foot - up, x + wide, foot, depth)
        x += wide * dice.uniform(0.82, 1.12)
    fade(canvas.data, look.haze, 0.8 * haze_share(look, depth))
    if look.night > 0.2:
        _bloom(canvas.data, 0.5 * look.night, stage)
    return canvas.data, stage.horizon - foot + round(0.02 * stage.unit * (1.0 - depth))


def _tower(
    canvas: Canvas, look: Look, dice: Dice, stage: Stage, left: float, top: float, right: float, foot: float,
    depth: float,
) -> None:  # fmt: skip
    wall = look.lit(tone(_WALLS[int(dice.integers(0, len(_WALLS)))]))
    light_left = stage.light_x < 0.5
    split = left + (right - left) * (0.66 if light_left else 0.34)
    bright, dark = wall * np.float32(1.06), wall * np.float32(0.66)
    canvas.box(left, top, split, foot, bright if light_left else dark)
    canvas.box(split, top, right, foot, dark if light_left else bright)
    crown = dice.random()
    if crown < 0.25:
        canvas.box(
            (left * 3 + right) / 4, top - (right - left) * 0.22, (left + right * 3) / 4, top, wall * np.float32(0.88)
        )
    elif crown < 0.45:
        middle = (left + right) / 2
        canvas.stroke(
            [(middle, top - (right - left) * 0.6), (middle, top)], wall * np.float32(0.6), max(1.0, stage.unit / 400)
        )
    elif crown < 0.6:
        canvas.polygon(
            [(left, top), ((left + right) / 2, top - (right - left) * 0.35), (right, top)], wall * np.float32(0.82)
        )
    cell_x = max(3.0, stage.unit * (0.010 + 0.006 * (1 - depth)))
    cell_y = cell_x * 1.35
    columns, rows = int((right - left) / cell_x) - 1, int((foot - top) / cell_y) - 1
    if columns < 1 or rows < 1:
        return
    share = 0.10 + 0.50 * look.night
    lit = dice.random((rows, columns)) < share
    hue = dice.integers(0, len(_LAMPLIGHT), (rows, columns))
    glass = mix(look.middle, look.horizon, 0.5) * np.float32(0.75)
    plain = mix(wall, glass, 0.5) * np.float32(0.72)
    margin = ((right - left) - columns * cell_x) / 2
    lamps = np.array([tone(lamp) for lamp in _LAMPLIGHT]) * np.float32(0.75 + 0.25 * look.night)
    shown = np.where((hue % 2)[..., None] == 1, plain * np.float32(1.08), plain * np.float32(0.92))
    if look.night > 0.15:
        shown[lit] = lamps[hue[lit]]
    edges_x = left + margin + cell_x * np.arange(columns)[:, None] + cell_x * np.array((0.2, 0.8))
    edges_y = top + cell_y * (np.arange(rows) + 0.6)[:, None] + cell_y * np.array((0.0, 0.55))
    canvas.boxes(edges_x, edges_y, shown)


def house(size: int, look: Look, dice: Dice, light_left: bool, *, snowy: bool = False) -> Bytes:
    """A small house, premultiplied RGBA (size, 1.25 size)."""
    canvas = Canvas(2 * round(size * 0.625), 2 * math.ceil(size / 2))
    width, high = canvas.width, canvas.height
    wall = look.lit(tone(_FRONTS[int(dice.integers(0, len(_FRONTS)))]))
    roof = tone("#eef4fb") if snowy else tone(_ROOFS[int(dice.integers(0, len(_ROOFS)))])
    roof = look.lit(roof)
    left, right, eave = width * 0.10, width * 0.90, high * 0.50
    ridge = high * 0.16
    gable = left + (right - left) * (0.42 if light_left else 0.58)
    front, side = wall * np.float32(1.05), wall * np.float32(0.74)
    canvas.box(width * 0.66, high * 0.08, width * 0.73, high * 0.34, look.lit(tone("#8a5a48")))
    if light_left:
        canvas.box(left, eave, gable, high, front)
        canvas.box(gable, eave, right, high, side)
        canvas.polygon([(left, eave + 1), ((left + gable) / 2, ridge), (gable, eave + 1)], front)
        canvas.polygon(
            [
                ((left + gable) / 2, ridge),
                (right - width * 0.06, ridge),
                (right + width * 0.05, eave + high * 0.03),
                (gable, eave + high * 0.03),
            ],
            roof * np.float32(0.86),
        )
        canvas.polygon(
            [
                ((left + gable) / 2, ridge - 2),
                (left - width * 0.05, eave + high * 0.05),
                (left - width * 0.02, eave + high * 0.06),
                ((left + gable) / 2, ridge + high * 0.06),
            ],
            roof,
        )
    else:
        canvas.box(left, eave, gable, high, side)
        canvas.box(gable, eave, right, high, front)
        canvas.polygon([(gable, eave + 1), ((right + gable) / 2, ridge), (right, eave + 1)], front)
        canvas.polygon(
            [
                ((right + gable) / 2, ridge),
                (left + width * 0.06, ridge),
                (left - width * 0.05, eave + high * 0.03),
                (gable, eave + high * 0.03),
            ],
            roof * np.float32(0.86),
        )
        canvas.polygon(
            [
                ((right + gable) / 2, ridge - 2),
                (right + width * 0.05, eave + high * 0.05),
                (right + width * 0.02, eave + high * 0.06),
                ((right + gable) / 2, ridge + high * 0.06),
            ],
            roof,
        )
    glass = tone("#ffd27a") if look.night > 0.25 else look.lit(tone("#5b7f9d"))
    frame = look.lit(tone("#f3ece0"))
    inner = (left, gable) if light_left else (gable, right)
    outer = (gable, right) if light_left else (left, gable)
    for x in (
        inner[0] + (inner[1] - inner[0]) * 0.5,
        outer[0] + (outer[1] - outer[0]) * 0.25,
        outer[0] + (outer[1] - outer[0]) * 0.72,
    ):
        w, h = width * 0.055, high * 0.075
        canvas.box(x - w * 1.25, high * 0.66 - h * 1.2, x + w * 1.25, high * 0.66 + h * 1.2, frame)
        canvas.box(x - w, high * 0.66 - h, x + w, high * 0.66 + h, glass)
        canvas.box(x - w * 0.1, high * 0.66 - h, x + w * 0.1, high * 0.66 + h, frame)
    door = (inner[0] + inner[1]) / 2
    canvas.box(door - width * 0.05, high * 0.80, door + width * 0.05, high, look.lit(tone("#6b4630")))
    return canvas.data


def village(
    look: Look,
    stage: Stage,
    dice: Dice,
    *,
    count: int,
    foot: float,
    depth: float,
    size: float,
    snowy: bool,
    light_left: bool,
) -> tuple[Bytes, int]:
    """Houses in a row: premultiplied RGBA and the row of its top."""
    width = stage.width + 2 * stage.side
    high = max(12, round(size * stage.unit))
    canvas = Canvas(width, 2 * math.ceil(high * 0.65))
    for index in range(count):
        x = (index + 0.5 + dice.uniform(-0.25, 0.25)) / count * width
        if count > 3 and abs(x / width - 0.5) < 0.07:
            continue
        stamp = house(high, look, dice, light_left, snowy=snowy)
        canvas.stamp(stamp, x, canvas.height - 2, high * dice.uniform(0.8, 1.15))
    fade(canvas.data, look.haze, 0.8 * haze_share(look, depth))
    if look.night > 0.25:
        _bloom(canvas.data, 0.5, stage)
    return canvas.data, round(foot) - canvas.height + 2


def house_fronts(look: Look, stage: Stage, dice: Dice, left: bool) -> Bytes:
    """One side of a street in perspective: premultiplied RGBA of the whole stage at rest, spare included."""
    width, height = stage.width + 2 * stage.side, stage.height + 2 * stage.over
    # Painted flat first, then laid along the street. Its near end is on the right of the flat picture.
    flat_high = 2 * round(0.45 * stage.height)
    flat_wide = 2 * round(1.1 * stage.height)
    flat = Canvas(flat_wide, flat_high)
    x = 0.0
    lit_side = left != (stage.light_x < 0.5)
    while x < flat_wide:
        wide = flat_wide * dice.uniform(0.10, 0.17)
        top = flat_high * dice.uniform(0.02, 0.24)
        wall = look.lit(tone(_FRONTS[int(dice.integers(0, len(_FRONTS)))])) * np.float32(1.0 if lit_side else 0.72)
        flat.box(x, top, x + wide, flat_high, wall)
        flat.box(x, top, x + wide, top + flat_high * 0.025, wall * np.float32(0.7))
        flat.box(x + wide - 2, top, x + wide, flat_high, wall * np.float32(0.62))
        columns = 3
        floors = int((flat_high - top) / (flat_high * 0.19))
        for floor in range(floors - 1):
            for column in range(columns):
                wx, wy = x + wide * (column + 0.5) / columns, top + flat_high * (0.10 + 0.19 * floor)
                w, h = wide * 0.085, flat_high * 0.055
                on = dice.random() < 0.12 + 0.5 * look.night and look.night > 0.15
                glass = (
                    tone(_LAMPLIGHT[int(dice.integers(0, 4))])
                    if on
                    else mix(look.middle, wall, 0.45) * np.float32(0.62)
                )
                flat.box(wx - w * 1.3, wy - h * 1.15, wx + w * 1.3, wy + h * 1.25, wall * np.float32(0.8))
                flat.box(wx - w, wy - h, wx + w, wy + h, glass)
        # Shops on the ground floor, under an awning.
        shop = tone("#ffcf85") if look.night > 0.2 else mix(look.middle, wall, 0.4) * np.float32(0.55)
        flat.box(x + wide * 0.1, flat_high * 0.86, x + wide * 0.9, flat_high * 0.985, shop)
        awning = look.lit(tone(_ROOFS[int(dice.integers(0, len(_ROOFS)))]))
        flat.box(x + wide * 0.06, flat_high * 0.82, x + wide * 0.94, flat_high * 0.87, awning)
        x += wide
    far_x, near_x = stage.side + stage.width * 0.43, -stage.width * 0.10
    horizon = stage.over + stage.horizon
    far_top, far_foot = horizon - 0.10 * stage.height, horizon + 0.015 * stage.height
    near_top, near_foot = horizon - 1.05 * stage.height, horizon + 0.30 * stage.height
    corners = [(far_x, far_top), (near_x, near_top), (near_x, near_foot), (far_x, far_foot)]
    source = [(0, 0), (flat_wide, 0), (flat_wide, flat_high), (0, flat_high)]
    if not left:
        corners = [(width - x, y) for x, y in corners]
    matrix = cv2.getPerspectiveTransform(np.array(source, np.float32), np.array(corners, np.float32))
    laid: Bytes = cv2.warpPerspective(flat.data, matrix, (width, height), flags=cv2.INTER_AREA)
    # The far end stands in more haze.
    start, end = (0, width // 2) if left else (width // 2, width)
    away = np.linspace(0, 1, end - start, dtype=np.float32) ** 1.6 * np.float32(0.9 * haze_share(look, 0.6))
    share = (away if left else away[::-1])[None, :, None]
    half = laid[:, start:end]
    half[..., :3] = (half[..., :3] * (1 - share) + half[..., 3:] * (look.haze * share)).astype(np.uint8)
    if look.night > 0.25:
        _bloom(laid, 0.35, stage)
    return laid


def lamp_post(high: int, look: Look) -> Bytes:
    """A street lamp, lit when it is dark: premultiplied RGBA."""
    canvas = Canvas(2 * round(high * 0.35), 2 * math.ceil(high / 2))
    middle, iron = canvas.width / 2, look.lit(tone("#3b3f46"))
    thick = max(1.0, high * 0.012)
    canvas.box(middle - thick, high * 0.12, middle + thick, high, iron)
    canvas.box(middle - thick * 2.4, high * 0.95, middle + thick * 2.4, high, iron)
    glass = tone("#fff0c0") if look.night > 0.2 else look.lit(tone("#dfe6ea"))
    if look.night > 0.2:
        _glow_spot(canvas.data, middle, high * 0.10, high * 0.17, look.night)
    canvas.ellipse(middle, high * 0.10, high * 0.032, high * 0.045, glass)
    canvas.box(middle - high * 0.035, high * 0.045, middle + high * 0.035, high * 0.06, iron)
    return canvas.data


def _glow_spot(picture: Bytes, x: float, y: float, radius: float, strength: float) -> None:
    ys, xs = np.mgrid[0 : picture.shape[0], 0 : picture.shape[1]].astype(np.float32)
    distance = np.sqrt((xs - x) ** 2 + (ys - y) ** 2) / np.float32(radius)
    alpha = (np.clip(1 - distance, 0, 1) ** 2 * np.float32(0.6 * strength))[..., None]
    glow = np.concatenate([alpha * np.array((255, 205, 120), np.float32), alpha * 255], axis=-1)
    picture[:] = np.clip(picture * (1 - alpha) + glow, 0, 255).astype(np.uint8)


def _bloom(picture: Bytes, strength: float, stage: Stage) -> None:
    """Lights shine a little beyond their edges."""
    *parts, alpha = cv2.split(picture)
    for index, part in enumerate(parts):
        small = cv2.resize(part, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
        bright = cv2.subtract(small, 150)
        soft = cv2.GaussianBlur(bright, (0, 0), max(1.0, stage.unit / 260))
        wide = cv2.resize(soft, alpha.shape[::-1], interpolation=cv2.INTER_LINEAR)
        parts[index] = cv2.min(cv2.addWeighted(part, 1.0, wide, 1.3 * strength, 0), alpha)
    cv2.merge([*parts, alpha], dst=picture)
