"""Subtitle files read: what people write, what programs write, what attackers write."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rushes.media.subtitle_reading import MOST_BYTES, MOST_CUES, MOST_TEXT, BadSubtitles, read_subtitles
from rushes.media.subtitles import Cue, to_srt, to_vtt

SRT = "1\n00:00:01,000 --> 00:00:02,500\nHello\nthere\n\n2\n00:00:03,000 --> 00:00:04,000\nBye\n"
CUES = [Cue(1.0, 2.5, "Hello\nthere"), Cue(3.0, 4.0, "Bye")]


@pytest.mark.parametrize(
    "text",
    [
        SRT,
        SRT.encode(),
        b"\xef\xbb\xbf" + SRT.encode(),
        SRT.replace("\n", "\r\n"),
        SRT.replace("\n", "\r"),
        SRT.encode("utf-16"),
        "\n\n" + SRT + "\n\n\n",
        SRT.replace(" --> ", "-->"),
        SRT.replace("\n\n2\n", "\n2\n"),
        SRT.replace("1\n00", "00").replace("2\n00", "00"),
        SRT.replace("00:00:0", "0:0:"),
        SRT.replace(",000 ", " X1:40 X2:600 ", 0).replace("04,000\n", "04,000  X1:40 X2:600\n"),
        "WEBVTT - a title\nKind: captions\n\nNOTE two\nlines\n\nSTYLE\n::cue { color: red }\n\nintro\n"
        "00:01.000 --> 00:02.500 align:start line:0\nHello\nthere\n\n00:03.000 --> 00:04.000\n<v Ann>Bye</v>\n",
    ],
)
def test_the_same_cues_however_they_are_written(text: str | bytes) -> None:
    assert read_subtitles(text) == CUES


def test_markup_is_taken_out_and_what_only_looks_like_it_stays() -> None:
    spoken = "{\\an8}<i>One</i> < two &amp; 3 <00:01.500> {four} <font color='red'>5</font> AT&copy"
    text = f"1\n00:00:01,000 --> 00:00:02,000\n{spoken}\n"
    assert [cue.text for cue in read_subtitles(text)] == ["One < two & 3 {four} 5 AT&copy"]


def test_cues_are_sorted_and_may_overlap() -> None:
    late, early = "00:00:05,000 --> 00:00:06,000\nlate\n\n", "00:00:01,000 --> 00:00:05,500\nearly\n\n"
    text = f"{late}{early}00:00:02,000 --> 00:00:03,000\n\n"
    assert read_subtitles(text) == [Cue(1.0, 5.5, "early"), Cue(5.0, 6.0, "late")]


def test_old_encodings_are_read() -> None:
    assert read_subtitles(SRT.replace("Bye", "Adiós").encode("latin-1"))[1].text == "Adiós"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("1\nhello\nworld\n", 1),
        ("1\n00:00:01,000 --> nonsense\nx\n", 2),
        ("1\n00:00:05,000 --> 00:00:04,000\nx\n", 2),
        (SRT + "\nlost words\nwithout times\n", 10),
        ("1\n00:00:01,000 --> 900:00:02,000\nx\n", 2),
        ("00:00:01,000 --> 00:00:02,000\n" + "x" * (MOST_TEXT + 1), 1),
    ],
)
def test_an_error_names_the_line(text: str, line: int) -> None:
    with pytest.raises(BadSubtitles, match=f"^line {line}: ") as raised:
        read_subtitles(text)
    assert raised.value.line == line


def test_limits_and_what_is_no_text() -> None:
    with pytest.raises(BadSubtitles, match="at most"):
        read_subtitles(b" " * (MOST_BYTES + 1))
    with pytest.raises(BadSubtitles, match="more than"):
        read_subtitles("00:01 --> 00:02\nx\n\n" * (MOST_CUES + 1))
    with pytest.raises(BadSubtitles):
        read_subtitles(b"\x89PNG\r\n\x1a\n\0\0")
    assert read_subtitles("WEBVTT\n\n") == []
    assert read_subtitles("") == []


@given(st.text(max_size=300) | st.binary(max_size=300))
def test_anything_is_read_or_refused(data: str | bytes) -> None:
    try:
        cues = read_subtitles(data)
    except BadSubtitles:
        return
    assert all(0 <= cue.start <= cue.end and cue.text for cue in cues)


_LETTERS = st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs"), exclude_characters="\\")
_WORDS = st.text(_LETTERS, max_size=80)
_SPOKEN = st.lists(st.tuples(st.integers(0, 10**6), st.integers(1, 9000), _WORDS), max_size=6)


@given(_SPOKEN)
def test_what_we_write_we_read(spoken: list[tuple[int, int, str]]) -> None:
    cues = [Cue(start / 1000, (start + length) / 1000, text) for start, length, text in spoken if text.strip()]
    wanted = sorted(cues, key=lambda cue: (cue.start, cue.end))
    for read in (read_subtitles(to_vtt(cues, width=100)), read_subtitles(to_srt(cues, width=100))):
        assert [(cue.start, cue.end) for cue in read] == [(cue.start, cue.end) for cue in wanted]
    # An arrow in a text is written as another sign, so that it cannot begin a cue.
    said = [re.sub("-{2,}>", "→", " ".join(cue.text.split())) for cue in wanted]
    assert [" ".join(cue.text.split()) for cue in read_subtitles(to_vtt(cues, width=100))] == said
