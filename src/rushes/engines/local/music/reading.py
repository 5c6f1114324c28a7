"""Reading a prompt and its tags: what music, which effects, and how they are to be."""

from __future__ import annotations

import math

from msgspec import Struct

from rushes.engines.local.music import figures
from rushes.engines.local.music.genres import genres
from rushes.engines.local.music.plan import Plan
from rushes.engines.local.music.voices import voices
from rushes.engines.local.music.words import Found, phrases, words

_DEFAULT_GENRE = "cinematic"
_SPEAKS_OF_MUSIC = ("genres", "instruments", "music", "marks", "scales", "roles")
_FOR_ROLES = {"drums": "drums", "bass": "electric_bass", "pad": "warm_pad", "melody": "", "chords": ""}


class Reading(Struct, frozen=True, kw_only=True):
    """The plan; what of the prompt could not be done; whether it speaks of its effects before its music."""

    plan: Plan
    warnings: tuple[str, ...]
    effects_first: bool


def read(prompt: str, tags: str = "", negative: str = "") -> Reading:
    """What a prompt asks for. Raises ValueError, with a message for the user, where that cannot be."""
    text = "\n".join(part for part in (prompt, tags) if part.strip())
    if not text.strip():
        raise ValueError("prompt: say what music or sound is wanted")
    everything = phrases(text)
    said = [one for one in everything if not one.denied]
    refused = [one for one in everything if one.denied] + phrases(negative)
    kinds = {one.kind for one in said}
    bpm, (metre, unplayable), (tonic, scale) = figures.tempo(text), figures.metre(text), figures.key(text)
    unwanted = {one.name for one in refused if one.kind == "effects"}
    effects = tuple(name for name in _names(said, "effects") if name not in unwanted)
    # "An 8-bit jump sound" is no music, though it names a genre; "rain sounds and a piano" is.
    speaks = {"instruments", "music", "marks"} if "sound" in kinds and effects else set(_SPEAKS_OF_MUSIC)
    music = bool(kinds & speaks or bpm or scale or metre)
    warnings: list[str] = []
    if "sound" in kinds and not effects and not kinds & {"genres", "instruments", "music"}:
        known = ", ".join(sorted(set(words().effects.values())))
        raise ValueError(f"prompt: none of the sounds that can be made here is in it; these can: {known}")
    if not effects and not music:
        music = True
        if "moods" not in kinds:
            warnings.append(f"nothing in the prompt says what music or sound: a {_DEFAULT_GENRE} piece was made")
    if "sung" in kinds:
        warnings.append("nobody sings: the music is instrumental")
    if unplayable:
        warnings.append(f"the metre {unplayable} cannot be played: the genre's own was taken")
    moods = [words().moods[name] for name in _names(said, "moods")]
    genre = _genre(said)
    marks = [words().marks[name] for name in _names(said, "marks")]
    energies = [words().energy[name] for name in _names(said, "energy")] + [mood.energy for mood in moods]
    paces = [words().pace[name] for name in _names(said, "pace")] + [mood.pace for mood in moods]
    plan = Plan(
        music=music,
        effects=effects,
        genre=genre if music else "",
        bpm=bpm or (marks[0] if marks else None),
        pace=math.prod(paces),
        tonic=tonic,
        scale=scale or _scale(said, genre),
        metre=metre,
        energy=min(1.0, max(0.05, 0.5 + sum(energies))),
        voices=_voices(said, genre),
        only="only" in kinds and "instruments" in kinds,
        without=tuple(one.name for one in refused if one.kind in ("roles", "instruments")),
    )
    first = next((one.kind for one in said if one.kind in ("effects", "genres", "instruments", "music")), "")
    return Reading(plan=plan, warnings=tuple(warnings), effects_first=first == "effects")


def _names(said: list[Found], kind: str) -> list[str]:
    """The things of one kind, each once, in the prompt's order."""
    return list(dict.fromkeys(one.name for one in said if one.kind == kind))


def _genre(said: list[Found]) -> str:
    """The genre: the last in the first part of the prompt that names any, as nouns come last; else a likely one."""
    named = [one for one in said if one.kind == "genres"]
    if named:
        return [one.name for one in named if one.clause == named[0].clause][-1]
    for name in _names(said, "instruments"):
        return voices()[name].home
    for name in _names(said, "moods"):
        return words().moods[name].genre
    return _DEFAULT_GENRE


def _scale(said: list[Found], genre: str) -> str:
    """The scale that is named, or that the moods and the genre have in common; empty where the genre is to choose."""
    for name in _names(said, "scales"):
        return name
    for mood in _names(said, "moods"):
        wanted = words().moods[mood].scales
        return next((scale for scale in wanted if scale in genres()[genre].scales), wanted[0])
    return ""


def _voices(said: list[Found], genre: str) -> tuple[str, ...]:
    """The instruments that are named, and one for each role that is named but that the genre does not have."""
    named = _names(said, "instruments")
    roles = {part.role for part in genres()[genre].parts} | {voices()[name].roles[0] for name in named}
    missing = [_FOR_ROLES[role] for role in _names(said, "roles") if role not in roles]
    return (*named, *(name for name in missing if name))
