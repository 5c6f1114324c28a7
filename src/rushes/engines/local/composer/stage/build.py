"""Chooses what a scene consists of and paints it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from rushes.engines.local.composer.spec import SceneSpec, Subject
from rushes.engines.local.composer.stage.actors import Room, cast
from rushes.engines.local.composer.stage.geometry import stage_of
from rushes.engines.local.composer.stage.land import paint_ground, paint_hills, paint_mountains
from rushes.engines.local.composer.stage.palette import look_of, material
from rushes.engines.local.composer.stage.scene import Floor, Layer, Upright
from rushes.engines.local.composer.stage.sheet import Sheet
from rushes.engines.local.composer.stage.sky import paint_sky


def build(
    spec: SceneSpec, width: int, height: int, seconds: float, picture: Callable[[Subject, int], NDArray[np.uint8]]
) -> list[Layer]:
    """The layers of a scene, from back to front."""
    dice = np.random.default_rng([spec.seed, 1])
    look = look_of(spec)
    stage = stage_of(width, height, seconds, spec.camera, 0.58, 0.3 if dice.random() < 0.5 else 0.7)
    spare = stage.side + 8
    sky = paint_sky(spec, look, stage, dice, stage.horizon + stage.over + 8, spare)
    layers: list[Layer] = [Upright(Sheet(sky, -spare, -stage.over), stage, 1.0)]
    art, top = paint_mountains(look, stage, dice, material("rock"), depth=0.9, peak=0.3, snow=0.6, cell=0.5)
    layers.append(Upright(Sheet(art, -stage.side, top), stage, 0.92))
    art, top = paint_hills(look, stage, dice, look.grass, depth=0.7, peak=0.09, cell=0.7, ragged=0.02)
    layers.append(Upright(Sheet(art, -stage.side, top), stage, 0.8))
    ground = paint_ground(look, stage, dice, look.grass)
    layers.append(Floor(Sheet(ground, -stage.side, stage.horizon), stage))
    layers += cast(spec, look, stage, np.random.default_rng([spec.seed, 2]), Room(), seconds, picture)
    return layers
