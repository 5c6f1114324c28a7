"""Scripts for libass: every letter is shown as it was given, and nothing in a text is ever a command."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rushes.media.editing.fonts import faces, lay_out, runs
from rushes.media.editing.lines import Ruler, breakable, clusters, pieces
from rushes.media.editing.overlay import text_overlay
from rushes.media.editing.script import Line, Look, Place, Sheet, clean, drawing, escaped, language
from tests.media.editing.pictures import SCRIPTS, bands, box, edited, even_clip, fonts, ink, pictures

HOSTILE = [
    r"%{pts}", r"\N", r"a\nb\hc", r"{\p1}m 0 0 l 99 0{\p0}", r"{\an8}top", r"\{x\}", "}{", "{", "\\", "a\\",
    "quote ' \" : , ;", "[in]drawtext=x", "<i>x</i> &amp;", r"%d %s \\N", "{\\fs200}big", "Dialogue: 0,0", "\\\u2060N",
]  # fmt: skip


def as_libass_reads(text: str) -> str:
    """What libass shows of an event's text: its ass_get_next_char and its blocks of tags, in a few lines."""
    shown, at = [], 0
    while at < len(text):
        pair = text[at : at + 2]
        if pair in ("\\N", "\\n", "\\h", "\\{", "\\}"):
            shown.append({"\\N": "\n", "\\n": " ", "\\h": "\u00a0"}.get(pair, pair[1]))
            at += 2
        elif text[at] == "{":
            assert "}" in text[at:], "a block that never ends"
            tags = text[at : text.index("}", at) + 1]
            assert re.fullmatch(r"\{\\fn[\w .+-]+\\fs[\d.]+\}", tags), tags
            at += len(tags)
        else:
            shown.append(text[at])
            at += 1
    return "".join(shown)


@given(st.text(max_size=60) | st.sampled_from(HOSTILE) | st.text(st.sampled_from("{}\\Nnhpb1 \n%"), max_size=30))
def test_libass_reads_back_what_was_written(text: str) -> None:
    written = escaped(text)
    assert "\n" not in written
    assert "\r" not in written
    # Word joiners, which have no width, stand behind backslashes and nowhere else.
    joined = re.compile("(?<=\\\\)\u2060+")
    assert joined.sub("", as_libass_reads(written)) == joined.sub("", clean(text))


@settings(max_examples=40)
@given(st.lists(st.text(max_size=40), max_size=4))
def test_a_text_is_one_line_of_the_script(tmp_path_factory: pytest.TempPathFactory, texts: list[str]) -> None:
    folder = tmp_path_factory.mktemp("script")
    known = faces(None, folder)
    lines = [Line(start=1, end=2.25, text=text) for text in texts]
    sheet = Sheet(width=640, height=360, look=Look(size=30), place=Place(), lines=lines)
    graph, _ = drawing(sheet, known, folder)
    assert graph == "subtitles=filename=text.ass:fontsdir=fonts:original_size=640x360:wrap_unicode=1"
    events = (folder / "text.ass").read_bytes().decode().split("[Events]\n")[1].splitlines()[1:]
    assert len(events) == len(texts)
    assert all(event.startswith("Dialogue: 0,0:00:01.00,0:00:02.25,D,,0,0,0,,") for event in events)


def test_hostile_texts_are_drawn_letter_by_letter(tmp_path: Path) -> None:
    clip = even_clip(tmp_path / "clip.mp4", size="640x120", seconds=0.2)
    known = faces(None, tmp_path)
    for text in HOSTILE:
        target, told = edited(tmp_path, text_overlay, clip, text=text, position="center", font_size=30, fonts=None)
        drawn = ink(pictures(target)[0][1])
        left, top, right, bottom = box(drawn)
        # As wide as those letters are, on one line, in the middle: no tag took effect, nothing was left out.
        assert right - left == pytest.approx(Ruler(known).width(text.replace("\u2060", ""), 30), abs=12), text
        assert bottom - top < 42, text
        assert abs((left + right) / 2 - 320) < 8, text
        assert told == () or "\u2060" in text


