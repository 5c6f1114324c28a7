"""Who plays: the genre's parts, and the instruments that were asked for in the places that suit them."""

from __future__ import annotations

from random import Random

import msgspec
from msgspec import Struct

from rushes.engines.local.music.genres import Genre, Part, patterns
from rushes.engines.local.music.plan import METRES, Plan
from rushes.engines.local.music.voices import voices

_DEFAULT_PATTERNS = {"chords": "halves", "bass": "pop", "pad": "whole", "counter": "whole", "drums": "pop"}
_COMPOUND = {"chords": "six8", "bass": "six8", "drums": "six8"}
_LEVELS = {"melody": 0.0, "chords": -3.0, "bass": -1.0, "pad": -5.0, "counter": -5.0, "drums": 0.0}
"""Decibels of a part that the genre does not have."""
_EARLY = 0.3


class Player(Struct, frozen=True, kw_only=True):
    """A part, with the voice and the pattern that were chosen for it."""

    part: Part
    voice: str
    pattern: str


def players(plan: Plan, genre: Genre, metre: str, rng: Random) -> tuple[Player, ...]:
    """The band. May be empty, where everything that the genre has is to be left out."""
    parts = [*genre.parts]
    taken = _placed(plan.voices, parts)
    cast: list[tuple[Part, str]] = []
    for number, part in enumerate(parts):
        # Drawn for every part, used or not: leaving one out does not change the others.
        name = rng.choice(part.voices)
        if number in taken:
            # Who was asked for by name plays from the start.
            cast.append((_early(part), taken[number]))
        elif not plan.only and not {part.role, name} & set(plan.without):
            cast.append((part, name))
    if plan.only and len(plan.voices) == 1:
        cast = _alone(plan.voices[0], genre)
    compound = METRES[metre][1] == 1.5
    return tuple(Player(part=part, voice=name, pattern=_pattern(part, rng, compound=compound)) for part, name in cast)


def _placed(wanted: tuple[str, ...], parts: list[Part]) -> dict[int, str]:
    """The instruments by the number of the part that each takes; parts that the genre lacks are appended."""
    taken: dict[int, str] = {}
    for name in wanted:
        roles = voices()[name].roles
        suiting = (n for role in roles for n, part in enumerate(parts) if part.role == role and n not in taken)
        place = next(suiting, None)
        if place is None:
            parts.append(Part(role=roles[0], voices=(name,), level=_LEVELS[roles[0]]))
            place = len(parts) - 1
        taken[place] = name
    return taken


def _alone(name: str, genre: Genre) -> list[tuple[Part, str]]:
    """One instrument for everything that it can do."""
    roles = [role for role in voices()[name].roles if role in ("melody", "chords", "bass")] or voices()[name].roles[:1]
    model = {part.role: part for part in reversed(genre.parts)}
    fallback = {role: Part(role=role, voices=(name,), level=_LEVELS[role]) for role in roles}
    return [(_early(model.get(role, fallback[role])), name) for role in roles]


def _early(part: Part) -> Part:
    return msgspec.structs.replace(part, enters=min(part.enters, _EARLY))


def _pattern(part: Part, rng: Random, *, compound: bool) -> str:
    chosen = rng.choice(part.patterns) if part.patterns else _DEFAULT_PATTERNS.get(part.role, "")
    if compound and part.role in _COMPOUND and chosen != "whole" and chosen not in patterns().arps:
        return _COMPOUND[part.role]
    return chosen
