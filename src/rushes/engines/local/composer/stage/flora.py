"""Trees, bushes, grass and flowers."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from rushes.engines.local.composer.stage.brush import Canvas, fade
from rushes.engines.local.composer.stage.geometry import Stage
from rushes.engines.local.composer.stage.noise import Dice, Floats
from rushes.engines.local.composer.stage.palette import Look, Tone, Tones, haze_share, mix, tone
from rushes.engines.local.composer.stage.warp import Bytes

Kind = Literal["leafy", "conifer", "palm", "bare"]
_BARK = "#5e4632"
_SNOW = "#f2f7fd"
_FLOWERS = ("#f25f5c", "#ffd23f", "#ffffff", "#b57edc", "#ff8fb1", "#6fa8ff")


def tree(kind: Kind, size: int, look: Look, dice: Dice, light_left: bool, *, snowy: bool = False) -> Bytes:
    """One tree, premultiplied RGBA (size, about 0.8 size), lit but without haze. In snow only conifers are green."""
    canvas = Canvas(_even(size * (0.95 if kind == "palm" else 1.0)), _even(size))
    bark = look.lit(tone(_BARK))
    match kind:
        case "leafy" if not snowy:
            _leafy(canvas, look, dice, light_left, bark)
        case "conifer":
            _conifer(canvas, look, dice, light_left, bark, snowy)
        case "palm":
            _palm(canvas, look, dice, bark)
        case _:
            snow = look.lit(tone(_SNOW)) if snowy else None
            foot = (canvas.width / 2, canvas.height - 1.0)
            _branch(canvas, dice, bark, snow, foot, -math.pi / 2, size * 0.27, size * 0.045, 6)
    return canvas.data


def _leafy(canvas: Canvas, look: Look, dice: Dice, light_left: bool, bark: Tone) -> None:
    width, size = canvas.width, canvas.height
    middle = width / 2
    trunk = 0.035 * size
    canvas.polygon(
        [
            (middle - trunk * 1.6, size),
            (middle - trunk * 0.6, size * 0.45),
            (middle + trunk * 0.6, size * 0.45),
            (middle + trunk * 1.5, size),
        ],
        bark * np.float32(0.85),
    )
    base = look.leaves[int(dice.integers(0, 3)) if dice.random() < 0.6 else 0]
    lobes = [(middle, size * 0.36, size * 0.27)]
    for _ in range(7):
        angle = dice.uniform(-math.pi, 0.35)
        reach = dice.uniform(0.13, 0.23) * size
        lobes.append(
            (
                middle + math.cos(angle) * reach * 1.05,
                size * 0.40 + math.sin(angle) * reach * 0.85,
                dice.uniform(0.11, 0.16) * size,
            )
        )
    # Boughs, so that every lobe hangs on the trunk.
    for x, y, _ in lobes:
        canvas.stroke([(middle, size * 0.6), (x, y)], bark * np.float32(0.8), 0.8 * trunk)
    # From the dark inside to the bright tufts that the light catches.
    for level, (bright, shift, tuft) in enumerate(
        ((0.55, 0.0, 0.070), (0.78, 0.12, 0.056), (1.0, 0.30, 0.044), (1.22, 0.48, 0.030))
    ):
        colour = look.lit(np.clip(mix(base, look.grass[1], 0.10 * level) * np.float32(bright), 0, 1))
        x, y, radius = np.repeat(lobes, 16 - 2 * level, axis=0).T
        way, out, wide, high, shade, turn = dice.random((len(x), 6)).T
        reaches, angles = radius * np.sqrt(out) * (1.0 - 0.55 * shift), 2 * math.pi * way
        x = x + np.cos(angles) * reaches + (-shift if light_left else shift) * radius * 0.75
        y = y + np.sin(angles) * reaches - shift * radius * 0.8
        halves = tuft * size * np.stack([0.6 + 0.55 * wide, 0.45 + 0.35 * high], axis=1)
        colours = colour * (0.93 + 0.14 * shade)[:, None]
        canvas.ellipses(np.stack([x, y], axis=1), halves, np.radians(60 * turn - 30), colours)


def _conifer(canvas: Canvas, look: Look, dice: Dice, light_left: bool, bark: Tone, snowy: bool) -> None:
    size, middle = canvas.height, canvas.width / 2
    canvas.box(middle - 0.018 * size, 0.85 * size, middle + 0.018 * size, size, bark)
    green = mix(tone("#2c5a3c"), look.grass[2], 0.3)
    tiers = 9
    for tier in range(tiers, 0, -1):
        part = tier / tiers
        top, foot = size * (0.02 + 0.80 * (part - 1 / tiers)), size * (0.07 + 0.86 * part)
        reach = size * (0.03 + 0.25 * part) * dice.uniform(0.92, 1.08)
        teeth = 5 + tier
        for side, bright in ((-1, 1.25 if light_left else 0.75), (1, 0.75 if light_left else 1.25)):
            points = [(middle, top)]
            for tooth in range(teeth + 1):
                at = 1 - tooth / teeth
                dip = 0.035 * size * (tooth % 2) - 0.05 * size * (1 - at)
                points.append((middle + side * reach * at, foot - dip - 0.03 * size * at * dice.random()))
            canvas.polygon(points, look.lit(green * np.float32(bright * (0.8 + 0.3 * (1 - part)))))
        if snowy:
            crest = [(middle, top - 1), (middle + reach * 0.72, foot - 0.055 * size),
                     (middle + reach * 0.3, foot - 0.075 * size),
                     (middle, foot - 0.05 * size), (middle - reach * 0.35, foot - 0.08 * size),
                     (middle - reach * 0.72, foot - 0.055 * size)]  # fmt: skip
            canvas.polygon(crest, look.lit(tone(_SNOW)))


def _palm(canvas: Canvas, look: Look, dice: Dice, bark: Tone) -> None:
    size, middle = canvas.height, canvas.width / 2
    bend = dice.uniform(-0.16, 0.16) * size
    steps = np.linspace(0, 1, 14)
    xs, ys = middle + bend * steps**2 - bend * 0.5, size - steps * size * 0.68
    for i in range(len(steps) - 1):
        thick = size * (0.022 - 0.009 * steps[i])
        low, high = (xs[i], ys[i]), (xs[i + 1], ys[i + 1])
        ring = [(low[0] - thick, low[1]), (high[0] - thick * 0.8, high[1])]
        ring += [(high[0] + thick * 0.8, high[1]), (low[0] + thick, low[1])]
        canvas.polygon(ring, mix(bark, look.light, 0.25) * np.float32(0.9 + 0.2 * (i % 2)))
    head_x, head_y = float(xs[-1]), float(ys[-1])
    for index in range(15):
        angle = -math.pi / 2 + (index - 7) * 0.33 + dice.uniform(-0.1, 0.1)
        long = size * dice.uniform(0.26, 0.36)
        green = look.lit(mix(tone("#3f8f4a"), tone("#8cc455"), dice.random()) * np.float32(0.7 if index % 2 else 1.0))
        at = np.linspace(0, 1, 9)
        fx = head_x + np.cos(angle) * long * at
        fy = head_y + np.sin(angle) * long * at + long * 0.75 * at**2.2
        wide = 0.11 * long * np.sin(math.pi * np.clip(at * 0.92 + 0.06, 0, 1))
        canvas.polygon(np.concatenate([np.stack([fx, fy - wide * 0.6], 1), np.stack([fx, fy + wide], 1)[::-1]]), green)
    canvas.ellipse(head_x, head_y, size * 0.022, size * 0.022, bark)


def _branch(
    canvas: Canvas, dice: Dice, bark: Tone, snow: Tone | None, foot: tuple[float, float], angle: float, long: float,
    thick: float, left: int,
) -> None:  # fmt: skip
    """A branch from `foot` and all that grow on it. snow: what lies on those that are not steep."""
    tip = (foot[0] + math.cos(angle) * long, foot[1] + math.sin(angle) * long)
    canvas.stroke([foot, tip], bark * np.float32(0.85 + 0.05 * left), thick)
    if left > 0:
        for turn in (dice.uniform(0.2, 0.6), -dice.uniform(0.2, 0.6)):
            _branch(canvas, dice, bark, snow, tip, angle + turn, long * dice.uniform(0.66, 0.8), thick * 0.66, left - 1)
    if snow is not None and abs(math.cos(angle)) > 0.3:
        up = 0.4 * thick
        canvas.stroke([(foot[0], foot[1] - up), (tip[0], tip[1] - up)], snow, 0.55 * thick)


@dataclass(frozen=True, slots=True)
class Grove:
    """Some trees of each kind, drawn once: rows of trees are made of them, each at another size."""

    stamps: list[Bytes]
    turns: bool
    """Whether they may be mirrored: what is lit from one side may not."""


def grove(look: Look, stage: Stage, dice: Dice, kinds: tuple[Kind, ...], *, tall: float, snowy: bool) -> Grove:
    """Two trees of each kind. tall: how high the highest row is, as a share of the unit."""
    size, light_left = max(10, round(tall * stage.unit)), stage.light_x < 0.5
    stamps = [tree(kind, size, look, dice, light_left, snowy=snowy) for kind in kinds for _ in range(2)]
    return Grove(stamps, "leafy" not in kinds)


def tree_line(
    look: Look, stage: Stage, dice: Dice, grove: Grove, *, depth: float, tall: float, density: float, foot: float,
    gap: float = 0.0,
) -> tuple[Bytes, int]:  # fmt: skip
    """A row of trees at one depth: premultiplied RGBA over the stage's width, and the row of its top.

    tall: share of the unit; density: trees per tree width; foot: the row they stand on; gap: share of the
    frame left open in the middle.
    """
    width = stage.width + 2 * stage.side
    size = max(10, round(tall * stage.unit))
    canvas = Canvas(width, _even(size * 1.2))
    bottom = canvas.height - 2
    count = max(2, round(width / (size * 0.62) * density))
    for index in dice.permutation(count).tolist():
        x = (index + dice.uniform(0.1, 0.9)) / count * width
        if abs(x - width / 2) < gap * stage.width / 2:
            continue
        stamp = grove.stamps[int(dice.integers(0, len(grove.stamps)))]
        high = size * dice.uniform(0.68, 1.12)
        canvas.stamp(
            stamp,
            x,
            bottom - dice.uniform(0, 0.05) * size,
            high,
            mirror=bool(dice.random() < 0.5 and grove.turns),
        )
    fade(canvas.data, look.haze, 0.9 * haze_share(look, depth))
    return canvas.data, round(foot) - bottom


def grass(
    look: Look, stage: Stage, dice: Dice, tones: Tones, *, tall: float, count: int, flowers: bool = False
) -> tuple[Bytes, int]:
    """Blades of grass along the bottom edge, nearest to the eye: premultiplied RGBA and its top row."""
    width, high = stage.width + 2 * stage.side, _even(tall * stage.unit * 1.6 + stage.over)
    canvas = Canvas(width, high)
    foot = high + 0.02 * stage.unit
    shades = [look.lit(mix(tones[2], tones[k % 2], 0.25 * k)) * np.float32(0.62 + 0.12 * k) for k in range(4)]
    blades = int(count * width / stage.unit)
    across, long, bend, thick = dice.random((4, blades))
    x = across * width
    long = tall * stage.unit * (0.45 + 0.85 * long) + stage.over
    bend = (0.64 * bend - 0.32) * long
    thick = 0.0048 * stage.unit * (0.7 + 0.7 * thick)
    columns = [x - thick, x + bend * 0.4 - thick * 0.7, x + bend, x + bend * 0.4 + thick * 0.7, x + thick]
    rows = [foot - share * long for share in (0.0, 0.6, 1.0, 0.6, 0.0)]
    corners = np.stack([np.stack(columns, axis=1), np.stack(rows, axis=1)], axis=2)
    canvas.facets(corners, np.array(shades)[dice.integers(0, len(shades), blades)])
    if flowers:
        across, up, size = dice.random((3, blades // 9))
        y = high - stage.over - (0.35 + 0.8 * up) * tall * stage.unit
        _blossoms(canvas, across * width, y, 0.014 * stage.unit * (0.7 + 0.6 * size), look, dice)
    return canvas.data, stage.height + stage.over - high


def _blossoms(canvas: Canvas, x: Floats, y: Floats, radius: Floats, look: Look, dice: Dice) -> None:
    """Flowers of five petals around a heart; x, y, radius: (n,), in pixels."""
    angles = 0.3 + np.arange(5) * 2 * math.pi / 5
    # The heart, at the end, lies over the petals.
    across, down = np.append(0.62 * np.cos(angles), 0.0), np.append(0.5 * np.sin(angles), 0.0)
    wide, high = np.array([0.5] * 5 + [0.3]), np.array([0.42] * 5 + [0.26])
    colours = np.array([look.lit(tone(colour)) for colour in _FLOWERS])[dice.integers(0, len(_FLOWERS), len(x))]
    paints = np.empty((len(x), 6, 3))
    paints[:, :5] = colours[:, None] * (0.88 + 0.03 * np.arange(5))[:, None]
    paints[:, 5] = look.lit(tone("#f7b733"))
    places = np.stack([x[:, None] + radius[:, None] * across, y[:, None] + radius[:, None] * down], axis=-1)
    halves = radius[:, None, None] * np.stack([wide, high], axis=-1)
    canvas.ellipses(places.reshape(-1, 2), halves.reshape(-1, 2), np.zeros(6 * len(x)), paints.reshape(-1, 3))


def meadow_specks(
    canvas: Canvas, stage: Stage, look: Look, dice: Dice, tones: Tones, count: int, *, flowers: bool
) -> None:
    """Tufts and flowers scattered over ground that begins at the canvas's top, larger the nearer."""
    near = np.sort(dice.random(count))
    across, share, bright, *tall = dice.random((count, 6)).T
    blossoms = dice.random(count) < 0.45 if flowers else np.zeros(count, np.bool_)
    x, row = across * canvas.width, near**1.5 * canvas.height
    size = stage.unit * (0.004 + 0.026 * near**1.4)
    main, lit = look.lit(tones[0]), look.lit(tones[1])
    colours = (main + (0.1 + 0.8 * share)[:, None] * (lit - main)) * (0.82 + 0.24 * bright)[:, None]
    # Three blades each.
    tufts = np.stack(
        [
            np.stack(
                [x - size * 0.09, row, x + lean * size * 0.7, row - size * (0.7 + 0.3 * high), x + size * 0.09, row]
            )
            for lean, high in zip((-0.5, 0.0, 0.55), tall, strict=True)
        ]
    )
    tufts = tufts.transpose(2, 0, 1)[~blossoms]
    canvas.facets(tufts.reshape(-1, 3, 2), np.repeat(colours[~blossoms], 3, axis=0))
    _blossoms(canvas, x[blossoms], row[blossoms], size[blossoms] * 0.36 + 0.6, look, dice)


def _even(value: float) -> int:
    return 2 * math.ceil(value / 2)
