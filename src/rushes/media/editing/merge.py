"""Clips one behind the other: copied where they match, else made to match the first one."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

from msgspec import Struct

from rushes.media.editing.ffmpeg import EditFailed, Report, reading, run, whole
from rushes.media.editing.joining import copied_merge
from rushes.media.editing.nal import NotPlain
from rushes.media.editing.sounding import shape_for
from rushes.media.editing.source import Source, VideoTrack
from rushes.media.editing.writing import changes, keeps_hdr, mp4, picture_arguments

log = logging.getLogger(__name__)

MOST_CLIPS = 20
_FASTEST = Fraction(60)
_FLUENT = Fraction(30)
"""At least so many frames a second where rates differ or vary: times then move by half of a 30th at most."""
_TO_SDR = (
    "zscale=t=linear:npl=203,format=gbrpf32le,zscale=p=bt709,tonemap=mobius:desat=0,"
    "zscale=t=bt709:m=bt709:r=tv,format=yuv420p"
)
"""HDR as standard pictures; 203 cd/m² is white in ITU-R BT.2408."""


class Shape(Struct, frozen=True, kw_only=True):
    """What all clips are made to match. width, height: even, square pixels. hdr: ten bits and the first one's tags."""

    width: int
    height: int
    rate: Fraction
    hdr: bool


def merge(sources: Sequence[Source], target: Path, folder: Path, report: Report) -> tuple[str, ...]:
    """Write 2 to 20 clips one behind the other to an MP4; warnings.

    The first clip gives the size; others are fitted into it, with black edges where their shape differs. A clip
    without sound is silent for its length. Raises EditFailed and UnreadableMedia.
    """
    if not 2 <= len(sources) <= MOST_CLIPS:
        raise EditFailed(f"2 to {MOST_CLIPS} clips can be merged, got {len(sources)}")
    import av

    with whole(target):
        try:
            copied_merge(sources, target, report)
        except (NotPlain, av.FFmpegError, ValueError) as reason:
            log.debug("encoding all of the clips", extra={"reason": str(reason)})
        else:
            return _said(sources)
        shape = shape_of([source.picture for source in sources])
        counts = [max(1, round(Fraction(source.picture.duration) * shape.rate)) for source in sources]
        arguments = [part for source in sources for part in reading(source.path, source.demuxer, "-threads", "2")]
        graph = ";".join(_graph(sources, shape, counts))
        maps = ["[v]", "[a]"] if any(source.audio for source in sources) else ["[v]"]
        best = next((source.picture for source in sources if keeps_hdr(source.picture)), sources[0].picture)
        picture = picture_arguments(best if shape.hdr else sources[0].picture)
        arguments += ["-filter_complex", graph, *mp4(target, *maps, picture=picture)]
        run(arguments, seconds=float(sum(counts) / shape.rate), report=report, folder=folder)
    return _said(sources) + _matched(sources, shape)


def shape_of(videos: Sequence[VideoTrack]) -> Shape:
    """The size of the first, a rate that suits all; HDR only where all of them are."""
    rates = {video.fps for video in videos}
    rate = max(rates)
    if len(rates) > 1 or not all(video.constant for video in videos):
        rate = max(rate, _FLUENT)
    wide, high = max(2, videos[0].shown_width // 2 * 2), max(2, videos[0].shown_height // 2 * 2)
    hdr = all(keeps_hdr(video) and video.color == videos[0].color for video in videos)
    return Shape(width=wide, height=high, rate=min(rate, _FASTEST) if len(rates) > 1 else rate, hdr=hdr)


def _graph(sources: Sequence[Source], shape: Shape, counts: Sequence[int]) -> list[str]:
    """Every clip becomes exactly so many frames, and as many samples as they last; then they are joined."""
    parts, joined = [], ""
    tracks = [source.audio[0] for source in sources if source.audio]
    rate, layout = shape_for(tracks) if tracks else (0, "")
    places = [0, *(round(sum(counts[: number + 1]) / shape.rate * rate) for number in range(len(counts)))]
    for number, (source, count) in enumerate(zip(sources, counts, strict=True)):
        picture = ",".join(_picture(source.picture, shape, count))
        parts.append(f"[{number}:{source.picture.index}]{picture}[v{number}]")
        joined += f"[v{number}]"
        if tracks:
            samples = places[number + 1] - places[number]
            parts.append(f"{_sound(number, source, rate, layout, samples)}[a{number}]")
            joined += f"[a{number}]"
    parts.append(f"{joined}concat=n={len(sources)}:v=1:a={int(bool(tracks))}[v]{'[a]' if tracks else ''}")
    return parts


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
        filters.append(f"scale=in_color_matrix={_matrix(video)}:out_color_matrix=bt709:out_range=tv")
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


def _said(sources: Sequence[Source]) -> tuple[str, ...]:
    said = dict.fromkeys(warning for source in sources for warning in changes(source))
    silent = [str(number) for number, source in enumerate(sources, 1) if not source.audio]
    if silent and len(silent) < len(sources):
        said[f"without sound, and silent in the result: clip {', '.join(silent)}"] = None
    return tuple(said)


def _matched(sources: Sequence[Source], shape: Shape) -> tuple[str, ...]:
    said = []
    videos = [source.picture for source in sources]
    if len({(video.shown_width, video.shown_height) for video in videos}) > 1:
        said.append(f"all clips were fitted into the first one's size, {shape.width}x{shape.height}")
    if len({video.fps for video in videos}) > 1 or not all(video.constant for video in videos):
        said.append(f"the frame rates differed: the result has {float(shape.rate):g} frames a second")
    if any(video.color.hdr for video in videos) and not shape.hdr:
        said.append("pictures in HDR were turned into standard ones, as not all clips are alike")
    return tuple(said)
