"""Styles by name and by a prompt's words."""

from __future__ import annotations

import pytest

from rushes.engines.local.style.styles import COUNT, named, styles


def test_every_style_of_the_network_has_one_name_and_words_of_its_own() -> None:
    assert sorted(style.index for style in styles().values()) == list(range(COUNT))
    words = [word for style in styles().values() for word in style.words]
    assert len(words) == len(set(words)), "a word that two styles share names neither"
    assert all(word == " ".join(word.split()) and word.isascii() and word == word.lower() for word in words)


@pytest.mark.parametrize(
    ("prompt", "style"),
    [
        ("A harbour in the style of Van Gogh", "starry-night"),
        ("make it a watercolor, please", "watercolour"),
        ("Mosaic!", "mosaic"),
        ("wie Dürer", "woodcut"),
        ("an oil painting with heavy brush strokes", "impasto"),
        ("an oil painting", "oil"),
        ("Ukiyo-e", "great-wave"),
        ("pop-art", "pop-art"),
        ("boil the foil", None),
        ("", None),
    ],
)
def test_the_longest_words_decide_and_parts_of_words_do_not(prompt: str, style: str | None) -> None:
    assert named(prompt) == style
