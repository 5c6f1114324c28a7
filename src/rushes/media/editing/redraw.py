"""A clip whose picture goes through filters and whose sound stays as it is: one ffmpeg run, from file to file.

What players do when they show a clip is done first: it is turned upright (ffmpeg does that by itself) and its pixels
are made square. Frame times are kept one by one, so a varying rate stays varying.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct

from rushes.media.editing.ffmpeg import Report, reading, run, whole
from rushes.media.editing.source import Source, VideoTrack
from rushes.media.editing.writing import changes, mp4, picture_arguments

_COPIED = ("aac", "mp3", "mp3float", "ac3", "eac3", "alac", "opus", "libopus", "flac")
"""Sound that an MP4 holds as it is, by its decoder's name."""
_WHITE = {"smpte2084": 0.58, "arib-std-b67": 0.75}
"""The signal of white paper in pictures of high dynamic range: ITU-R BT.2408, table 1. Full signal would dazzle."""


class BadParameter(ValueError):
    """A parameter cannot be meant; the message may be shown. `field` is its name."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field} {message}")
        self.field = field


class Over(Struct, frozen=True):
    """A second file laid over the picture: the arguments that open it, the filter that joins the two."""

    opening: Sequence[str]
    joined: str


def redraw(
    source: Source, filters: Sequence[str], *, target: Path, folder: Path, report: Report, over: Over | None = None
) -> tuple[str, ...]:
    """Write `source` with its picture through a chain of filters to the MP4 `target`; what to tell of it.

    Files that filters name lie in `folder`, where ffmpeg runs. Raises EditFailed, and UnreadableMedia where there is
    no picture.
    """
    video = source.picture
    graph = f"[0:{video.index}]{','.join(filters) or 'null'}"
    if over is not None:
        graph += f"[under];[under][1:v]{over.joined}"
    maps = ["[picture]", *(f"0:{track.index}" for track in source.audio[:1])]
    written = mp4(target.resolve(), *maps, picture=picture_arguments(video))
    if source.audio and source.audio[0].codec in _COPIED:
        # The last word counts: after the encoder's name, before the file's.
        written[-1:-1] = ["-c:a", "copy"]
    arguments = [
        *reading(source.path.resolve(), source.demuxer), *(over.opening if over is not None else ()),
        "-filter_complex", f"{graph}[picture]", *written,
    ]  # fmt: skip
    with whole(target):
        run(arguments, seconds=source.duration, report=report, folder=folder)
    return changes(source)


def square(video: VideoTrack) -> list[str]:
    """Filters that make the pixels square, so that the picture has the size it is shown at."""
    if video.sar == 1:
        return []
    return [f"scale={video.shown_width}:{video.shown_height}:flags=bicubic", "setsar=1"]


def even(video: VideoTrack) -> list[str]:
    """Filters that make both sides of the picture as shown even, as the encoder needs it: an odd one loses a pixel."""
    width, height = video.shown_width, video.shown_height
    wide, high = width - width % 2, height - height % 2
    if min(wide, high) < 2:
        return [f"scale={max(2, wide)}:{max(2, high)}:flags=neighbor", "setsar=1"]
    return [f"crop={wide}:{high}:0:0"] if (wide, high) != (width, height) else []


def paper(video: VideoTrack) -> float:
    """The share of full brightness at which white is drawn into this picture."""
    return _WHITE.get(video.color.transfer, 1.0)


def ordinary(video: VideoTrack) -> list[str]:
    """Filters that bring a picture of high dynamic range to the ordinary one (BT.709), for formats that have no other.

    As ffmpeg's manual shows it (ffmpeg-filters.html, "tonemap").
    """
    if not video.color.hdr:
        return []
    told = f"tin={video.color.transfer}:min={video.color.matrix or 'bt2020nc'}:pin={video.color.primaries or 'bt2020'}"
    return [
        f"zscale={told}:rin={'full' if video.color.range == 'pc' else 'limited'}:t=linear:npl=203",
        "format=gbrpf32le", "zscale=p=bt709", "tonemap=tonemap=mobius:desat=0",
        "zscale=t=bt709:m=bt709:r=limited", "format=yuv420p",
    ]  # fmt: skip
