"""What a field may be, found by its path in a body's type."""

from __future__ import annotations

import enum
from typing import Annotated, Literal

import pytest
from msgspec import Meta, Struct

from rushes.dialects.kit.choices import choices

Word = Literal["one", "two"]


class Colour(enum.StrEnum):
    RED = "red"
    BLUE = "blue"


class Inner(Struct):
    word: Word | None = None
    level: Literal[1, 2] = 1


class Outer(Struct, rename="camel"):
    word: Annotated[Word, Meta(description="a word")]
    free: str = ""
    colour: Colour | None = None
    words: list[Word] = []
    inner: Inner | None = None
    many_inner: list[Inner] = []


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("word", ["one", "two"]),
        ("colour", ["red", "blue"]),
        ("words[3]", ["one", "two"]),
        ("inner.word", ["one", "two"]),
        ("inner.level", ["1", "2"]),
        ("manyInner[0].word", ["one", "two"]),
        ("free", []),
        ("many_inner[0].word", []),
        ("nothing.at.all", []),
        ("", []),
    ],
)
def test_choices(path: str, expected: list[str]) -> None:
    assert choices(Outer, path) == expected
