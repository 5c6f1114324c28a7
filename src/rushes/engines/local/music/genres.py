"""The genres, patterns and progressions: data, checked when it is first read."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources
from typing import Any

import msgspec
from msgspec import Struct

Hit = tuple[float, float, float, str]
"""When and how long in quarter notes, how loud 0-1, what."""


class Part(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What one player does; genres.toml says what the fields mean."""

    role: str
    voices: tuple[str, ...]
    patterns: tuple[str, ...] = ()
    level: float = 0.0
    enters: float = 0.0
    centre: int = 60
    density: float = 0.5
    fifths: bool = False


class Genre(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a kind of music is made; genres.toml says what the fields mean."""

    tempo: tuple[float, float]
    scales: tuple[str, ...]
    progressions: tuple[str, ...]
    parts: tuple[Part, ...]
    metres: tuple[str, ...] = ("4/4",)
    sevenths: bool = False
    pentatonic: bool = False
    swing: float = 0.5
    swing_of: float = 1.0
    loose: float = 2.0
    room: float = 1.0
    wet: float = 0.15


class Arp(Struct, frozen=True, kw_only=True):
    """A chord taken apart; step in quarter notes."""

    step: float
    order: tuple[int, ...]


class Patterns(Struct, frozen=True, kw_only=True):
    """Everything that accompaniments play, by name; patterns.toml says how it is written."""

    chords: dict[str, tuple[Hit, ...]]
    arps: dict[str, Arp]
    bass: dict[str, tuple[Hit, ...]]
    drums: dict[str, dict[str, str | tuple[str, ...]]]


@cache
def genres() -> dict[str, Genre]:
    """Every genre, by name."""
    return msgspec.convert(_read("genres.toml"), dict[str, Genre])


@cache
def patterns() -> Patterns:
    """Every pattern."""
    return msgspec.convert(_read("patterns.toml"), Patterns)


@cache
def progressions() -> dict[str, dict[str, tuple[str, ...]]]:
    """Chord progressions by name and scale: numerals with spaces between, a bar each."""
    return msgspec.convert(_read("progressions.toml"), dict[str, dict[str, tuple[str, ...]]])


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads((resources.files(__package__) / name).read_text("utf-8"))
