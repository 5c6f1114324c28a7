"""Decides what moves in a scene's air, behind and before its subjects."""

from __future__ import annotations

from rushes.engines.local.composer.spec import SceneSpec
from rushes.engines.local.composer.stage import air
from rushes.engines.local.composer.stage.fire import Fire
from rushes.engines.local.composer.stage.geometry import Stage
from rushes.engines.local.composer.stage.noise import Dice
from rushes.engines.local.composer.stage.palette import Look
from rushes.engines.local.composer.stage.scene import Layer
from rushes.engines.local.composer.stage.specks import Specks, Twinkle

_INDOORS = ("interior", "cave", "underwater", "space")
_GREEN = ("meadow", "forest", "garden", "farm", "village", "jungle", "river", "lake")


def atmosphere(
    spec: SceneSpec, look: Look, stage: Stage, dice: Dice, seconds: float
) -> tuple[list[Layer], list[Layer]]:
    """The layers of air behind the subjects, and those before them."""
    behind: list[Layer] = []
    front: list[Layer] = []
    share = stage.horizon / stage.height
    wanted = spec.features
    open_air = spec.place not in _INDOORS
    if (open_air and look.stars > 0.3 and look.cover < 0.8) or spec.place == "space":
        behind.append(Twinkle(stage, dice, count=46, lowest=0.95 if spec.place == "space" else 0.75 * share))
    if open_air:
        if spec.weather == "fog":
            behind.append(air.Mist(stage, look, dice, row=share - 0.02, high=0.42, thick=0.85, near=0.3))
            front.append(air.Mist(stage, look, dice, row=share + 0.26, high=0.40, thick=0.55, near=0.8))
        elif spec.time in ("dawn", "sunrise") or spec.mood == "mysterious":
            behind.append(air.Mist(stage, look, dice, row=share + 0.01, high=0.16, thick=0.5, near=0.3))
        if (
            look.sun_clear > 0.5
            and spec.time != "night"
            and (spec.place in ("forest", "jungle") or spec.mood in ("epic", "dramatic", "romantic"))
        ):
            row = stage.horizon * (1.0 - max(0.25, look.sun_height))
            front.append(air.Beams(stage, dice, row=row, strength=1.0 if spec.place in ("forest", "jungle") else 0.6))
    if spec.place == "cave":
        front.append(air.Beams(stage, dice, row=0.30 * stage.height, strength=0.8))
    if "fireflies" in wanted or (
        spec.place in ("forest", "garden", "meadow")
        and spec.time == "night"
        and spec.season == "summer"
        and open_air
        and look.cover < 0.8
    ):
        front.append(Specks("fireflies", stage, look, dice, low=0.38))
    if "falling_leaves" in wanted or (spec.season == "autumn" and spec.place in _GREEN):
        front.append(Specks("leaves", stage, look, dice))
    if "petals" in wanted or (spec.season == "spring" and spec.place == "garden"):
        front.append(Specks("petals", stage, look, dice))
    if "bubbles" in wanted or spec.place == "underwater":
        front.append(Specks("bubbles", stage, look, dice))
    if "fire" in wanted:
        side = 0.30 if stage.light_x < 0.5 else 0.70
        foot = stage.row(0.42)
        behind.append(Fire(stage, dice, x=side * stage.width, foot=foot, high=0.26 * stage.unit, depth=0.42))
    if "fire" in wanted or any(subject.action == "burn" for subject in spec.subjects):
        front.append(Specks("sparks", stage, look, dice, low=0.15))
    if open_air and spec.weather in ("rain", "storm"):
        front += air.rain(stage, dice, heavy=spec.weather == "storm")
        if spec.weather == "storm":
            front.append(air.Lightning(dice, seconds))
    if open_air and spec.weather == "snow":
        front += air.snow(stage, dice, heavy=False)
    return behind, front
