"""Subtitle files, to the letter."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rushes.media.subtitles import LINE, SECONDS, Cue, cues_of_words, to_srt, to_vtt

LONG = "The lighthouse keeper climbs the spiral stairs while a storm rages outside."


def test_subrip_to_the_letter() -> None:
    cues = [Cue(0, 1.5, "Hello."), Cue(3661.0015, 3662, LONG)]
    assert to_srt(cues) == (
        "1\n00:00:00,000 --> 00:00:01,500\nHello.\n"
        "\n2\n01:01:01,002 --> 01:01:02,000\n"
        "The lighthouse keeper climbs the spiral\nstairs while a storm rages outside.\n"
    )


def test_webvtt_to_the_letter() -> None:
    assert to_vtt([Cue(0, 1.5, "Salt & <b>pepper</b>"), Cue(2, 3, "Yes.")]) == (
        "WEBVTT\n\n00:00:00.000 --> 00:00:01.500\nSalt &amp; &lt;b&gt;pepper&lt;/b&gt;\n"
        "\n00:00:02.000 --> 00:00:03.000\nYes.\n"
    )


def test_no_cue_is_still_a_file() -> None:
    assert to_srt([]) == ""
    assert to_vtt([Cue(0, 1, "  ")]) == "WEBVTT\n\n"


@pytest.mark.parametrize(
    ("seconds", "stamp"),
    [(0.0004, "00:00:00,000"), (59.9996, "00:01:00,000"), (3599.9996, "01:00:00,000"), (360_000, "100:00:00,000")],
)
def test_times_round_to_milliseconds_and_carry(seconds: float, stamp: str) -> None:
    assert to_srt([Cue(seconds, seconds + 1, "x")]).split("\n")[1].startswith(stamp + " --> ")


def test_nothing_in_a_text_can_end_or_begin_a_cue() -> None:
    text = "one\n\ntwo --> three {\\an8}<i>"
    assert to_srt([Cue(0, 1, text)]).split("\n")[2:] == ["one two → three (\\an8}‹i>", ""]
    assert to_vtt([Cue(0, 1, text)]).count("-->") == 1


@given(st.lists(st.tuples(st.floats(0, 1e5), st.floats(0, 20), st.text(max_size=200)), max_size=8))
def test_any_text_makes_a_file_that_reads_back_in_order(given: list[tuple[float, float, str]]) -> None:
    cues = [Cue(start, start + length, text) for start, length, text in given]
    said = [" ".join(text.split()) for _, _, text in given if text.strip()]
    blocks = to_srt(cues).split("\n\n") if said else []
    assert [block.split("\n")[0] for block in blocks] == [str(number + 1) for number in range(len(said))]
    for block in blocks:
        start, end = re.findall(r"(\d+):(\d\d):(\d\d),(\d{3})", block.split("\n")[1])
        assert tuple(map(int, start)) < tuple(map(int, end))
        assert max(map(len, block.split("\n")[2:])) <= LINE


def test_lines_are_balanced_and_a_word_is_cut_only_where_it_must_be() -> None:
    halves = to_srt([Cue(0, 1, "I like it when the sea is calm and the boats come home")]).split("\n")[2:4]
    assert halves == ["I like it when the sea is", "calm and the boats come home"]
    assert [len(line) for line in to_srt([Cue(0, 1, "字" * 50)]).split("\n")[2:4]] == [25, 25]


def words(text: str, pace: float = 0.3, pauses: tuple[int, ...] = ()) -> list[Cue]:
    made, now = [], 0.0
    for number, word in enumerate(text.split()):
        now += 2.0 if number in pauses else 0.0
        made.append(Cue(now, now + pace, word))
        now += pace
    return made


def test_words_become_cues_that_fit() -> None:
    spoken = words(f"{LONG} {LONG} {LONG}")
    cues = cues_of_words(spoken)
    assert " ".join(cue.text for cue in cues) == " ".join(word.text for word in spoken)
    for cue in cues:
        assert cue.end - cue.start <= SECONDS
        assert len(to_srt([cue]).strip().split("\n")) <= 4
    assert cues[0].start == 0
    assert cues[-1].end == spoken[-1].end
    assert all(one.end <= two.start for one, two in pairwise(cues))


def test_a_pause_and_a_full_sentence_end_a_cue() -> None:
    assert [cue.text for cue in cues_of_words(words("Wait. Who is there?", pauses=(1,)))] == ["Wait.", "Who is there?"]
    text = "The boats are all home tonight. The harbour is quiet now."
    assert [cue.text for cue in cues_of_words(words(text, 0.2))] == [
        "The boats are all home tonight.",
        "The harbour is quiet now.",
    ]
    assert cues_of_words([]) == []
