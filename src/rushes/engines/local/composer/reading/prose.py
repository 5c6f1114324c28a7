"""Finding phrases in prose: words in order, the longest phrase first, each word used once."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TypeVar

from rushes.engines.local.composer.reading.lexicon import Phrase, singulars

V = TypeVar("V")
_WORD = re.compile(r"[a-zà-ÿ0-9']+(?:-[a-zà-ÿ0-9']+)*")
MOST_WORDS = 400
"""A longer prompt is read this far: what a scene can hold is said long before."""


def words(text: str) -> list[str]:
    """The words of a prompt in lower case, a full stop or comma kept as a word of its own."""
    pieces = re.findall(r"[a-zà-ÿ0-9']+(?:-[a-zà-ÿ0-9']+)*|[.,;:!?\n]", text.lower()[:20_000].replace("’", "'"))
    return pieces[:MOST_WORDS]


def is_word(piece: str) -> bool:
    """Whether a piece is a word and not a mark."""
    return _WORD.fullmatch(piece) is not None


def find(pieces: list[str], table: Mapping[Phrase, V], *, taken: set[int], longest: int) -> list[tuple[V, int, int]]:
    """Every phrase of `table`, in the order of the text; words in `taken` are not looked at.

    The last word of a phrase may be a plural.
    """
    found = []
    at = 0
    while at < len(pieces):
        for size in range(min(longest, len(pieces) - at), 0, -1):
            if any(index in taken for index in range(at, at + size)):
                continue
            phrase = tuple(pieces[at : at + size])
            forms = (phrase, *((*phrase[:-1], one) for one in singulars(phrase[-1])))
            value = next((table[form] for form in forms if form in table), None)
            if value is not None:
                found.append((value, at, at + size))
                at += size - 1
                break
        at += 1
    return found


_NOT = ("no", "without", "not")
_REACH = 3
_ENDS = ("and", "with", "in", "on", "at", "over", "under", "near", "by", "through", "but", "to", "from")


def denied(pieces: list[str]) -> set[int]:
    """The words that are said not to be there ("no people", "without cars"), and what denies them."""
    gone: set[int] = set()
    for index, piece in enumerate(pieces):
        if piece not in _NOT:
            continue
        gone.add(index)
        for after in range(index + 1, min(len(pieces), index + 1 + _REACH)):
            if not is_word(pieces[after]) or pieces[after] in _ENDS:
                break
            gone.add(after)
    return gone
