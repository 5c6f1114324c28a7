"""Subtitles burnt in: in time, in two lines, within the safe area, in every script."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rushes.media.editing.fonts import faces
from rushes.media.editing.lines import Ruler
from rushes.media.editing.redraw import BadParameter
from rushes.media.editing.subtitles import STYLES, burn_subtitles, laid
from rushes.media.subtitle_reading import BadSubtitles
from rushes.media.subtitles import Cue
from tests.media.editing.pictures import SCRIPTS, bands, box, edited, even_clip, fonts, ink, packets, pictures

LONG = "The lighthouse keeper climbs the spiral stairs while a storm rages outside, and nobody hears the bell."


def burnt(tmp_path: Path, clip: Path, cues: Any, **parameters: Any) -> tuple[Path, Any]:
    return edited(tmp_path, burn_subtitles, clip, **{"cues": cues, "fonts": None, **parameters})


def test_each_cue_in_its_time(tmp_path: Path) -> None:
    clip = even_clip(tmp_path / "clip.mp4", seconds=2, sound="aac")
    srt = (
        "1\n00:00:00,300 --> 00:00:00,700\n<i>One</i>\n\n2\n00:00:01,000 --> 00:00:01,500\nTwo\n\n"
        "3\n00:00:03,000 --> 00:00:04,000\nThree\n"
    )
    target, told = burnt(tmp_path, clip, srt)
    shown = [bool(ink(picture).any()) for _, picture in pictures(target)]
    assert shown == [0.3 <= number / 10 < 0.7 or 1.0 <= number / 10 < 1.5 for number in range(20)]
    assert told == ("1 of 3 subtitles lie after the video's end and were left out",)
    assert packets(target, "audio") == packets(clip, "audio")
    _, told = burnt(tmp_path, clip, [Cue(9, 10, "late")])
    assert "none of the 1 subtitles" in told[0]


def test_every_style_stays_in_the_safe_area_in_two_lines(tmp_path: Path) -> None:
    for size, low in (("640x360", 360 * 0.98), ("270x480", 480 * 0.89)):
        clip = even_clip(tmp_path / f"{size}.mp4", size=size, seconds=0.4, fps=5)
        width = int(size.partition("x")[0])
        heights = {}
        for style in STYLES:
            drawn = ink(pictures(burnt(tmp_path, clip, [Cue(0, 9, LONG)], style=style)[0])[0][1])
            left, top, right, bottom = box(drawn)
            assert left > width * 0.04, style
            assert right < width * 0.96, style
            assert bottom < low, style
            assert abs(left + right - width) < 8, style
            assert len(bands(drawn[:, : width // 2], 1)) <= 2, style
            heights[style] = bottom - top
        assert heights["minimal"] < heights["default"] < heights["bold-yellow"]
    yellow = pictures(burnt(tmp_path, clip, [Cue(0, 9, "HHHH")], style="bold-yellow")[0])[0][1]
    assert (abs(yellow.astype(int) - (255, 222, 0)).max(axis=2) < 50).any()


def test_every_script_is_drawn(tmp_path: Path) -> None:
    clip = even_clip(tmp_path / "clip.mp4", size="640x360", seconds=len(SCRIPTS), fps=1)
    cues = [Cue(number, number + 1, text) for number, text in enumerate(SCRIPTS.values())]
    target, told = burnt(tmp_path, clip, cues, fonts=fonts())
    assert told == ()
    known = faces(fonts(), tmp_path)
    for (script, text), (_, picture) in zip(SCRIPTS.items(), pictures(target), strict=True):
        left, _, right, _ = box(ink(picture))
        # The width that these letters have in their font: boxes for missing letters, or none, would differ.
        assert right - left == pytest.approx(Ruler(known).width(text, 360 * 0.053), rel=0.15, abs=6), script


def test_lines_of_thai_and_chinese_are_broken_within_the_picture(tmp_path: Path) -> None:
    clip = even_clip(tmp_path / "clip.mp4", size="360x640", seconds=0.4, fps=5)
    for text in ("สวัสดีชาวโลกนี่คือคำบรรยายภาษาไทยที่ยาวมาก", "这是一个比较长的中文字幕用来测试自动换行和字体"):
        drawn = ink(pictures(burnt(tmp_path, clip, [Cue(0, 5, text)], fonts=fonts())[0])[0][1])
        left, _, right, _ = box(drawn)
        assert left > 360 * 0.04
        assert right < 360 * 0.96


def test_the_authors_lines_are_kept_where_they_fit(tmp_path: Path) -> None:
    ruler = Ruler(faces(None, tmp_path))
    both = laid(Cue(0, 2, "- Who?\n- Nobody."), ruler, 20, 400)
    assert [(line.text, line.size) for line in both] == [("- Who?\n- Nobody.", 1.0)]
    (close,) = laid(Cue(0, 2, "m" * 24), ruler, 20, 0.9 * ruler.width("m" * 24, 20))
    assert 0.8 <= close.size < 1
    assert "\u200b" not in close.text


@settings(max_examples=60)
@given(
    st.text(st.sampled_from("ab é你ก่ \n"), min_size=1, max_size=300).filter(str.strip),
    st.floats(0.1, 20),
    st.floats(60, 900),
)
def test_cues_cut_in_parts_lose_no_word_and_no_time(
    tmp_path_factory: pytest.TempPathFactory, text: str, seconds: float, room: float
) -> None:
    ruler = Ruler(faces(None, tmp_path_factory.getbasetemp()))
    lines = laid(Cue(5, 5 + seconds, text), ruler, 20, room)
    assert lines[0].start == 5
    assert lines[-1].end == pytest.approx(5 + seconds)
    assert all(one.end == other.start for one, other in pairwise(lines))
    assert all(line.end - line.start > 0 and 0.5 < line.size <= 1 for line in lines)
    said = "".join("".join(line.text.split()) for line in lines).replace("\u200b", "")
    assert said == "".join(text.split())


def test_refusals(tmp_path: Path) -> None:
    clip = even_clip(tmp_path / "clip.mp4", seconds=0.2)
    with pytest.raises(BadParameter, match=r"^style must be one of default, bold-yellow, minimal"):
        burnt(tmp_path, clip, [], style="comic")
    with pytest.raises(BadSubtitles, match="line 2"):
        burnt(tmp_path, clip, "1\nnonsense --> 3\n")
    for cue in (Cue(2, 1, "x"), Cue(float("nan"), 1, "x"), Cue(0, 1, "x" * 2001), Cue(-1, 1, "x")):
        with pytest.raises(BadParameter, match=r"^cues "):
            burnt(tmp_path, clip, [cue])
