"""Where a text is cut, and where it must not be."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rushes.engines.local.speech.pieces import LONGEST, PARAGRAPH_PAUSE, Piece, pieces
from rushes.engines.local.speech.sentences import paragraphs, sentences


@pytest.mark.parametrize(
    "text",
    [
        "Dr. Smith met Mrs. Jones.",
        "J. K. Rowling lives in the U.S. Virgin Islands.",
        "See No. 5, e.g. Figure 3 (cf. Vol. 2) of approx. Twenty.",
        "It costs 3.50 at 10.30 today.",
        "Wait... what is that?",
        "He said “Stop!” and ran.",
        "On Jan. 5 we left.",
        "1. First of all",
    ],
)
def test_a_point_that_ends_nothing(text: str) -> None:
    assert sentences(text) == [text]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("One. Two! Three? Four… Five", ["One.", "Two!", "Three?", "Four…", "Five"]),
        ("“Go.” She went.", ["“Go.”", "She went."]),
        ("We met at 5 p.m. Then it rained.", ["We met at 5 p.m.", "Then it rained."]),
        ("So did I. He left.", ["So did I.", "He left."]),
        ("终于。他来了。", ["终于。", "他来了。"]),
    ],
)
def test_sentences_are_parted(text: str, parts: list[str]) -> None:
    assert sentences(text) == parts


def test_wrapped_lines_are_one_paragraph_and_finished_ones_are_not() -> None:
    wrapped = "This letter was wrapped by somebody at a margin of about\nsixty letters, as mail is,\nfor reading."
    assert paragraphs(wrapped) == [" ".join(wrapped.split())]
    assert paragraphs("Roses are red.\nViolets are blue.\n\n\n  1. Milk\n2. Bread\r\n\r\nBye") == [
        "Roses are red.",
        "Violets are blue.",
        "1. Milk",
        "2. Bread",
        "Bye",
    ]


@given(st.text(alphabet="aB .!?…\n”1,", max_size=300))
def test_no_letter_is_lost(text: str) -> None:
    parts = [sentence for paragraph in paragraphs(text) for sentence in sentences(paragraph)]
    assert "".join("".join(parts).split()) == "".join(text.split())


def read(sentence: str) -> str:
    """A reader for the tests: letters are their own phonemes."""
    return sentence


def test_short_sentences_are_said_together_within_a_paragraph() -> None:
    assert pieces("No. Yes. Go.\n\nEnd.", read) == [
        Piece("No. Yes. Go.", PARAGRAPH_PAUSE),
        Piece("End.", PARAGRAPH_PAUSE),
    ]


@pytest.mark.parametrize("word", ["word ", "clause, ", "x", "unbelievably-long-"])
def test_no_piece_is_longer_than_the_model_bears(word: str) -> None:
    text = word * 200
    found = pieces(text, read)
    assert max(len(piece.phonemes) for piece in found) <= LONGEST
    assert "".join("".join(piece.phonemes.split()) for piece in found) == "".join(text.split())
    if word.startswith("clause"):
        assert all(piece.phonemes.endswith(",") for piece in found)


def test_what_reads_as_nothing_is_left_out() -> None:
    assert pieces("… !\n\n—", read) == []
    assert pieces("", read) == []
