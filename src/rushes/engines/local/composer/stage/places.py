"""What the places consist of, read from places.toml."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Literal

from msgspec import Struct, convert

from rushes.engines.local.composer.spec import Place
from rushes.engines.local.composer.stage.flora import Kind


class Outdoors(Struct, frozen=True, forbid_unknown_fields=True):
    """A place with a horizon. The fields are explained in places.toml."""

    horizon: float
    ground: str = ""
    rough: float = 1.0
    stripes: float = 0.0
    hills: float = 0.0
    dunes: float = 0.0
    mountains: float = 0.0
    far_trees: tuple[Kind, ...] = ()
    density: float = 0.0
    woods: int = 0
    side_trees: tuple[Kind, ...] = ()
    snowy: bool = False
    front: Literal["", "grass", "wheat"] = ""
    flowers: bool = False
    water: float = 0.0
    swell: float = 0.2
    clear: float = 0.3
    river: bool = False
    skyline: float = 0.0
    street: bool = False
    houses: int = 0
    lane: bool = False
    road: bool = False
    path: bool = False
    rows: bool = False


def outdoors(place: Place) -> Outdoors | None:
    """The description of a place, None for one without a horizon."""
    return _places().get(place)


@cache
def _places() -> dict[str, Outdoors]:
    text = files(__package__).joinpath("places.toml").read_text("utf-8")
    return convert(tomllib.loads(text), dict[str, Outdoors])
