"""Colours that belong together: the light of a time of day, weather and mood, and things seen in it."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources
from typing import Any

from msgspec import Struct

from rushes.engines.local.composer.spec import SceneSpec

Colour = tuple[float, float, float]
"""Red, green, blue, each 0–255."""


class Palette(Struct, frozen=True, kw_only=True):
    """The light of one scene. Colours as the eye sees them, amounts 0–1."""

    sky: tuple[Colour, Colour, Colour]
    light: Colour
    ambient: Colour
    haze: Colour
    haze_amount: float
    cloud_lit: Colour
    cloud_shade: Colour
    cover: float
    sun_height: float
    sun: float
    glow: float
    stars: float
    windows: float
    vignette: float
    night: bool
    season: str
    saturation: float
    tint: Colour
    tint_amount: float

    def lit(self, colour: Colour) -> Colour:
        """A thing of `colour` (in white light) under this scene's light."""
        return self.graded(_scaled(colour, self.ambient))

    def graded(self, colour: Colour) -> Colour:
        """The mood's finish over a colour."""
        grey = 0.3 * colour[0] + 0.59 * colour[1] + 0.11 * colour[2]
        toned = tuple(grey + (part - grey) * self.saturation for part in colour)
        return mix(_three(toned), self.tint, self.tint_amount)

    def surface(self, name: str) -> tuple[Colour, ...]:
        """The lit colours of a surface of surfaces.toml, dark to bright or as variants."""
        kinds = _table("surfaces")[name]
        return tuple(self.lit(parse(colour)) for colour in kinds.get(self.season) or kinds["any"])

    def hazed(self, colour: Colour, far: float) -> Colour:
        """A lit colour seen through the air at distance `far` (0–1)."""
        return mix(colour, self.haze, min(0.94, far * (0.35 + 0.9 * self.haze_amount)))


def palette_for(spec: SceneSpec) -> Palette:
    """The light of a scene."""
    time, weather, mood = (
        _table("times")[spec.time],
        _table("weathers")[spec.weather],
        _table("moods")[spec.mood],
    )
    dark = {"night": 0.2, "dusk": 0.45, "dawn": 0.75}.get(spec.time, 0.95)
    tone = tuple(part * dark for part in parse(weather["tone"]))
    tint, amount = parse(mood["tint"]), mood["amount"]

    def weathered(name: Any, strength: float = 1.0) -> Colour:
        colour = mix(parse(name), _three(tone), weather["grey"] * strength)
        colour = _three([part * weather["dim"] for part in colour])
        grey = 0.3 * colour[0] + 0.59 * colour[1] + 0.11 * colour[2]
        toned = [grey + (part - grey) * mood["saturation"] for part in colour]
        # Contrast around the middle keeps the brightest sky from clipping.
        toned = [118 + (part - 118) * mood["contrast"] for part in toned]
        return mix(_three(toned), tint, amount)

    sky = tuple(weathered(name) for name in time["sky"])
    return Palette(
        sky=(sky[0], sky[1], sky[2]),
        light=weathered(time["light"], 0.7),
        ambient=_clipped(
            tuple(part * weather["dim"] for part in mix(parse(time["ambient"]), _three(tone), weather["grey"] * 0.6))
        ),
        haze=weathered(time["haze"]),
        haze_amount=min(1.0, time["haze_amount"] + weather["haze"]),
        cloud_lit=weathered(time["cloud_lit"], 0.8),
        cloud_shade=weathered(time["cloud_shade"], 0.8),
        cover=weather["cover"],
        sun_height=time["sun_height"],
        sun=weather["sun"],
        glow=time["glow"] * (0.25 + 0.75 * weather["sun"]),
        stars=time["stars"] * max(0.0, 1.0 - 1.2 * weather["grey"]),
        windows=min(1.0, time["windows"] + (0.4 if spec.weather in ("rain", "storm", "fog", "snow") else 0.0)),
        vignette=mood["vignette"],
        night=spec.time in ("night", "dusk"),
        season="winter" if spec.weather == "snow" or spec.place == "snowfield" else spec.season,
        saturation=mood["saturation"],
        tint=tint,
        tint_amount=amount,
    )


def mix(one: Colour, other: Colour, share: float) -> Colour:
    """`share` 0 is the first colour, 1 the other."""
    return _three([a + (b - a) * share for a, b in zip(one, other, strict=True)])


def brighter(colour: Colour, factor: float) -> Colour:
    """A colour with its light multiplied."""
    return _clipped([part * factor for part in colour])


def parse(text: str) -> Colour:
    """ "#rrggbb" as a colour."""
    return (float(int(text[1:3], 16)), float(int(text[3:5], 16)), float(int(text[5:7], 16)))


@cache
def _table(name: str) -> dict[str, Any]:
    text = resources.files(__package__).joinpath("palettes", f"{name}.toml").read_text("utf-8")
    return tomllib.loads(text)


def _scaled(colour: Colour, light: Colour) -> Colour:
    return _three([a * b / 255.0 for a, b in zip(colour, light, strict=True)])


def _clipped(parts: Any) -> Colour:
    return _three([min(255.0, max(0.0, part)) for part in parts])


def _three(parts: Any) -> Colour:
    red, green, blue = parts
    return (red, green, blue)
