"""Finding the phrases of words.toml in a prompt: the longest first, each word read once, and what is ruled out."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib import resources

import msgspec
from msgspec import Struct

_REACH = 3
"""Words after a "no" that it speaks of, and again after each thing that it rules out."""
_CLAUSE = re.compile(r"[.,;:!?\n|]+|\bbut\b|\bwith(?!out)\b", re.I)
_WORD = re.compile(r"[a-z0-9]+(?:'[a-z]+)?")
_TABLES = ("roles", "genres", "instruments", "scales", "pace", "marks", "energy", "effects")
_LISTS = ("music", "sound", "sung", "no", "only")


class Mood(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a mood does to a plan; words.toml says what the fields mean."""

    words: tuple[str, ...]
    scales: tuple[str, ...]
    pace: float
    energy: float
    genre: str


class Words(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """words.toml: phrases to what they mean."""

    music: tuple[str, ...]
    sound: tuple[str, ...]
    sung: tuple[str, ...]
    no: tuple[str, ...]
    only: tuple[str, ...]
    roles: dict[str, str]
    genres: dict[str, str]
    instruments: dict[str, str]
    scales: dict[str, str]
    pace: dict[str, float]
    marks: dict[str, float]
    energy: dict[str, float]
    effects: dict[str, str]
    moods: dict[str, Mood]


class Found(Struct, frozen=True, kw_only=True):
    """A phrase that means something.

    kind is a field of `Words`; name what it stands for there (the phrase itself where that is a number or nothing).
    clause counts the prompt's parts between commas; `denied` where the prompt says that it is not wanted.
    """

    kind: str
    name: str
    clause: int
    denied: bool


@cache
def words() -> Words:
    """The table."""
    table = tomllib.loads((resources.files(__package__) / "words.toml").read_text("utf-8"))
    return msgspec.convert(table, Words)


def phrases(text: str) -> list[Found]:
    """Everything in a text that means something, in its order."""
    found: list[Found] = []
    for number, clause in enumerate(_CLAUSE.split(text.lower())):
        tokens = _WORD.findall(clause)
        at, denied_until = 0, -1
        while at < len(tokens):
            length, meanings = _longest(tokens, at)
            for kind, name in meanings:
                if kind == "no":
                    denied_until = at + length + _REACH
                else:
                    denied = at < denied_until
                    found.append(Found(kind=kind, name=name, clause=number, denied=denied))
                    if denied:
                        denied_until = at + length + _REACH
            at += length
    return found


def _longest(tokens: list[str], at: int) -> tuple[int, tuple[tuple[str, str], ...]]:
    """How many words the longest phrase here has, and what it means; one word that means nothing otherwise."""
    index = _index()
    for length in range(min(_longest_phrase(), len(tokens) - at), 0, -1):
        given = tokens[at : at + length]
        for last in _singulars(given[-1]):
            meanings = index.get((*given[:-1], last))
            if meanings:
                return length, meanings
    return 1, ()


def _singulars(word: str) -> tuple[str, ...]:
    forms = [word]
    if len(word) > 3 and word.endswith("s"):
        forms.append(word[:-1])
        if word.endswith("es"):
            forms.append(word[:-2])
    return tuple(forms)


@cache
def _index() -> dict[tuple[str, ...], tuple[tuple[str, str], ...]]:
    """Phrases as words, to kinds and names: one phrase may mean a genre and an instrument."""
    table = words()
    pairs: list[tuple[str, str, str]] = []
    for kind in _TABLES:
        for phrase, meaning in getattr(table, kind).items():
            pairs.append((phrase, kind, meaning if isinstance(meaning, str) else phrase))
    for kind in _LISTS:
        pairs += [(phrase, kind, phrase) for phrase in getattr(table, kind)]
    pairs += [(word, "moods", name) for name, mood in table.moods.items() for word in mood.words]
    index: dict[tuple[str, ...], tuple[tuple[str, str], ...]] = {}
    for phrase, kind, name in pairs:
        key = tuple(phrase.split())
        index[key] = (*index.get(key, ()), (kind, name))
    return index


@cache
def _longest_phrase() -> int:
    return max(map(len, _index()))
