"""What every painter knows: the spec, its light, the frame and the camera's path."""

from __future__ import annotations

import numpy as np
from msgspec import Struct

from rushes.engines.local.composer.camera import Pose
from rushes.engines.local.composer.frames import Box, Picture, Scratch, Still, View, extent
from rushes.engines.local.composer.paint.ink import rng_for
from rushes.engines.local.composer.palette import Palette
from rushes.engines.local.composer.spec import SceneSpec


class Setting(Struct, frozen=True, kw_only=True):
    """One scene being painted."""

    spec: SceneSpec
    view: View
    palette: Palette
    path: list[Pose]
    scratch: Scratch
    seconds: float
    sun_x: float
    """Where the sun or moon stands, as a share of the frame's width."""

    @property
    def unit(self) -> float:
        return self.view.unit

    @property
    def sun_y(self) -> float:
        """The sun's row."""
        return self.view.horizon * (1.0 - self.palette.sun_height)

    @property
    def lit_side(self) -> float:
        """Where the light comes from: -1 left to 1 right."""
        return max(-1.0, min(1.0, (self.sun_x - 0.5) * 4.0))

    def rng(self, name: str) -> np.random.Generator:
        """The source of chance of one part of the scene."""
        return rng_for(self.spec.seed, name)

    def box(self, near: float, slope: float = 0.0, top: float | None = None, bottom: float | None = None) -> Box:
        """What the camera sees of a plane, between two rows of the frame at rest."""
        seen = extent(self.view, self.path, near, slope)
        upper = seen.top if top is None else max(seen.top, int(top))
        lower = seen.bottom if bottom is None else min(seen.bottom, int(bottom))
        return Box(seen.left, upper, seen.right, max(lower, upper + 2))

    def has(self, *features: str) -> bool:
        """Whether the spec asks for one of these features."""
        return any(feature in self.spec.features for feature in features)

    def still(
        self,
        picture: Picture,
        box: Box,
        *,
        depth: float,
        near: float,
        slope: float = 0.0,
        drift: float = 0.0,
        sway: tuple[float, float] = (0.0, 0.0),
        grain: float = 1.0,
        light: bool = False,
    ) -> Still:
        """A painted layer of this scene (see frames.Still)."""
        return Still(
            picture,
            box,
            self.scratch,
            depth=depth,
            near=near,
            slope=slope,
            drift=drift,
            sway=sway,
            grain=grain,
            light=light,
        )
