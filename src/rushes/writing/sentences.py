"""Sentences in many languages. When in doubt it does not cut: an abbreviation's point ends nothing."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib.resources import files

import msgspec
from msgspec import Struct

_CLOSING = r"(?:[\u00a0\u202f ]?»|[\"'”’)\]›」』])*"
_END = re.compile(rf"(?:(?<![.!?…])[.!?…]++|[؟۔])[\u00a0\u202f]?{_CLOSING}(?=\s|$)|[。！？｡।॥]+{_CLOSING}")
_ORDINAL = re.compile(r"\b\d{1,2}$")
_LETTERS = re.compile(r"[^\W\d_](?:\.[^\W\d_])*")


class Abbreviations(Struct, frozen=True, forbid_unknown_fields=True):
    """sentences.toml."""

    titles: frozenset[str]
    numbers: frozenset[str]
    months: frozenset[str]


@cache
def abbreviations() -> Abbreviations:
    """The table, read once."""
    return msgspec.convert(tomllib.loads((files(__package__) / "sentences.toml").read_text("utf-8")), Abbreviations)


def sentences(paragraph: str) -> list[str]:
    """The sentences of one paragraph, with their punctuation. Put together they are the paragraph, but for spaces."""
    found: list[str] = []
    begin = 0
    for match in _END.finditer(paragraph):
        if _ends(paragraph[begin : match.end()], match[0], paragraph[match.end() :].lstrip()):
            found.append(paragraph[begin : match.end()].strip())
            begin = match.end()
    return [sentence for sentence in (*found, paragraph[begin:].strip()) if sentence]


def _ends(sentence: str, mark: str, rest: str) -> bool:
    if not rest or mark[0] in "。！？｡।॥":
        return True
    first = next((char for char in rest if char.isalnum()), "")
    if rest[0].islower() or (first.islower() and rest[0] in "\"'“‘«([—–-"):
        return False
    if mark[0] != "." or mark.startswith(".."):
        return True
    before = sentence[: -len(mark)]
    word = re.split(r"[\s\u00a0\u202f]", before)[-1].lstrip("(\"'“‘[«„¿¡")
    known = abbreviations()
    if word.lower() in known.titles and len(mark) == 1:
        return False
    if word.lower() in known.numbers and rest[0].isdigit():
        return False
    following = re.match(r"\w+", rest.lower())
    if _ORDINAL.search(before) and following is not None and following[0] in known.months:
        return False  # German: am 3. Mai
    # Initials (J. K. Rowling) and U.S.; but a.m. and p.m. before a capital do end, and so does "I".
    return not _LETTERS.fullmatch(word) or word in ("I", "a.m", "p.m", "A.M", "P.M")