def test_control_characters_and_lone_surrogates_are_harmless(tmp_path: Path) -> None:
    assert clean("a\0b\x1bc\td\r\ne\u2028f\ud800") == "abc d\ne\nf\ufffd"
    clip = even_clip(tmp_path / "clip.mp4", seconds=0.2)
    edited(tmp_path, text_overlay, clip, text="a\0b\ud800", fonts=None)


def test_times_and_the_language_of_han(tmp_path: Path) -> None:
    assert language(["日本語です"]) == "ja"
    assert language(["한국어", "漢字"]) == "ko"
    assert language(["简体字"]) == "zh"
    assert language(["繁體中文"]) == ""
    assert language(["plain", "मस्ते"]) == ""


def test_pillows_letters_stand_in_and_say_what_they_lack(tmp_path: Path) -> None:
    known = faces(None, tmp_path)
    stretches, lacking = runs("Hello 世界", known)
    assert ("".join(run.text for run in stretches), lacking) == ("Hello 世界", "世界")
    clip = even_clip(tmp_path / "clip.mp4", seconds=0.2)
    _, told = edited(tmp_path, text_overlay, clip, text="Hello 世界", fonts=None)
    assert len(told) == 1
    assert "世 界" in told[0]


def test_what_is_no_font_is_passed_over(tmp_path: Path) -> None:
    folder = tmp_path / "fonts"
    folder.mkdir()
    for name, data in (("a.ttf", b""), ("b.otf", b"OTTO\xff\xff" + b"x" * 40), ("c.ttf", b"\0\1\0\0" + b"\0" * 9)):
        (folder / name).write_bytes(data)
    assert [face.name for face in faces(folder, tmp_path)] == ["Aileron"]


def test_each_script_has_a_font(tmp_path: Path) -> None:
    known = faces(fonts(), tmp_path)
    assert known[0].name == "Noto Sans Medium"
    for script, text in SCRIPTS.items():
        stretches, lacking = runs(text, known)
        assert lacking == "", script
        assert "".join(run.text for run in stretches) == text
    assert [run.face.name for run in runs("Hi 你好! ok", known)[0]] == [
        "Noto Sans Medium", "Noto Sans CJK TC Medium", "Noto Sans Medium",
    ]  # fmt: skip
    place = lay_out([known[1]], tmp_path)
    assert [path.name for path in place.iterdir()] == [known[1].path.name]


@given(st.text(max_size=80) | st.sampled_from(list(SCRIPTS.values())))
def test_cutting_a_text_loses_nothing(text: str) -> None:
    assert "".join(clusters(text)) == text
    assert "".join(pieces(text)) == text


def test_words_without_spaces_can_be_broken(tmp_path: Path) -> None:
    ruler = Ruler(faces(None, tmp_path))
    assert breakable("short words", ruler, 20, 300) == "short words"
    opened = breakable("ok " + "x" * 100, ruler, 20, 300)
    assert opened.replace("\u200b", "") == "ok " + "x" * 100
    assert opened.startswith("ok x\u200bx")
    # No line of Thai begins with a mark, or ends with a vowel that belongs to the next letter.
    assert clusters("ที่นี่") == ["ที่", "นี่"]
    assert "\u200b" not in breakable("เข", ruler, 500, 10)


def test_right_to_left_is_shaped_and_ordered(tmp_path: Path) -> None:
    clip = even_clip(tmp_path / "clip.mp4", size="640x160", seconds=0.2)

    def drawn(text: str) -> list[tuple[int, int]]:
        target, told = edited(tmp_path, text_overlay, clip, text=text, position="center", font_size=60,
                              color="white", fonts=fonts())  # fmt: skip
        assert told == ()
        light = pictures(target)[0][1].min(axis=2) > 200
        return bands(light, 0)

    joined, apart = drawn("ببب"), drawn("ب\u200cب\u200cب")
    # Joined letters are one stroke; kept apart by a non-joiner they are three.
    assert (len(joined), len(apart)) == (1, 3)
    # The full stop ends the sentence: at the left.
    stop, *letters = drawn("שלוש.")
    assert stop[1] - stop[0] < 0.5 * letters[0][1] - letters[0][0] * 0.5
    # Latin words keep their own direction within, whatever the fonts: "ab" is wide, then narrow.
    inner = drawn("של Wi שלום")
    assert len(inner) == len(drawn("של")) + len(drawn("Wi")) + len(drawn("שלום"))
