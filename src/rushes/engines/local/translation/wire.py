"""What the server and the translator's process tell each other, as JSON."""

from __future__ import annotations

from msgspec import Struct


class Order(Struct, frozen=True):
    """What to translate; `pair` is "en-pt" or "pt-en"."""

    sentences: tuple[str, ...]
    pair: str


class Answer(Struct, frozen=True):
    """The translations, in the same order."""

    sentences: tuple[str, ...]
