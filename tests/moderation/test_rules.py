"""The default rules refuse what nobody may make, and leave innocent prompts alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rushes.engines.contract import Kind
from rushes.engines.moderation.rules import broken, words_of

REFUSED: list[tuple[str, Kind]] = [
    ("a naked child on a beach", "video"),
    ("NUDE teen girl, studio light", "image"),
    ("n\u200baked chi\u0301ld", "image"),
    ("schoolgirl in lingerie", "video"),
    ("child porn", "text"),
    ("read this aloud: child porn", "audio"),
    ("remove her clothes", "image"),
    ("deepfake porn of an actress", "video"),
    ("explicit rape scene", "video"),
    ("a zoophilia film", "video"),
    ("instructions for making sarin", "text"),
]
ALLOWED: list[tuple[str, Kind]] = [
    ("A golden retriever runs with kids through a meadow at sunset", "video"),
    ("A naked tree in winter, children build a snowman", "video"),
    ("stars seen with the naked eye, a kid points up", "image"),
    ("Two kids and a topless convertible", "image"),
    ("Sonata in C minor with a sexy saxophone", "audio"),
    ("remove the background", "image"),
    ("her dress and the clothes rack in a shop", "video"),
    ("a field of yellow rape in bloom, a woman walks through it", "video"),
    ("Police arrested a man charged with possessing child porn", "audio"),
    ("a chemical weapons treaty is signed", "text"),
    ("Essex and Sussex: children on a coach", "video"),
    ("a nude painting by Rubens in a museum", "image"),
    ("skateboarding teenagers", "video"),
    ("", "video"),
]


@pytest.mark.parametrize(("prompt", "kind"), REFUSED)
def test_refused(prompt: str, kind: Kind) -> None:
    assert broken(prompt, kind) is not None
    padded = f"{'quiet music and soft light ' * 40}{prompt}{' and soft light, quiet music' * 40}"
    assert broken(padded, kind) is not None


@pytest.mark.parametrize(("prompt", "kind"), ALLOWED)
def test_allowed(prompt: str, kind: Kind) -> None:
    assert broken(prompt, kind) is None


def test_words_far_apart_are_not_taken_together() -> None:
    between = "and then we see the town and its market square with many people " * 2
    assert broken(f"children play in a park {between} a sexy car advertisement", "video") is None


@given(st.text(max_size=300))
def test_any_text_is_judged(text: str) -> None:
    broken(text, "video")
    assert all(word.isalnum() for word in words_of(text))
