"""A mark over a whole clip: words, or a picture."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from rushes.media.editing.ffmpeg import Report, reading
from rushes.media.editing.fonts import faces
from rushes.media.editing.lines import Ruler, breakable
from rushes.media.editing.overlay import POSITIONS, coloured, draw, lettered, placed, sized, worded
from rushes.media.editing.redraw import BadParameter, Over, even, paper, redraw, square
from rushes.media.editing.script import Line
from rushes.media.editing.source import Source, VideoTrack
from rushes.media.editing.writing import keeps_hdr, losses
from rushes.media.probe import UnreadableMedia

_KINDS = ("PNG", "JPEG", "WEBP")
_MOST_PIXELS = 8192 * 8192
_MARGIN = 0.03
_NAME = "mark.png"


def watermark_text(
    source: Source, *, text: str, position: str = "bottom-right", opacity: float = 0.7, font_size: float | None = None,
    color: str = "white", fonts: Path | None, target: Path, folder: Path, report: Report,
) -> tuple[str, ...]:  # fmt: skip
    """Draw words over the whole clip. opacity: 0 to 1; the rest as in `text_overlay`.

    Raises BadParameter, UnreadableMedia, EditFailed.
    """
    video = source.picture
    words, size = worded(text), sized(font_size, video)
    place, room = placed(position, video)
    red, green, blue, alpha = coloured(color)
    look = lettered(size, (red, green, blue, round(alpha * _share("opacity", opacity))))
    known = faces(fonts, folder)
    line = Line(start=0, end=video.duration + 1, text=breakable(words, Ruler(known), size, room))
    return draw(source, line, look, place, known=known, target=target, folder=folder, report=report)


def watermark_image(
    source: Source, *, image: Path, position: str = "bottom-right", opacity: float = 1.0, scale: float = 0.15,
    margin: float = _MARGIN, target: Path, folder: Path, report: Report,
) -> tuple[str, ...]:  # fmt: skip
    """Lay a PNG, JPEG or WebP, judged before by `media.checks`, over the whole clip.

    scale: its width as a share of the video's, 0.01 to 1; it is made smaller where it would be too high. margin: from
    the edges, as a share of the short side. Of an animated picture the first frame is taken. Raises BadParameter,
    UnreadableMedia, EditFailed.
    """
    video = source.picture
    if position not in POSITIONS:
        raise BadParameter("position", f"must be one of {', '.join(POSITIONS)}, got {position[:40]!r}")
    if not 0.01 <= scale <= 1:
        raise BadParameter("scale", f"must be 0.01 to 1, got {scale:g}")
    if not 0 <= margin <= 0.4:
        raise BadParameter("margin", f"must be 0 to 0.4, got {margin:g}")
    edge = round(min(video.shown_width, video.shown_height) * margin)
    mark = _prepared(image, video, _share("opacity", opacity), scale, edge)
    mark.save(folder / _NAME)
    across, down = (POSITIONS[position] - 1) % 3, (POSITIONS[position] - 1) // 3
    x = (edge, (video.shown_width - mark.width) // 2, video.shown_width - mark.width - edge)[across]
    y = (video.shown_height - mark.height - edge, (video.shown_height - mark.height) // 2, edge)[down]
    joined = f"overlay=x={x}:y={y}:format={'yuv420p10' if keeps_hdr(video) else 'yuv420'}"
    over = Over(reading(folder.resolve() / _NAME, "png_pipe"), ",".join([joined, *even(video)]))
    told = redraw(source, square(video), target=target, folder=folder, report=report, over=over)
    return told + losses(video)


def _prepared(path: Path, video: VideoTrack, opacity: float, scale: float, edge: int) -> Any:
    """The picture as it is laid on: upright, in its final size, opacity and brightness, RGBA."""
    from PIL import Image, ImageOps

    try:
        with Image.open(path, formats=_KINDS) as opened:
            if opened.width * opened.height > _MOST_PIXELS:
                raise UnreadableMedia("the image has too many pixels")
            image: Any = ImageOps.exif_transpose(opened.convert("RGBA"))
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise UnreadableMedia("the image cannot be read") from error
    wide = max(1.0, video.shown_width * scale)
    factor = min(
        wide / image.width, max(1, video.shown_height - 2 * edge) / image.height,
        max(1, video.shown_width - 2 * edge) / image.width,
    )  # fmt: skip
    size = (max(1, round(image.width * factor)), max(1, round(image.height * factor)))
    image = image.resize(size, Image.Resampling.LANCZOS)
    bright = paper(video)
    bands = image.split()
    return Image.merge("RGBA", (*(band.point(lambda value: round(value * bright)) for band in bands[:3]),
                                bands[3].point(lambda value: round(value * opacity))))  # fmt: skip


def _share(name: str, value: float) -> float:
    if not (math.isfinite(value) and 0 <= value <= 1):
        raise BadParameter(name, f"must be 0 to 1, got {value:g}")
    return value
