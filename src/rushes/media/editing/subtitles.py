"""Subtitles burnt into a clip: in a safe area, in two lines where that is possible, in any script that has a font."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

from msgspec import Struct

from rushes.media.editing.ffmpeg import Report
from rushes.media.editing.fonts import faces
from rushes.media.editing.lines import Ruler, breakable, pieces
from rushes.media.editing.redraw import BadParameter, even, paper, redraw, square
from rushes.media.editing.script import Colour, Line, Look, Place, Sheet, clean, drawing
from rushes.media.editing.source import Source, VideoTrack
from rushes.media.editing.writing import losses
from rushes.media.subtitle_reading import MOST_CUES, MOST_TEXT, plain, read_subtitles
from rushes.media.subtitles import LINES, Cue

_SHARE = 0.053
"""Height of the letters as a share of the picture's short side: 57 pixels in a film of 1080 lines."""
_SMALLEST = 8.0
_SIDES = 0.06
_BOTTOM, _BOTTOM_UPRIGHT = 0.06, 0.14
"""Of the height. Players on telephones put their own words over the foot of an upright film."""
_COLUMNS = 25.0
"""The longest line in ems, about 45 letters: longer ones are not read in time."""
_FILLED = 0.92
"""How full lines get that are broken between words."""
_SHRUNK, _SHRUNK_MOST = 0.8, 0.6
"""Letters are made smaller by so much before the author's own lines are given up, and before there are three."""
_BRIEF = 1.0
"""Seconds that a part of a cue stays at least."""
_TOUCHING = 0.1


class Style(Struct, frozen=True, kw_only=True):
    """A way to draw subtitles. Sizes in ems: of the letters, their rim and their shadow."""

    colour: Colour
    size: float = 1.0
    rim: float = 0.07
    rim_colour: Colour = (0, 0, 0, 255)
    shadow: float = 0.03
    bold: bool = False


STYLES: dict[str, Style] = {
    "default": Style(colour=(255, 255, 255, 255)),
    "bold-yellow": Style(colour=(255, 222, 0, 255), size=1.1, rim=0.09, bold=True),
    "minimal": Style(colour=(255, 255, 255, 235), size=0.82, rim=0.035, rim_colour=(0, 0, 0, 190), shadow=0.0),
}


def burn_subtitles(
    source: Source, *, cues: Sequence[Cue] | str | bytes, style: str = "default",
    fonts: Path | None, target: Path, folder: Path, report: Report,
) -> tuple[str, ...]:  # fmt: skip
    """Draw cues, or the text of an SRT or WebVTT file, over the picture.

    style: one of STYLES. fonts: a folder of fonts. A cue too long for two lines is shown in parts, one after the
    other, or smaller. Raises BadParameter, BadSubtitles, UnreadableMedia, EditFailed.
    """
    if style not in STYLES:
        raise BadParameter("style", f"must be one of {', '.join(STYLES)}, got {style[:40]!r}")
    video = source.picture
    given = read_subtitles(cues) if isinstance(cues, str | bytes) else _checked(cues)
    shown = _shown(given, video.duration)
    told: tuple[str, ...] = ()
    if not shown:
        told = (f"none of the {len(given)} subtitles lies within the video's {video.duration:.1f} seconds",)
    elif len(shown) < len(given):
        told = (f"{len(given) - len(shown)} of {len(given)} subtitles lie after the video's end and were left out",)
    known = faces(fonts, folder)
    look, place = _look(STYLES[style], video), _place(video)
    room = min(video.shown_width - place.left - place.right, look.size * _COLUMNS)
    ruler = Ruler(known)
    lines = [line for cue in shown for line in laid(cue, ruler, look.size, room)]
    # Narrower than the safe area where the lines would be too long to read.
    side = round((video.shown_width - room) / 2)
    place = Place(alignment=2, left=side, right=side, vertical=place.vertical)
    sheet = Sheet(width=video.shown_width, height=video.shown_height, look=look, place=place, lines=lines)
    drawn, lacking = drawing(sheet, known, folder, paper(video))
    chain = [*square(video), drawn, *even(video)]
    told += redraw(source, chain, target=target, folder=folder, report=report)
    return told + losses(video) + lacking


