"""Cutting a clip's picture down to a part of it, and bringing it to another size."""

from __future__ import annotations

from pathlib import Path

from msgspec import structs

from rushes.media.editing.ffmpeg import Report
from rushes.media.editing.redraw import BadParameter, redraw, square
from rushes.media.editing.source import Source, VideoTrack
from rushes.media.editing.writing import losses
from rushes.media.edits import PRESETS

SMALLEST, LARGEST = 16, 4096
"""Sides of what comes out, in pixels: H.264 decoders promise no more than 4096."""


def crop(
    source: Source, *, x: int, y: int, width: int, height: int, target: Path, folder: Path, report: Report
) -> tuple[str, ...]:
    """Keep the part of the picture that begins at x, y and has this size, in pixels as it is shown.

    Raises BadParameter where the part leaves the picture, UnreadableMedia, EditFailed.
    """
    video = source.picture
    for name, value, at, size in (("x", x, x, video.shown_width), ("y", y, y, video.shown_height)):
        if not 0 <= at < size:
            raise BadParameter(name, f"must be 0 to {size - 1}, got {value}")
    for name, value, room in (("width", width, video.shown_width - x), ("height", height, video.shown_height - y)):
        if not 2 <= value <= room:
            if room < 2:
                raise BadParameter(name, f"must be at least 2, and only {room} are there")
            raise BadParameter(name, f"must be 2 to {room}, so that the part lies within the picture, got {value}")
    wide, high = width - width % 2, height - height % 2
    # exact: else the place is rounded to where the halved colours begin.
    part = f"crop={wide}:{high}:{x}:{y}:exact=1"
    told = redraw(source, [*square(video), part], target=target, folder=folder, report=report)
    return told + _told(video, (width, height), (wide, high))


def resize(
    source: Source, *, width: int | None = None, height: int | None = None, preset: str | None = None,
    target: Path, folder: Path, report: Report,
) -> tuple[str, ...]:  # fmt: skip
    """Bring the picture to a size: fitted whole into it, black where it does not reach.

    preset: one of PRESETS, instead of width and height. With one side alone the other follows from the picture.
    Odd sizes are rounded down. Raises BadParameter, UnreadableMedia, EditFailed.
    """
    video = source.picture
    asked = _asked(width, height, preset, video.shown_width / video.shown_height)
    wide, high = asked[0] - asked[0] % 2, asked[1] - asked[1] % 2
    factor = min(wide / video.shown_width, high / video.shown_height)
    inner = [max(2, min(room, round(side * factor / 2) * 2)) for side, room in
             ((video.shown_width, wide), (video.shown_height, high))]  # fmt: skip
    chain = [f"scale={inner[0]}:{inner[1]}:flags=bicubic", "setsar=1"]
    if inner != [wide, high]:
        # Even margins, else the colours would slip against the brightness.
        left, top = (wide - inner[0]) // 4 * 2, (high - inner[1]) // 4 * 2
        chain.append(f"pad={wide}:{high}:{left}:{top}:color=black")
    told = redraw(source, chain, target=target, folder=folder, report=report)
    return told + _told(video, asked, (wide, high))


def _told(video: VideoTrack, asked: tuple[int, int], made: tuple[int, int]) -> tuple[str, ...]:
    # The clip's own sides do not matter: the result has others.
    told = losses(structs.replace(video, width=2, height=2))
    if asked == made:
        return told
    return (*told, f"sides must be even: the result has {made[0]}x{made[1]} pixels instead of {asked[0]}x{asked[1]}")


def _asked(width: int | None, height: int | None, preset: str | None, ratio: float) -> tuple[int, int]:
    if preset is not None:
        if width is not None or height is not None:
            raise BadParameter("preset", "and width or height exclude each other")
        if preset not in PRESETS:
            raise BadParameter("preset", f"must be one of {', '.join(PRESETS)}, got {preset[:40]!r}")
        return PRESETS[preset]
    if width is None and height is None:
        raise BadParameter("width", "and height, or a preset, are needed")
    for name, side in (("width", width), ("height", height)):
        if side is not None and not SMALLEST <= side <= LARGEST:
            raise BadParameter(name, f"must be {SMALLEST} to {LARGEST}, got {side}")
    if width is not None and height is not None:
        return width, height
    # The side that was left open: nearest even number, within what is possible.
    wide = width if width is not None else _open(float(height or 0) * ratio)
    high = height if height is not None else _open(float(width or 0) / ratio)
    return wide, high


def _open(side: float) -> int:
    return min(LARGEST, max(SMALLEST, round(side / 2) * 2))
