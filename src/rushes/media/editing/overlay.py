"""Text over a clip, for as long as it is wanted."""

from __future__ import annotations

import math
import re
from pathlib import Path

from rushes.media.editing.ffmpeg import Report
from rushes.media.editing.fonts import Face, faces
from rushes.media.editing.lines import Ruler, breakable
from rushes.media.editing.redraw import BadParameter, even, paper, redraw, square
from rushes.media.editing.script import Colour, Line, Look, Place, Sheet, clean, drawing
from rushes.media.editing.source import Source, VideoTrack
from rushes.media.editing.writing import losses

POSITIONS = {
    "top-left": 7, "top": 8, "top-right": 9, "left": 4, "center": 5, "right": 6,
    "bottom-left": 1, "bottom": 2, "bottom-right": 3,
}  # fmt: skip
"""Places by name, and where they are on a keypad of numbers."""
MOST_TEXT = 2_000
SMALLEST, LARGEST = 6, 1000
_MARGIN = 0.05
"""Of the picture's sides, that stay free."""
_SHARE = 0.06
"""Letters' height as a share of the short side, where nobody says it."""
_RIM = 0.06
_LEADING = 1.2
"""From line to line, in ems, at least."""
_HEX = re.compile(r"#(?:[0-9A-Fa-f]{3,4}|[0-9A-Fa-f]{6}|[0-9A-Fa-f]{8})")


def text_overlay(
    source: Source, *, text: str, position: str | tuple[int, int] = "bottom", font_size: float | None = None,
    color: str = "white", start_time: float = 0.0, end_time: float | None = None,
    fonts: Path | None, target: Path, folder: Path, report: Report,
) -> tuple[str, ...]:  # fmt: skip
    """Draw `text` over the picture from start_time to end_time (seconds; None: to its end).

    position: one of POSITIONS, or the pixel x, y of its upper left corner. font_size: of an em, in pixels as the
    picture is shown. color: a name of CSS or #rgb, #rrggbb, #rrggbbaa. fonts: a folder of fonts. Long lines are
    wrapped. Raises BadParameter, UnreadableMedia, EditFailed.
    """
    video = source.picture
    words = worded(text)
    size = sized(font_size, video)
    start, end = _times(start_time, end_time, video)
    place, room = placed(position, video)
    known = faces(fonts, folder)
    ruler, look = Ruler(known), lettered(size, coloured(color))
    rows = sum(max(1, math.ceil(ruler.width(row, size) / room)) for row in words.split("\n"))
    high = video.shown_height - (place.at[1] if place.at else 0)
    told = ("the text is higher than the picture: part of it cannot be seen",) if rows * size * _LEADING > high else ()
    line = Line(start=start, end=end, text=breakable(words, ruler, size, room))
    return told + draw(source, line, look, place, known=known, target=target, folder=folder, report=report)


def draw(
    source: Source,
    line: Line,
    look: Look,
    place: Place,
    *,
    known: tuple[Face, ...],
    target: Path,
    folder: Path,
    report: Report,
) -> tuple[str, ...]:
    """Write the clip with one text over it."""
    video = source.picture
    sheet = Sheet(width=video.shown_width, height=video.shown_height, look=look, place=place, lines=[line])
    drawn, lacking = drawing(sheet, known, folder, paper(video))
    chain = [*square(video), drawn, *even(video)]
    return redraw(source, chain, target=target, folder=folder, report=report) + losses(video) + lacking


def worded(text: str) -> str:
    """The text as it can be drawn. Raises BadParameter for one that is empty or too long."""
    words = clean(text)
    if not words.strip():
        raise BadParameter("text", "must not be empty")
    if len(words) > MOST_TEXT:
        raise BadParameter("text", f"has {len(words)} characters, at most {MOST_TEXT} are drawn")
    return words


def sized(size: float | None, video: VideoTrack) -> float:
    """The letters' size in pixels. Raises BadParameter."""
    if size is None:
        return max(float(SMALLEST), min(video.shown_width, video.shown_height) * _SHARE)
    if not (math.isfinite(size) and SMALLEST <= size <= LARGEST):
        raise BadParameter("font_size", f"must be {SMALLEST} to {LARGEST} pixels, got {size:g}")
    return float(size)


def placed(position: str | tuple[int, int], video: VideoTrack) -> tuple[Place, float]:
    """Where that is in this picture, and how wide a line may be there. Raises BadParameter."""
    width, height = video.shown_width, video.shown_height
    if isinstance(position, str):
        if position not in POSITIONS:
            raise BadParameter("position", f"must be one of {', '.join(POSITIONS)} or x and y, got {position[:40]!r}")
        side, edge = round(width * _MARGIN), round(height * _MARGIN)
        return Place(alignment=POSITIONS[position], left=side, right=side, vertical=edge), width - 2.0 * side
    for name, at, most in (("x", position[0], width), ("y", position[1], height)):
        if not 0 <= at < most:
            raise BadParameter(name, f"must be 0 to {most - 1}, got {at}")
    # The right margin ends the lines: from the point to the picture's edge.
    return Place(alignment=7, right=position[0], at=position), float(width - position[0])


def coloured(color: str) -> Colour:
    """A colour by its name in CSS or its digits. Raises BadParameter."""
    from PIL import ImageColor

    name = color.strip().lower()
    known = ImageColor.colormap.get(name, name if _HEX.fullmatch(name) else None)
    if known is None:
        raise BadParameter("color", f"must be a colour's name or #rrggbb or #rrggbbaa, got {color[:40]!r}")
    red, green, blue, *alpha = ImageColor.getrgb(known if isinstance(known, str) else name)
    return red, green, blue, alpha[0] if alpha else 255


def lettered(size: float, colour: Colour) -> Look:
    """Letters of this size and colour with a rim that sets them off: dark around light ones, light around dark ones."""
    red, green, blue, alpha = colour
    light = 0.299 * red + 0.587 * green + 0.114 * blue > 96
    rim = (0, 0, 0, alpha) if light else (255, 255, 255, alpha)
    return Look(size=size, colour=colour, rim_colour=rim, rim=max(1.0, size * _RIM))


def _times(start: float, end: float | None, video: VideoTrack) -> tuple[float, float]:
    if not (math.isfinite(start) and 0 <= start < video.duration):
        raise BadParameter("start_time", f"must be 0 to {video.duration:.2f} seconds, before the end, got {start:g}")
    if end is None:
        return start, video.duration + 1
    if not (math.isfinite(end) and end > start):
        raise BadParameter("end_time", f"must be after start_time, got {end:g}")
    return start, end
