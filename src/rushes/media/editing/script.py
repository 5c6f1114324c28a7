"""Text for libass: a script in ASS that shows exactly the letters it was given.

The format: Aegisub's manual ("ASS Tags", "Styles") and libass's own notes on its extensions: `\\{` and `\\}` are
braces, an Encoding of -1 lays the whole line out by Unicode's rules for both directions, across changes of font.
There is no escape for a backslash: a word joiner behind it, which has no width, keeps it from meaning anything.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct, field

from rushes.media.editing.fonts import Face, lay_out, runs

Colour = tuple[int, int, int, int]
"""Red, green, blue and how opaque, 0 to 255 each."""
_JOINER = "\u2060"
_ZWJ = "\u200d"
_LETTER = "\u180e"
"""Mongolian, invisible. Joined emoji fall apart in libass where nothing in a line belongs to a script."""
_NAME = "text.ass"
_HEADER = """[Script Info]
ScriptType: v4.00+
PlayResX: {width}
PlayResY: {height}
WrapStyle: 0
ScaledBorderAndShadow: yes
{language}
[V4+ Styles]
Format: Name, Fontname, Fontsize, PrimaryColour, SecondaryColour, OutlineColour, BackColour, Bold, Italic, Underline, \
StrikeOut, ScaleX, ScaleY, Spacing, Angle, BorderStyle, Outline, Shadow, Alignment, MarginL, MarginR, MarginV, Encoding
Style: D,{font},{size:.2f},{colour},{colour},{rim_colour},{shadow_colour},{bold},0,0,0,100,100,0,0,1,{rim:.2f},\
{shadow:.2f},{alignment},{left},{right},{vertical},-1