def laid(cue: Cue, ruler: Ruler, size: float, room: float) -> list[Line]:
    """One cue as what is shown: as the author broke it where that fits, else broken anew, in parts, or smaller."""
    text = clean(cue.text)
    wide = ruler.width(text, size)
    if text.count("\n") < LINES and wide <= room / _SHRUNK:
        return [Line(start=cue.start, end=cue.end, text=text, size=min(1.0, room / wide) if wide else 1.0)]
    flow = _flowing(text)
    whole = ruler.width(flow, size)
    full = room * LINES * _FILLED
    count = max(1, math.ceil(whole / full))
    if count > 1 and (cue.end - cue.start) / count < _BRIEF:
        smaller = max(_SHRUNK_MOST, full / whole)
        count = max(1, min(math.ceil(whole * smaller / full), int((cue.end - cue.start) / _BRIEF)))
    else:
        smaller = 1.0
    parts = _parts(flow, count, ruler)
    widths = [ruler.width(part, size) or 1.0 for part in parts]
    lines, at = [], cue.start
    for part, share in zip(parts, widths, strict=True):
        until = at + (cue.end - cue.start) * share / sum(widths)
        shown = breakable(part, ruler, size * smaller, room)
        lines.append(Line(start=at, end=until, text=shown, size=smaller))
        at = until
    return lines


def _checked(cues: Sequence[Cue]) -> list[Cue]:
    if len(cues) > MOST_CUES:
        raise BadParameter("cues", f"are {len(cues)}, at most {MOST_CUES} are drawn")
    for number, cue in enumerate(cues, 1):
        if not (math.isfinite(cue.start) and math.isfinite(cue.end) and 0 <= cue.start <= cue.end):
            raise BadParameter("cues", f"must end after they begin; number {number} does not")
        if len(cue.text) > MOST_TEXT:
            raise BadParameter("cues", f"have at most {MOST_TEXT} characters; number {number} has {len(cue.text)}")
    kept = [Cue(cue.start, cue.end, plain(cue.text)) for cue in cues]
    return sorted((cue for cue in kept if cue.text), key=lambda cue: (cue.start, cue.end))


def _shown(cues: Sequence[Cue], seconds: float) -> list[Cue]:
    """The cues that begin within the clip; where one runs a moment into the next, it gives way."""
    kept = [cue for cue in cues if cue.start < seconds and cue.end > cue.start]
    for at, (cue, after) in enumerate(pairwise(kept)):
        if cue.start < after.start < cue.end <= after.start + _TOUCHING:
            kept[at] = Cue(cue.start, after.start, cue.text)
    return kept


def _flowing(text: str) -> str:
    """Lines as one: with a space between them, where the script has any."""
    flow = ""
    for line in text.split("\n"):
        tight = flow and line and len(pieces(flow[-1] + line[0])) > 1
        flow += line if not flow or tight else f" {line}"
    return flow


def _parts(flow: str, count: int, ruler: Ruler) -> list[str]:
    """The text cut between words into `count` parts of about the same width, or fewer."""
    if count == 1:
        return [flow]
    goal = ruler.width(flow, 100) / count
    parts: list[str] = []
    held = 0.0
    for piece in pieces(flow):
        wide = ruler.width(piece, 100)
        if not parts or (held + wide / 2 > goal and len(parts) < count):
            parts.append("")
            held = 0.0
        parts[-1] += piece
        held += wide
    return [part.strip() for part in parts if part.strip()]


def _look(style: Style, video: VideoTrack) -> Look:
    size = max(_SMALLEST, min(video.shown_width, video.shown_height) * _SHARE) * style.size
    return Look(
        size=size,
        colour=style.colour,
        rim_colour=style.rim_colour,
        rim=max(0.7, size * style.rim),
        shadow=size * style.shadow,
        bold=style.bold,
    )


def _place(video: VideoTrack) -> Place:
    upright = video.shown_height > video.shown_width
    side = round(video.shown_width * _SIDES)
    return Place(left=side, right=side, vertical=round(video.shown_height * (_BOTTOM_UPRIGHT if upright else _BOTTOM)))
