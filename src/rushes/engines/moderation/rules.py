"""The rules of rules.toml: words of every group near each other. Pure."""

from __future__ import annotations

import bisect
import re
import tomllib
import unicodedata
from functools import cache
from importlib.resources import files

import msgspec
from msgspec import Struct

from rushes.engines.contract import Kind

_LONGEST = 20_000
"""Characters that are judged of one prompt."""
_WORDS = re.compile("[a-z0-9]+")


class Rule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One row of the table; see there."""

    name: str
    groups: tuple[tuple[str, ...], ...]
    within: int
    kinds: tuple[Kind, ...] = ()
    apart: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()


class _Rules(Struct, forbid_unknown_fields=True):
    rule: tuple[Rule, ...]


class Phrases:
    """Phrases of one group, to be found in texts. A * at the end of one stands for any ending of its last word."""

    def __init__(self, texts: tuple[str, ...]) -> None:
        self._whole: dict[str, list[tuple[str, ...]]] = {}
        self._open: list[tuple[str, ...]] = []
        for text in texts:
            words = tuple(words_of(text.removesuffix("*")))
            if text.endswith("*"):
                self._open.append(words)
            else:
                self._whole.setdefault(words[0], []).append(words)
        self._begun = tuple(words[0] for words in self._open)
        first = [*(f"{word} " for word in self._whole), *self._begun]
        self._any = re.compile(f" (?:{'|'.join(map(re.escape, first))})" if first else "(?!)")

    def may_be_in(self, line: str) -> bool:
        """Whether a text has the first word of one of them: nearly none has, and this is quick to say.

        `line` are its words with spaces around each.
        """
        return self._any.search(line) is not None

    def found(self, words: list[str]) -> list[tuple[int, int]]:
        """Where a text has one of them, and how many words long."""
        places = []
        for place, word in enumerate(words):
            for own in self._whole.get(word, ()):
                if tuple(words[place : place + len(own)]) == own:
                    places.append((place, len(own)))
            if word.startswith(self._begun):
                places += [(place, len(own)) for own in self._open if _begins(words[place : place + len(own)], own)]
        return places


def _begins(words: list[str], own: tuple[str, ...]) -> bool:
    return len(words) == len(own) and tuple(words[:-1]) == own[:-1] and words[-1].startswith(own[-1])


def words_of(text: str) -> list[str]:
    """The words of a text, in small letters and one way of writing, without signs that nobody sees."""
    if text.isascii():  # nothing to fold but letters
        return _WORDS.findall(text[:_LONGEST].lower())
    folded = unicodedata.normalize("NFKD", text[:_LONGEST]).casefold()
    seen = "".join(sign for sign in folded if unicodedata.category(sign) not in ("Mn", "Cf"))
    return "".join(sign if sign.isalnum() else " " for sign in seen).split()


def broken(text: str, kind: Kind) -> str | None:
    """The name of a rule that a prompt for something of this kind breaks, None when it breaks none."""
    words = words_of(text)
    if not words:
        return None
    line = f" {' '.join(words)} "
    for rule in _table():
        if (not rule.kinds or kind in rule.kinds) and rule.groups[0].may_be_in(line):
            found = [group.found(words) for group in rule.groups]
            aside = {place for at, length in rule.apart.found(words) for place in range(at, at + length)}
            places = [[at for at, _ in each if at not in aside] for each in found]
            if all(places) and _near(places, rule.within) and not rule.unless.found(words):
                return rule.name
    return None


class _Made(Struct, frozen=True):
    """A rule whose phrases are taken apart."""

    name: str
    kinds: tuple[Kind, ...]
    within: int
    groups: tuple[Phrases, ...]
    apart: Phrases
    unless: Phrases


@cache
def _table() -> tuple[_Made, ...]:
    read = msgspec.convert(tomllib.loads((files(__package__) / "rules.toml").read_text("utf-8")), _Rules)
    return tuple(
        _Made(
            rule.name,
            rule.kinds,
            rule.within,
            tuple(map(Phrases, rule.groups)),
            Phrases(rule.apart),
            Phrases(rule.unless),
        )
        for rule in read.rule
    )


def _near(places: list[list[int]], within: int) -> bool:
    """Whether there is a place of every group no further than `within` words from one of the first."""
    return any(all(_closest(others, start) <= within for others in places[1:]) for start in places[0])


def _closest(places: list[int], start: int) -> int:
    at = bisect.bisect_left(places, start)
    return min(abs(place - start) for place in places[max(0, at - 1) : at + 1])
