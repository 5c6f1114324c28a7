"""recipes.toml and files.toml, read: which builder makes a model, and of which files."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

import msgspec
from msgspec import Struct

from rushes.engines.comfyui.graphs.recipe import ModelFile, Pack
from rushes.engines.contract import Mode, Role


class Usual(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What holds where a request leaves a knob out: catalogue entries of other services know no such knobs."""

    width: int = 0
    height: int = 0
    frames: int = 0
    fps: int = 24
    steps: int = 0
    cfg: float = 1.0
    shift: float = 0.0
    strength: float = 1.0
    sampler: str = "euler"
    scheduler: str = "simple"


class Turbo(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A distilled way for few steps: taken for up to `steps`; with more, the whole network, which needs `cfg`."""

    steps: int
    cfg: float


class Window(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Clips of more than `over` frames are sampled in windows of `length` frames that overlap, since the network knows
    no longer ones."""

    over: int
    length: int
    overlap: int


class Row(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One model.

    `build` is "file:function" in this folder; `files` are rows of files.toml by what the builder calls them, `choices`
    files of which each request takes one. `aside` is a model whose graph is made within this one's, `also` are further
    catalogue ids of this one. Sides are made in multiples of `multiple`, frames as `frame_step` * n + 1. `fixed` are
    knobs that the network has and nobody can turn.
    """

    build: str
    modes: tuple[Mode, ...]
    files: dict[str, str] = {}
    choices: dict[str, str] = {}
    packs: tuple[str, ...] = ()
    aside: str = ""
    retime: tuple[Role, ...] = ()
    multiple: int = 1
    frame_step: int = 1
    usual: Usual = Usual()
    turbo: Turbo | None = None
    window: Window | None = None
    fixed: dict[str, str | int | float] = {}
    negative: str = ""
    also: tuple[str, ...] = ()


class Table(Struct, frozen=True, kw_only=True):
    """Both tables."""

    models: dict[str, Row]
    files: dict[str, ModelFile]
    packs: dict[str, Pack]


@cache
def table() -> Table:
    """The tables, read once. A model that names a file or pack that is not there is a KeyError."""
    read: dict[str, Any] = _toml("files.toml")
    made = Table(
        models=msgspec.convert(_toml("recipes.toml"), dict[str, Row]),
        files=msgspec.convert(read["file"], dict[str, ModelFile]),
        packs=msgspec.convert(read["pack"], dict[str, Pack]),
    )
    for row in made.models.values():
        for key in (*row.files.values(), *row.choices.values()):
            made.files[key]
    return made


def _toml(name: str) -> dict[str, Any]:
    return tomllib.loads((files(__package__) / name).read_text(encoding="utf-8"))
