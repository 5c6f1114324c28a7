"""Who is in a script, what they look like as far as it says so, and in which shots they are."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib.resources import files

import msgspec
from msgspec import Struct

from rushes.writing.beats import Beat
from rushes.writing.languages import guessed
from rushes.writing.matching import has

LONGEST_LOOK = 90
_MOST = 8
_WORD = re.compile(r"[^\W\d_][\w’'-]*")
_INTRODUCED = re.compile(r"\b(?P<name>[^\W\d_][\w’'-]{1,30}(?: [A-Z][\w’'-]{1,30})?)\s*\((?P<look>[^()]{2,90})\)")
_APPOSED = re.compile(
    r"\b(?P<name>[A-Z][\w’'-]{1,30}), (?P<look>(?:an?|the|une?|eine?|uma?|una) [^,.!?;:]{4,90})(?=[,.!?;:])"
)


class Words(Struct, frozen=True, forbid_unknown_fields=True):
    """cast.toml."""

    figures: frozenset[str]
    pronouns: frozenset[str]
    nobody: frozenset[str]
    before_places: frozenset[str]


@cache
def words() -> Words:
    """The table, read once."""
    return msgspec.convert(tomllib.loads((files(__package__) / "cast.toml").read_text("utf-8")), Words)


def looks_of(beats: Sequence[Beat]) -> dict[str, str]:
    """Who there is, in the order they come, with their looks; "" where the script says nothing of them."""
    told = " ".join(line.said for beat in beats for line in beat.told)
    # There, every noun has a capital.
    counts = None if guessed([told]) == "de" else Counter(_WORD.findall(told))
    found: dict[str, str] = {}
    for beat in beats:
        for line in beat.lines:
            if line.speaker and line.seen:
                found.setdefault(line.speaker, "")
            if line.kind == "action":
                for match in (*_INTRODUCED.finditer(line.said), *_APPOSED.finditer(line.said)):
                    name = _name(match["name"])
                    if name.lower() not in words().nobody and not match["look"].isupper():
                        found[name] = match["look"].strip()
        for name in _names(beat, counts) if counts is not None else ():
            if not any(name in known.split() for known in found):
                found.setdefault(name, "")
        for figure in _figures(beat, found.values()):
            if not any(known.split()[-1] == figure.split()[-1] for known in found):
                found[figure] = ""
    return dict(list(found.items())[:_MOST])


def present(beats: Sequence[Beat], looks: Mapping[str, str]) -> list[tuple[str, ...]]:
    """For each shot who is in it: whom it names, whom a pronoun points back at, who speaks.

    Not whom others speak of.
    """
    found: list[tuple[str, ...]] = []
    before: tuple[str, ...] = ()
    scene = -1
    for beat in beats:
        text = " ".join(line.said for line in beat.told if line.kind == "action" or not line.seen).lower()
        here = tuple(name for name in looks if _is_named(name, text, beat))
        if not here and has(_acted(beat).lower(), words().pronouns):
            here = before
        if beat.scene != scene and not here:
            before = ()
        before, scene = here or before, beat.scene
        found.append(here)
    return found


def _is_named(name: str, text: str, beat: Beat) -> bool:
    if any(line.speaker == name and line.seen for line in beat.told):
        return True
    last = name.lower().split()[-1]
    return has(text, (name.lower(),)) or (last in words().figures and has(text, (last,)))


def _names(beat: Beat, counts: Mapping[str, int]) -> list[str]:
    """Names within a shot's sentences; `counts` says how often the script has which words."""
    found = []
    for line in beat.told:
        matches = list(_WORD.finditer(line.said))
        for at, match in enumerate(matches):
            word = re.sub(r"['’]s$", "", match[0])
            lower = word.lower()
            before = matches[at - 1][0].lower() if at else ""
            # As a word in small letters too, it is an ordinary one.
            if not word[0].isupper() or len(word) < 2 or lower in words().nobody or counts.get(lower):
                continue
            if before in words().before_places or (not at and counts.get(word, 0) < 2):
                continue
            if not (word.isupper() and line.said.isupper()):
                found.append(_name(word))
    return list(dict.fromkeys(found))


def _acted(beat: Beat) -> str:
    """What happens in a shot, without what is said."""
    return " ".join(line.said for line in beat.told if line.kind == "action")


def _figures(beat: Beat, looks: Iterable[str]) -> list[str]:
    """People without a name: "old lighthouse keeper". Not what somebody with a name is said to be."""
    figures = [match["figure"].lower() for match in _figure().finditer(_acted(beat))]
    return [figure for figure in figures if not any(figure in look.lower() for look in looks)]


@cache
def _figure() -> re.Pattern[str]:
    heads = "|".join(sorted(words().figures, key=len, reverse=True))
    return re.compile(rf"\b(?:an?|one|two|three) (?P<figure>(?:[a-z][a-z’'-]* ){{0,3}}?(?:{heads}))\b", re.IGNORECASE)


def _name(word: str) -> str:
    return word.title() if word.isupper() else word
