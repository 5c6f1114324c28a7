"""The colours of a scene: one matched set from its time of day, weather, mood and season."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rushes.engines.local.composer.spec import SceneSpec

Tone = NDArray[np.float32]
"""One colour: float32 (3,), red, green, blue, 0–1."""
Tones = tuple[Tone, Tone, Tone]
"""A material: its main, lit and shaded colour."""


@dataclass(frozen=True, slots=True)
class Look:
    """Everything that colours a scene. Tones are float32 (3,); the others shares of 1."""

    zenith: Tone
    middle: Tone
    horizon: Tone
    sun: Tone
    glow: Tone
    light: Tone
    haze: Tone
    cloud: Tone
    shade: Tone
    sun_height: float
    sun_clear: float
    stars: float
    cover: float
    veil: float
    colour: float
    vignette: float
    night: float
    """How dark it is: 0 by day, 1 at night; lamps and windows follow it."""
    grass: Tones
    leaves: Tones

    def lit(self, colour: Tone, depth: float = 0.0) -> Tone:
        """A thing's own colour as this light and the haze at `depth` 0–1 show it."""
        shown = colour * self.light
        fade = np.float32(min(1.0, haze_share(self, depth)))
        return np.asarray(shown * (1 - fade) + self.haze * fade, np.float32)


def haze_share(look: Look, depth: float) -> float:
    """How much of a thing at `depth` the haze hides, 0–1."""
    depth = min(1.0, max(0.0, depth))
    share: float = min(0.96, (0.62 + 0.3 * look.veil) * depth**1.6 + look.veil * 0.75 * depth**0.7)
    return share


def ground_haze(look: Look, near: NDArray[np.floating]) -> NDArray[np.float32]:
    """How much of the ground the haze hides at nearness `near`: 0 at the horizon, 1 at the bottom and beyond."""
    depth = (1.0 - np.minimum(1.0, near)) ** 2.2
    share = (0.62 + 0.3 * look.veil) * depth**1.6 + look.veil * 0.75 * depth**0.7
    haze: NDArray[np.float32] = np.minimum(0.96, share).astype(np.float32)
    return haze


def tone(text: str) -> Tone:
    """A hex colour such as "#ffaa00"."""
    return np.array([int(text[i : i + 2], 16) / 255 for i in (1, 3, 5)], np.float32)


def mix(first: Tone, second: Tone, share: float) -> Tone:
    """`share` of the second colour, the rest of the first."""
    return np.asarray(first * np.float32(1 - share) + second * np.float32(share), np.float32)


def material(name: str) -> Tones:
    """A ground material of palettes.toml by name."""
    return _tones(_data()["ground"][name])


def water(name: str) -> Tone:
    """A water colour of palettes.toml by name."""
    return tone(_data()["water"][name])


def look_of(spec: SceneSpec) -> Look:
    """The matched colours of a scene."""
    data = _data()
    time, weather = data["time"][spec.time], data["weather"][spec.weather]
    mood, season = data["mood"][spec.mood], data["season"][spec.season]
    tint = tone(mood["tint"])
    dark = np.float32(1.0 - weather["dark"])

    def graded(name: str, grey: float) -> Tone:
        colour = tone(time[name])
        level = np.full(3, float(colour @ (0.3, 0.55, 0.15)), np.float32) * np.array((0.95, 1.0, 1.06), np.float32)
        return np.asarray(mix(colour, level, grey) * tint * dark, np.float32)

    grey = float(weather["grey"])
    return Look(
        zenith=mix(graded("zenith", grey), graded("horizon", grey), 0.35 * grey),
        middle=graded("middle", grey),
        horizon=graded("horizon", grey),
        sun=tone(time["sun"]),
        glow=graded("glow", 0.6 * grey),
        light=np.asarray(graded("light", 0.6 * grey), np.float32),
        haze=graded("haze", grey),
        cloud=graded("cloud", grey),
        shade=graded("shade", grey),
        sun_height=float(time["height"]),
        sun_clear=float(weather["sun"]),
        stars=float(time["stars"]) * (1.0 - min(1.0, 1.1 * grey)),
        cover=float(weather["cover"]),
        veil=float(weather["veil"]),
        colour=float(mood["colour"]),
        vignette=float(mood["vignette"]),
        night=float(np.clip(1.25 - 1.35 * float(tone(time["light"]).mean()) + 0.35 * weather["dark"], 0, 1)),
        grass=_tones(season["grass"]),
        leaves=_tones(season["leaves"]),
    )


def _tones(texts: list[str]) -> Tones:
    main, lit, shaded = (tone(text) for text in texts)
    return main, lit, shaded


@cache
def _data() -> dict[str, Any]:
    return tomllib.loads(files(__package__).joinpath("palettes.toml").read_text("utf-8"))
