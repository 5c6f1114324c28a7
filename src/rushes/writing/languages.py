"""Languages: their codes however they are written, and which one a text is in."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from functools import cache
from importlib.resources import files

import msgspec
from msgspec import Struct

_SCRIPTS = (("ja", r"[ぁ-ヿ]"), ("ko", r"[가-힣]"), ("zh", r"[一-鿿]"))
"""Languages told by their letters alone, Japanese before Chinese, whose letters it has too."""
_LOOKED_AT = 4000


class Language(Struct, frozen=True, forbid_unknown_fields=True):
    """One language of languages.toml."""

    names: tuple[str, ...]
    words: tuple[str, ...]


@cache
def languages() -> dict[str, Language]:
    """The languages by code, read once."""
    table = tomllib.loads((files(__package__) / "languages.toml").read_text("utf-8"))
    return msgspec.convert(table, dict[str, Language])


def code_of(language: str) -> str:
    """The code of a language: "pt" for "pt-BR", "Portuguese" or "português". What is not known stays, in small letters.

    European Portuguese stays "pt-pt": what is translated into Brazilian Portuguese is not it.
    """
    given = language.strip().lower().replace("_", "-")
    for code, known in languages().items():
        if given == code or given in known.names:
            return code
    base = given.partition("-")[0]
    return base if base in languages() and given != "pt-pt" else given


def name_of(code: str) -> str:
    """The English name of a language by its code."""
    known = languages().get(code)
    return known.names[0].title() if known else code


def guessed(texts: Iterable[str]) -> str:
    """The language that texts are in, by its little words or its letters; "" when nothing tells."""
    text = " ".join(texts)[:_LOOKED_AT].lower()
    for code, letters in _SCRIPTS:
        if re.search(letters, text):
            return code
    words = re.findall(r"[^\W\d_]+(?:'[^\W\d_]+)?", text.replace("’", "'"))
    counts = {code: sum(word in known.words for word in words) for code, known in languages().items()}
    best = max(counts, key=lambda code: counts[code])
    return best if counts[best] and list(counts.values()).count(counts[best]) == 1 else ""
