"""The painting styles by name, and the one that a prompt asks for."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from pathlib import Path

import msgspec
from msgspec import Struct

COUNT = 26
"""Styles that the network knows."""
UNNAMED = "oil"
"""The style of a request that names none."""


class Style(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One style: its number in the network, and what a prompt may call it."""

    index: int
    words: tuple[str, ...]


@lru_cache(maxsize=1)
def styles() -> dict[str, Style]:
    """All styles by name."""
    return msgspec.toml.decode(Path(__file__).with_name("styles.toml").read_bytes(), type=dict[str, Style])


def named(prompt: str) -> str | None:
    """The style that a prompt names: by the longest of the words that fit, the first of equals. None for none."""
    text = f" {_plain(prompt)} "
    found = [
        (-len(word), text.index(f" {word} "), name)
        for name, style in styles().items()
        for word in (_plain(name), *style.words)
        if f" {word} " in text
    ]
    return min(found)[2] if found else None


def _plain(text: str) -> str:
    """Small letters without accents, words apart by one space."""
    bare = unicodedata.normalize("NFKD", text.lower()).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", " ", bare).strip()
