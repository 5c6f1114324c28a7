"""Sentences of several languages, and that nothing gets lost."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rushes.writing.sentences import sentences
from tests.writing.scripted import squashed


@pytest.mark.parametrize(
    ("paragraph", "expected"),
    [
        ("Dr. Smith met Mr. Wu at 5 p.m. They left.", ["Dr. Smith met Mr. Wu at 5 p.m.", "They left."]),
        ("See no. 5 on p. 3. He said no. Then left.", ["See no. 5 on p. 3.", "He said no.", "Then left."]),
        ("J. K. Rowling writes. It costs 3.50 dollars.", ["J. K. Rowling writes.", "It costs 3.50 dollars."]),
        ('"Stop!" she cries. He runs.', ['"Stop!" she cries.', "He runs."]),
        ("Wait... what? No!", ["Wait... what?", "No!"]),
        ("Am 3. Mai kam Hr. Wolf, z.B. mit Eis. Er ging.", ["Am 3. Mai kam Hr. Wolf, z.B. mit Eis.", "Er ging."]),
        ("Mme. Roux arrive. « Où ? » Elle rit.", ["Mme. Roux arrive.", "« Où ? »", "Elle rit."]),
        ("¿Dónde está la Sra. Gil? ¡Aquí! Entra.", ["¿Dónde está la Sra. Gil?", "¡Aquí!", "Entra."]),
        ("少女が走る。「待って！」空には月。", ["少女が走る。", "「待って！」", "空には月。"]),
        ("वह चलता है। बारिश होती है।", ["वह चलता है।", "बारिश होती है।"]),
        ("Она идёт. Дождь! Где ты?", ["Она идёт.", "Дождь!", "Где ты?"]),
        ("no end", ["no end"]),
        ("", []),
    ],
)
def test_where_sentences_end(paragraph: str, expected: list[str]) -> None:
    assert sentences(paragraph) == expected


@given(st.text(alphabet="abA .!?…\"'()。«» 1é\n"))
def test_sentences_put_together_are_the_paragraph(paragraph: str) -> None:
    found = sentences(paragraph)
    assert squashed("".join(found)) == squashed(paragraph)
    assert all(sentence.strip() == sentence != "" for sentence in found)
