"""What a shot is like, by rules: from which distance, how the camera moves, how it begins, in which words."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Sequence
from functools import cache
from hashlib import sha256
from importlib.resources import files
from itertools import groupby

import msgspec
from msgspec import Struct

from rushes.writing.beats import Beat
from rushes.writing.matching import has
from rushes.writing.script import Line

TRANSITIONS = ("cut", "dissolve", "fade", "wipe")
LONGEST = 900
"""Characters of a shot's prompt."""


class Case(Struct, frozen=True, forbid_unknown_fields=True):
    """What sentences with one of the words are shown with."""

    words: tuple[str, ...]
    values: tuple[str, ...]


class Usual(Struct, frozen=True, forbid_unknown_fields=True):
    """What the others are shown with."""

    first: tuple[str, ...]
    action: tuple[str, ...]
    speech: tuple[str, ...]
    moves: tuple[str, ...]
    first_move: tuple[str, ...]
    speech_move: tuple[str, ...]


class Table(Struct, frozen=True, forbid_unknown_fields=True):
    """shots.toml."""

    shot_types: dict[str, str]
    camera_moves: dict[str, str]
    type_cases: tuple[Case, ...]
    move_cases: tuple[Case, ...]
    usual: Usual


@cache
def table() -> Table:
    """The table, read once."""
    return msgspec.convert(tomllib.loads((files(__package__) / "shots.toml").read_text("utf-8")), Table)


def shot_type(beat: Beat, *, first: bool, seed: int) -> str:
    """The distance; `first` of a scene shows where it is."""
    usual = table().usual
    if _speaks(beat):
        return _one(usual.speech, beat, seed)
    # A scene's first shot is wide, unless what happens in it would be lost then.
    found = _case(table().type_cases, beat, seed)
    return found or _one(usual.first if first else usual.action, beat, seed)


def camera_move(beat: Beat, *, first: bool, seed: int) -> str:
    """How the camera moves."""
    usual = table().usual
    if _speaks(beat):
        return _one(usual.speech_move, beat, seed)
    return _case(table().move_cases, beat, seed) or _one(usual.first_move if first else usual.moves, beat, seed)


def transition(beat: Beat, before: Beat | None) -> str:
    """How a shot comes after the one before it: as the script says, else a cut, and a dissolve into a new scene."""
    if beat.transition:
        return beat.transition
    if before is None:
        return "cut"
    return "dissolve" if beat.scene != before.scene else "cut"


def picture(beat: Beat, cast: Sequence[str]) -> str:
    """What is to be seen, in the script's own words, and of the `cast` whom it does not name ("he").

    What a voice says that nobody is seen to say is a picture too.
    """
    told = _told(beat, lambda line: f"{line.speaker or 'Somebody'} speaks: " if line.seen else None)
    unnamed = [name for name in cast if name.split()[-1].lower() not in told.lower()]
    return f"{told} ({', '.join(unnamed)})" if unnamed and any(line.seen for line in beat.told) else told


def notes(beat: Beat) -> str:
    """The script's words for whoever makes the shot: where it is, what happens, who says what."""
    told = _told(beat, lambda line: f"{line.speaker or 'Voice'}{'' if line.seen else ' (off)'}: ")
    remarks = [line.said for line in beat.lines if line.kind == "remark"]
    heading = [beat.heading] if beat.heading and beat.heading != told else []
    return " — ".join([*heading, " ".join([told, *remarks])])


def _told(beat: Beat, lead: Callable[[Line], str | None]) -> str:
    """The sentences, with what one says in a row in one pair of quotes after its lead; without, where that is None."""
    parts = []
    for (kind, _, _), lines in groupby(beat.told, key=lambda line: (line.kind, line.speaker, line.seen)):
        group = list(lines)
        said = " ".join(line.said for line in group)
        before = lead(group[0]) if kind == "speech" else None
        parts.append(said if before is None else before + _quoted(said))
    return " ".join(parts) or beat.heading or beat.text


def dressed(prompt: str, beat: Beat, kind: str, move: str, looks: dict[str, str]) -> str:
    """A prompt with what a shot by itself must say: its distance and movement, who looks how, where it is."""
    words = prompt.lower()
    known = table()
    look = [f"{name}: {look}." for name, look in looks.items() if look and look.lower() not in words]
    place = [f"Setting: {beat.place}."] if beat.place and beat.place.lower() not in words else []
    text = " ".join([f"{known.shot_types[kind]}, {known.camera_moves[move]}.", _ended(prompt), *look, *place])
    return text if len(text) <= LONGEST else text[:LONGEST].rpartition(" ")[0]


def _speaks(beat: Beat) -> bool:
    """Whether somebody is seen to speak."""
    return bool(beat.told) and beat.told[0].kind == "speech" and beat.told[0].seen


def _ended(text: str) -> str:
    return text if not text or text[-1] in '.!?…。！？।"”»)' else f"{text}."


def _quoted(text: str) -> str:
    return text if text[:1] in '"“«„' else f"“{text}”"


def _case(cases: tuple[Case, ...], beat: Beat, seed: int) -> str:
    text = beat.said.lower()
    return next((_one(case.values, beat, seed) for case in cases if has(text, case.words)), "")


def _one(values: tuple[str, ...], beat: Beat, seed: int) -> str:
    pick = int.from_bytes(sha256(f"{seed}\n{values[0]}\n{beat.said}".encode()).digest()[:8])
    return values[pick % len(values)]
