"""Chooses what a scene consists of and paints it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from rushes.engines.local.composer.spec import SceneSpec, Subject
from rushes.engines.local.composer.stage.actors import Room, cast
from rushes.engines.local.composer.stage.air import Vignette
from rushes.engines.local.composer.stage.atmosphere import atmosphere
from rushes.engines.local.composer.stage.cave import cave
from rushes.engines.local.composer.stage.deep import high_sky, space, underwater
from rushes.engines.local.composer.stage.geometry import Stage, stage_of
from rushes.engines.local.composer.stage.outside import outside
from rushes.engines.local.composer.stage.palette import look_of
from rushes.engines.local.composer.stage.places import outdoors
from rushes.engines.local.composer.stage.rooms import interior
from rushes.engines.local.composer.stage.scene import Layer

_CLOSED: dict[str, Callable[..., tuple[list[Layer], list[Layer], Room]]] = {
    "space": space,
    "underwater": underwater,
    "sky": high_sky,
    "interior": interior,
    "cave": cave,
}
_HORIZONS = {"interior": 0.62, "cave": 0.62, "sky": 0.80}


def build(
    spec: SceneSpec, width: int, height: int, seconds: float, picture: Callable[[Subject, int], NDArray[np.uint8]]
) -> tuple[Stage, list[Layer], list[Layer]]:
    """The stage, the layers of a scene from back to front, and what lies over the finished frame."""
    dice = np.random.default_rng([spec.seed, 1])
    look = look_of(spec)
    light_x = 0.28 if dice.random() < 0.5 else 0.72
    place = outdoors(spec.place)
    horizon = place.horizon if place else _HORIZONS.get(spec.place, 0.6)
    stage = stage_of(width, height, seconds, spec.camera, horizon + (0.04 if height > width else 0.0), light_x)
    behind, front, room = (
        outside(spec, place, look, stage, dice) if place else _CLOSED[spec.place](spec, look, stage, dice)
    )
    if room.light is not None:
        look = replace(look, light=room.light, veil=0.0, night=min(look.night, 0.4))
    actors = cast(spec, look, stage, np.random.default_rng([spec.seed, 2]), room, seconds, picture)
    overlay: list[Layer] = [Vignette(stage, look.vignette)]
    still, moving = atmosphere(spec, look, stage, np.random.default_rng([spec.seed, 3]), seconds)
    return stage, [*behind, *still, *actors, *front, *moving], overlay
