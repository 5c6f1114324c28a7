"""How a diffusion model is told to work: which knobs it has, how far they turn and where they stand by default."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files

from msgspec import Struct


class Whole(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A whole number: its bounds and its default."""

    min: int
    max: int
    default: int


class Span(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A number: its bounds and its default."""

    min: float
    max: float
    default: float


class Sampling(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A model's knobs; one that is None, "" or 0 is a knob that the model does not have.

    width, height: the size that it makes unless another is asked for. Inside, its sides are of a `multiple`, and its
    frames `frame_step` * n + 1: an engine makes the next larger and cuts, so that results are what was asked for.
    """

    width: int = 0
    height: int = 0
    multiple: int = 2
    frames: Whole | None = None
    frame_step: int = 1
    frame_rate: Whole | None = None
    steps: Whole | None = None
    cfg: Span | None = None
    shift: Span | None = None
    strength: Span | None = None
    sampler: str = ""
    scheduler: str = ""


class Names(Struct, frozen=True):
    """The samplers and schedulers that there are, in ComfyUI's words."""

    samplers: tuple[str, ...]
    schedulers: tuple[str, ...]


@cache
def names() -> Names:
    """samplers.toml, read once."""
    table = tomllib.loads((files(__package__) / "samplers.toml").read_text())
    return Names(tuple(table["samplers"]), tuple(table["schedulers"]))
