"""A cave: light from its mouth, rough walls, stalactites, crystals that glow."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from rushes.engines.local.composer.spec import SceneSpec
from rushes.engines.local.composer.stage.actors import Room
from rushes.engines.local.composer.stage.art import halo
from rushes.engines.local.composer.stage.brush import Canvas, even_rows
from rushes.engines.local.composer.stage.geometry import Stage
from rushes.engines.local.composer.stage.land import paint_ground
from rushes.engines.local.composer.stage.noise import Dice, cloud, smoothstep
from rushes.engines.local.composer.stage.palette import Look, Tone, material, mix, tone
from rushes.engines.local.composer.stage.scene import Floor, Layer, Upright
from rushes.engines.local.composer.stage.sheet import Sheet
from rushes.engines.local.composer.stage.wash import to_bytes


def cave(spec: SceneSpec, look: Look, stage: Stage, dice: Dice) -> tuple[list[Layer], list[Layer], Room]:
    """A cave: light from its mouth, rough walls, stalactites, glowing crystals."""
    width, high = stage.width + 2 * stage.side, stage.horizon + stage.over + 8
    main, lit, shaded = material("cave")
    xs = (np.arange(width, dtype=np.float32) - stage.side)[None, :] / stage.width
    ys = (np.arange(high, dtype=np.float32) - stage.over)[:, None] / stage.height
    rock = cloud(dice, width, high, stage.unit * 0.16, 6)
    light = mix(look.horizon, look.light, 0.4)
    away = (
        np.sqrt(((xs - stage.light_x) * stage.width / stage.unit) ** 2 + ((ys - 0.32) * 1.1) ** 2) + (rock - 0.5) * 0.22
    )
    picture = shaded + smoothstep(0.3, 0.75, rock)[..., None] * (lit - shaded)
    picture *= (0.32 + 0.95 * np.exp(-away * 2.8))[..., None] * (0.55 + 0.6 * light)
    mouth = 1.0 - smoothstep(0.17, 0.20, away)
    picture += mouth[..., None] * (light * np.float32(1.05) - picture)
    picture += (np.exp(-away * 4.2) * np.float32(0.5))[..., None] * light
    layers: list[Layer] = [
        Upright(Sheet(even_rows(to_bytes(picture.astype(np.float32), dice)), -stage.side, -stage.over), stage, 0.85)
    ]
    dim = replace(look, haze=shaded * np.float32(0.9) * light, veil=0.0, sun_clear=0.6)
    ground = paint_ground(dim, stage, dice, (main, lit, shaded), rough=0.9)
    layers.append(Floor(Sheet(ground, -stage.side, stage.horizon), stage))
    layers.append(_spikes(stage, dice, main, shaded, light, depth=0.55, tall=0.20))
    layers += _crystals(stage, dice)
    return (
        layers,
        [
            _spikes(
                stage,
                dice,
                shaded * np.float32(0.45),
                shaded * np.float32(0.25),
                light * np.float32(0.3),
                depth=-0.05,
                tall=0.32,
            )
        ],
        Room(ground=(stage.horizon / stage.height + 0.06, 0.93)),
    )


def _crystals(stage: Stage, dice: Dice) -> list[Layer]:
    """Clusters that glow from within, on the side away from the cave's mouth."""
    layers: list[Layer] = []
    colour = tone(("#58e0ff", "#b07bff", "#5dffb0")[int(dice.integers(0, 3))])
    for place, size, depth in ((0.16, 0.16, 0.62), (0.30, 0.10, 0.70), (0.93, 0.12, 0.66)):
        x = (place if stage.light_x > 0.5 else 1.0 - place) * stage.width
        high = 2 * round(size * stage.unit / 2)
        canvas = Canvas(2 * high, 2 * high)
        canvas.data[:] = halo(high, colour, 0.5)
        for lean in (-0.5, 0.45, -0.22, 0.2, 0.0):
            long, thick = high * dice.uniform(0.6, 0.95) * (1 - 0.5 * abs(lean)), high * 0.10
            tip = (high + lean * long, high * 1.35 - long)
            foot = high * 1.35
            middle = high + lean * 0.5 * high
            canvas.polygon(
                [(middle - thick, foot), (tip[0] - thick * 0.5, tip[1] + thick), tip, (middle, foot)],
                mix(colour, tone("#ffffff"), 0.45),
            )
            canvas.polygon(
                [(middle, foot), tip, (tip[0] + thick * 0.5, tip[1] + thick), (middle + thick, foot)],
                colour * np.float32(0.62),
            )
        foot_row = stage.row(depth)
        layers.append(
            Upright(
                Sheet(canvas.data, 2 * round((x - high) / 2), 2 * round((foot_row - high * 1.35) / 2)), stage, depth
            )
        )
    return layers


def _spikes(stage: Stage, dice: Dice, main: Tone, shaded: Tone, light: Tone, *, depth: float, tall: float) -> Layer:
    """Stalactites along the upper edge."""
    width = stage.width + 2 * stage.side
    high = 2 * round((tall * stage.height + stage.over) / 2)
    canvas = Canvas(width, high)
    line = stage.over + 0.03 * stage.height
    canvas.box(0, 0, width, line, main)
    x = 0.0
    while x < width:
        wide = stage.unit * dice.uniform(0.03, 0.10)
        edge = abs((x + wide / 2) / width - 0.5) * 2
        long = (tall * stage.height - 6) * dice.uniform(0.2, 1.0) * (0.25 + 0.75 * edge)
        tip = x + wide * dice.uniform(0.4, 0.6)
        lit_left = stage.light_x * width < x
        colours = (mix(main, light, 0.25), shaded) if lit_left else (shaded, mix(main, light, 0.25))
        canvas.polygon([(x, line - 1), (x + wide * 0.5, line - 1), (tip, line + long)], colours[0])
        canvas.polygon([(x + wide * 0.5, line - 1), (x + wide, line - 1), (tip, line + long)], colours[1])
        x += wide * dice.uniform(0.7, 1.3)
    return Upright(Sheet(canvas.data, -stage.side, -stage.over), stage, depth)
