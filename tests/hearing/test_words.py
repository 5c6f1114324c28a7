"""Words as the recogniser gives them, put together to words as people write them."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from rushes.engines.local.hearing.hear import _whole_words


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ([" costs", " $3", ".50", " on"], ["costs", "$3.50", "on"]),
        ([" 1", ",000", ",000", " people"], ["1,000,000", "people"]),
        ([" the", " O", "'Brien", " twenty", "-one"], ["the", "O'Brien", "twenty-one"]),
        (["你", "好"], ["你", "好"]),
        ([" ", " well", ""], ["well"]),
        ([], []),
    ],
)
def test_what_belongs_together_is_one_word(parts: list[str], words: list[str]) -> None:
    found = [SimpleNamespace(word=part, start=float(n), end=n + 0.5) for n, part in enumerate(parts)]
    assert [text for text, _, _ in _whole_words(found)] == words


def test_a_joined_word_has_the_time_of_all_its_parts() -> None:
    found = [SimpleNamespace(word=" $3", start=1.0, end=1.4), SimpleNamespace(word=".50", start=1.4, end=2.0)]
    assert _whole_words(found) == [("$3.50", 1.0, 2.0)]
