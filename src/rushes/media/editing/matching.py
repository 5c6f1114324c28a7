"""Clips made to match the first one's picture and one sound, and encoded one behind the other."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

from msgspec import Struct

from rushes.media.editing.ffmpeg import Report, reading, run
from rushes.media.editing.sounding import shape_for
from rushes.media.editing.source import Source, VideoTrack
from rushes.media.editing.writing import keeps_hdr, mp4, picture_arguments

_FASTEST = Fraction(60)
_FLUENT = Fraction(30)
"""At least so many frames a second where rates differ or vary: times then move by half of a 30th at most."""
_TO_SDR = (
    "zscale=t=linear:npl=203,format=gbrpf32le,zscale=p=bt709,tonemap=mobius:desat=0,"
    "zscale=t=bt709:m=bt709:r=tv,format=yuv420p,scale=out_chroma_loc=left"
)
"""HDR as standard pictures; 203 cd/m² is white in ITU-R BT.2408."""


class Shape(Struct, frozen=True, kw_only=True):
    """What all clips are made to match. width, height: even, square pixels. hdr: ten bits and the first one's tags."""

    width: int
    height: int
    rate: Fraction
    hdr: bool


def shape_of(videos: Sequence[VideoTrack]) -> Shape:
    """The size of the first, a rate that suits all; HDR only where all of them are."""
    rates = {video.fps for video in videos}
    rate = max(rates)
    if len(rates) > 1 or not all(video.constant for video in videos):
        rate = max(rate, _FLUENT)
    wide, high = max(2, videos[0].shown_width // 2 * 2), max(2, videos[0].shown_height // 2 * 2)
    hdr = all(keeps_hdr(video) and video.color == videos[0].color for video in videos)
    return Shape(width=wide, height=high, rate=min(rate, _FASTEST) if len(rates) > 1 else rate, hdr=hdr)


class Matching:
    """Clips that are to match: every one becomes exactly so many frames, and as many samples as they last."""

    def __init__(self, sources: Sequence[Source], shape: Shape) -> None:
        self.sources, self._shape = sources, shape
        self._counts = [max(1, round(Fraction(source.picture.duration) * shape.rate)) for source in sources]
        tracks = [source.audio[0] for source in sources if source.audio]
        self._sounding = bool(tracks)
        self._rate, self._layout = shape_for(tracks) if tracks else (0, "")
        best = next((source.picture for source in sources if keeps_hdr(source.picture)), sources[0].picture)
        self._coded = picture_arguments(best if shape.hdr else sources[0].picture)

    def frames(self, group: range) -> int:
        return sum(self._counts[number] for number in group)

    def write(self, group: range, target: Path, folder: Path, report: Report) -> None:
        """Encode some of the clips, one behind the other. Raises EditFailed."""
        opened = [self.sources[number] for number in group]
        arguments = [part for source in opened for part in reading(source.path, source.demuxer, "-threads", "2")]
        maps = ["[v]", "[a]"] if self._sounding else ["[v]"]
        arguments += ["-filter_complex", ";".join(self._graph(group)), *mp4(target, *maps, picture=self._coded)]
        run(arguments, seconds=float(self.frames(group) / self._shape.rate), report=report, folder=folder)

    def _graph(self, group: range) -> list[str]:
        parts, joined = [], ""
        for place, number in enumerate(group):
            source = self.sources[number]
            picture = ",".join(_picture(source.picture, self._shape, self._counts[number]))
            parts.append(f"[{place}:{source.picture.index}]{picture}[v{place}]")
            joined += f"[v{place}]"
            if self._sounding:
                samples = self._samples(range(group.start, number + 1)) - self._samples(range(group.start, number))
                parts.append(f"{_sound(place, source, self._rate, self._layout, samples)}[a{place}]")
                joined += f"[a{place}]"
        made = f"n={len(group)}:v=1:a={int(self._sounding)}[v]{'[a]' if self._sounding else ''}"
        return [*parts, f"{joined}concat={made}"]

    def _samples(self, group: range) -> int:
        return round(self.frames(group) / self._shape.rate * self._rate)


def _picture(video: VideoTrack, shape: Shape, count: int) -> list[str]:
    size = f"{shape.width}:{shape.height}"
    filters = [f"setpts='round(PTS-{video.start:.6f}/TB)'", f"fps={shape.rate}:start_time=0"]
    if video.color.hdr and not shape.hdr:
        filters.append(_TO_SDR)
    if (video.shown_width, video.shown_height) != (shape.width, shape.height) or video.sar != 1:
        filters += [
            f"scale={size}:force_original_aspect_ratio=decrease:force_divisible_by=1:reset_sar=1:flags=bicubic",
            f"pad={size}:-1:-1",
        ]
    if not shape.hdr and not video.color.hdr:
        filters.append(
            f"scale=in_color_matrix={_matrix(video)}:out_color_matrix=bt709:out_range=tv:out_chroma_loc=left"
        )
        filters.append("setparams=colorspace=bt709:color_primaries=bt709:color_trc=bt709:range=tv")
    # The last frame is held where the rate's grid asks for one more.
    held = f"tpad=stop_mode=clone:stop_duration={float(2 / shape.rate):.6f}"
    return [
        *filters,
        "setsar=1",
        f"format={'yuv420p10le' if shape.hdr else 'yuv420p'}",
        held,
        f"trim=end_frame={count}",
    ]


def _matrix(video: VideoTrack) -> str:
    """What the numbers mean; what does not say it is taken as players take it, by its size."""
    known = video.color.matrix if video.color.matrix in ("bt709", "smpte170m", "bt470bg", "fcc", "smpte240m") else ""
    return known or ("bt709" if video.height >= 720 else "smpte170m")


def _sound(number: int, source: Source, rate: int, layout: str, samples: int) -> str:
    shaped = f"aformat=sample_fmts=fltp:sample_rates={rate}:channel_layouts={layout}"
    if not source.audio:
        return f"anullsrc=r={rate}:cl={layout},{shaped},atrim=end_sample={samples}"
    begin = f"asetpts='round(PTS-{source.picture.start:.6f}/TB)',aresample={rate}:async=1:first_pts=0"
    return f"[{number}:{source.audio[0].index}]{begin},{shaped},apad,atrim=end_sample={samples}"
