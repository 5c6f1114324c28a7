"""A clip as an animated GIF: one palette made for it, everything in one graph.

ffmpeg-filters.html: "palettegen", "paletteuse". The palette is known only at the end, so the frames wait in memory
until then: that is why their number is limited.
"""

from __future__ import annotations

import math
from pathlib import Path

from rushes.media.editing.ffmpeg import Report, reading, run, whole
from rushes.media.editing.redraw import BadParameter, ordinary
from rushes.media.editing.source import Source

WIDTH, FPS = 480, 10.0
"""What is meant where nothing is said."""
_WIDTHS, _RATES = (16, 1280), (1.0, 50.0)
"""Players show faster GIFs at ten frames a second."""
_MOST_FRAMES, _MOST_HELD = 3000, 160_000_000
"""Frames, and pixels of them all: 240 MB while they wait."""


def gif(
    source: Source, *, width: int | None = None, fps: float | None = None, start: float = 0.0, end: float | None = None,
    target: Path, folder: Path, report: Report,
) -> tuple[str, ...]:  # fmt: skip
    """Write the clip from `start` to `end` (seconds; None: to its end) as a GIF that repeats for ever.

    width in pixels; the height follows. A picture is never enlarged. Raises BadParameter where numbers are out of
    range or the GIF would be too long, UnreadableMedia, EditFailed.
    """
    video = source.picture
    rate = FPS if fps is None else fps
    if not (math.isfinite(rate) and _RATES[0] <= rate <= _RATES[1]):
        raise BadParameter("fps", f"must be {_RATES[0]:g} to {_RATES[1]:g}, got {rate:g}")
    asked = WIDTH if width is None else width
    if not _WIDTHS[0] <= asked <= _WIDTHS[1]:
        raise BadParameter("width", f"must be {_WIDTHS[0]} to {_WIDTHS[1]}, got {asked}")
    if not (math.isfinite(start) and 0 <= start < video.duration):
        raise BadParameter("start", f"must be 0 to {video.duration:.2f} seconds, before the end, got {start:g}")
    if end is not None and not (math.isfinite(end) and end > start):
        raise BadParameter("end", f"must be after start, got {end:g}")
    seconds = min(video.duration, end if end is not None else math.inf) - start
    wide = min(asked, video.shown_width)
    high = max(1, round(video.shown_height * wide / video.shown_width))
    frames = min(_MOST_FRAMES, _MOST_HELD // (wide * high))
    if seconds * rate > frames:
        raise BadParameter(
            "width", f"{wide} and fps {rate:g} allow {frames / rate:.0f} seconds, not {seconds:.0f}; "
            "choose a start and an end, a smaller width or fewer fps",
        )  # fmt: skip
    part = (["-ss", f"{start:.6f}"] if start else []) + ["-t", f"{seconds:.6f}"]
    # Few frames a second: those that fall away are not scaled.
    graph = (
        f"[0:{video.index}]fps={rate:.6g},{_chain(source, wide, high)},split[seen][counted];"
        "[counted]palettegen=stats_mode=diff[palette];"
        "[seen][palette]paletteuse=dither=bayer:bayer_scale=3:diff_mode=rectangle[picture]"
    )
    arguments = [
        *reading(source.path.resolve(), source.demuxer, *part), "-filter_complex", graph, "-map", "[picture]",
        "-loop", "0", "-f", "gif", f"file:{target.resolve()}",
    ]  # fmt: skip
    with whole(target):
        run(arguments, seconds=seconds, report=report, folder=folder)
    return () if wide == asked else (f"the video is {wide} pixels wide, and so is the GIF",)


def _chain(source: Source, wide: int, high: int) -> str:
    return ",".join([*ordinary(source.picture), f"scale={wide}:{high}:flags=lanczos", "setsar=1"])