[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
"""
_LONGEST = 359_999.0


class Look(Struct, frozen=True, kw_only=True):
    """How letters are drawn. size: of an em in pixels; rim and shadow in pixels; bold: thicker than the font is."""

    size: float
    colour: Colour = (255, 255, 255, 255)
    rim_colour: Colour = (0, 0, 0, 255)
    rim: float = 0.0
    shadow_colour: Colour = (0, 0, 0, 160)
    shadow: float = 0.0
    bold: bool = False


class Place(Struct, frozen=True, kw_only=True):
    """Where a text stands. alignment: as on a keypad of numbers, 1 the lower left. Margins in pixels.

    at: the point that the alignment's corner is put to, instead of an edge.
    """

    alignment: int = 2
    left: int = 0
    right: int = 0
    vertical: int = 0
    at: tuple[int, int] | None = None


class Line(Struct, frozen=True, kw_only=True):
    """A text and when it is shown, in seconds. size: of its letters as a share of the look's."""

    start: float
    end: float
    text: str
    size: float = 1.0


class Sheet(Struct, frozen=True, kw_only=True):
    """All that is drawn over one clip of this size, in pixels as it is shown."""

    width: int
    height: int
    look: Look
    place: Place
    lines: Sequence[Line] = field(default_factory=list)


def drawing(sheet: Sheet, known: tuple[Face, ...], folder: Path, paper: float = 1.0) -> tuple[str, tuple[str, ...]]:
    """The filter that draws a sheet, its script and fonts put into `folder`; and what to tell.

    paper: the share of full brightness that white has.
    """
    used: dict[str, Face] = {known[0].name: known[0]}
    lacking: dict[str, None] = {}
    events = []
    for line in sheet.lines:
        text, missing = _tagged(line, sheet.look, known, used)
        lacking |= dict.fromkeys(missing)
        events.append(f"Dialogue: 0,{_stamp(line.start)},{_stamp(line.end)},D,,0,0,0,,{_put(sheet.place)}{text}\n")
    script = _head(sheet, known[0], paper) + "".join(events)
    (folder / _NAME).write_text(script, encoding="utf-8", newline="\n")
    place = lay_out(used.values(), folder).name
    size = f"original_size={sheet.width}x{sheet.height}"
    told: tuple[str, ...] = ()
    if lacking:
        shown = " ".join(list(lacking)[:10])
        told = (f"no installed font has these characters, which are drawn as boxes or left out: {shown}",)
    return f"subtitles=filename={_NAME}:fontsdir={place}:{size}:wrap_unicode=1", told


def escaped(text: str) -> str:
    """Text as libass shows it letter by letter: no tag, no break but its own line ends."""
    out = []
    for character in clean(text):
        if character == "\n":
            out.append("\\N")
        elif character == "\\":
            out.append(f"\\{_JOINER}")
        elif character in "{}":
            out.append(f"\\{character}")
        else:
            out.append(character)
    return "".join(out)


def clean(text: str) -> str:
    """Text without control characters: line ends are one kind, tabs are spaces, halves of surrogates a sign."""
    lines = text.replace("\r\n", "\n").translate(dict.fromkeys(map(ord, "\r\v\f\x85\u2028\u2029"), "\n"))
    return "".join(
        " " if character == "\t" else "\ufffd" if unicodedata.category(character) == "Cs" else character
        for character in lines
        if character in "\n\t" or unicodedata.category(character) != "Cc"
    )


def language(texts: Sequence[str]) -> str:
    """Which language's forms the Chinese characters of these texts take: ja, ko, zh, or "" (traditional ones)."""
    whole = "".join(texts)
    names = {unicodedata.name(character, "").split(" ")[0] for character in set(whole) if ord(character) > 0x10FF}
    if names & {"HIRAGANA", "KATAKANA"}:
        return "ja"
    if "HANGUL" in names:
        return "ko"
    han = "".join(character for character in whole if unicodedata.name(character, "").startswith("CJK UNIFIED"))
    # Characters of the mainland's standard: simplified, or the same in both.
    return "zh" if han and len(han.encode("gb2312", "ignore")) == 2 * len(han) else ""


def _head(sheet: Sheet, face: Face, paper: float) -> str:
    look, place = sheet.look, sheet.place
    spoken = language([line.text for line in sheet.lines])
    return _HEADER.format(
        width=sheet.width,
        height=sheet.height,
        language=f"Language: {spoken}\n" if spoken else "",
        font=face.name,
        size=look.size * face.height,
        colour=_colour(look.colour, paper),
        rim_colour=_colour(look.rim_colour, paper),
        shadow_colour=_colour(look.shadow_colour, paper),
        bold=-1 if look.bold else 0,
        rim=look.rim,
        shadow=look.shadow,
        alignment=place.alignment,
        left=place.left,
        right=place.right,
        vertical=place.vertical,
    )


def _tagged(line: Line, look: Look, known: tuple[Face, ...], used: dict[str, Face]) -> tuple[str, str]:
    """A line's text with a tag wherever the font changes; libass measures a font by its tallest line, we by its em."""
    words = clean(line.text)
    stretches, lacking = runs(words, known)
    out = []
    for run in stretches:
        used.setdefault(run.face.name, run.face)
        out.append(f"{{\\fn{run.face.name}\\fs{look.size * line.size * run.face.height:.2f}}}{escaped(run.text)}")
    if _ZWJ in words and not any(character.isalpha() for character in words):
        out.append(_LETTER)
    return "".join(out), lacking


def _put(place: Place) -> str:
    return "" if place.at is None else f"{{\\pos({place.at[0]},{place.at[1]})}}"


def _colour(colour: Colour, paper: float) -> str:
    red, green, blue = (round(part * paper) for part in colour[:3])
    return f"&H{255 - colour[3]:02X}{blue:02X}{green:02X}{red:02X}"


def _stamp(seconds: float) -> str:
    hundredths = round(min(max(seconds, 0.0), _LONGEST) * 100)
    return f"{hundredths // 360_000}:{hundredths // 6000 % 60:02}:{hundredths // 100 % 60:02}.{hundredths % 100:02}"
