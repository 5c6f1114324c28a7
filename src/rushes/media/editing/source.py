"""What an edit works on: a file's tracks, measured packet by packet before anything is decoded at length.

Headers lie, are cut off, or say nothing; an edit needs to know which frames are there, and that they are not too many.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from pathlib import Path
from typing import Any

from msgspec import Struct

from rushes.media.editing.ends import is_cut_off
from rushes.media.editing.ffmpeg import MOST_PIXELS
from rushes.media.editing.timing import PROBED, Scan, open_packets, rate_of, scan
from rushes.media.probe import UnreadableMedia
from rushes.media.sniff import HEAD, sniff
from rushes.processors import threads

LONGEST_SIDE = 8192
_INDEXED = "mov"
_HDR = ("smpte2084", "arib-std-b67")
_PRIMARIES = {1: "bt709", 4: "bt470m", 5: "bt470bg", 6: "smpte170m", 7: "smpte240m", 8: "film", 9: "bt2020",
              10: "smpte428", 11: "smpte431", 12: "smpte432", 22: "ebu3213"}  # fmt: skip
_TRANSFERS = {1: "bt709", 4: "gamma22", 5: "gamma28", 6: "smpte170m", 7: "smpte240m", 8: "linear", 11: "iec61966-2-4",
              13: "iec61966-2-1", 14: "bt2020-10", 15: "bt2020-12", 16: "smpte2084", 17: "smpte428",
              18: "arib-std-b67"}  # fmt: skip
_MATRICES = {0: "rgb", 1: "bt709", 4: "fcc", 5: "bt470bg", 6: "smpte170m", 7: "smpte240m", 8: "ycgco", 9: "bt2020nc",
             10: "bt2020c"}  # fmt: skip
_RANGES = {1: "tv", 2: "pc"}
"""ITU-T H.273's numbers by the names that ffmpeg's options take; the unspecified ones are left out."""


class Colour(Struct, frozen=True, kw_only=True):
    """What a picture's numbers mean, in ffmpeg's names; "" where the file does not say."""

    primaries: str = ""
    transfer: str = ""
    matrix: str = ""
    range: str = ""

    @property
    def hdr(self) -> bool:
        """Whether the brightness is coded for high dynamic range (PQ or HLG)."""
        return self.transfer in _HDR


class VideoTrack(Struct, frozen=True, kw_only=True):
    """A picture. index: among all streams. width, height: as coded; shown_…: turned, with square pixels.

    rotation: degrees clockwise by which players turn it. fps: a Fraction, on average. constant: one rate throughout.
    start, duration: seconds, from the file's beginning. frames: as counted.
    """

    index: int
    codec: str
    profile: str
    width: int
    height: int
    rotation: int
    shown_width: int
    shown_height: int
    sar: Fraction
    fps: Fraction
    constant: bool
    start: float
    duration: float
    frames: int
    pix_fmt: str
    bit_depth: int
    color: Colour


class AudioTrack(Struct, frozen=True, kw_only=True):
    """A sound. index: among all streams. start, duration: seconds, from the file's beginning."""

    index: int
    codec: str
    rate: int
    channels: int
    layout: str
    start: float
    duration: float


class Source(Struct, frozen=True, kw_only=True):
    """A file that can be edited. audio: the best track first. Seconds count from `begin` of the file's clock.

    early: an MP4 of which the index and the first PROBED bytes tell that this is 0; in one of fragments they need not.
    """

    path: Path
    demuxer: str
    mime: str
    size: int
    duration: float
    begin: float = 0.0
    early: bool = False
    video: VideoTrack | None = None
    audio: tuple[AudioTrack, ...] = ()

    @property
    def picture(self) -> VideoTrack:
        """The video track. Raises UnreadableMedia where there is none."""
        if self.video is None:
            raise UnreadableMedia("the file has no picture, only sound")
        return self.video


class Limits(Struct, frozen=True, kw_only=True):
    """What is accepted for an edit: bytes, seconds, pixels of a frame, frames in all."""

    max_bytes: int = 2_000_000_000
    max_seconds: float = 3600.0
    max_pixels: int = MOST_PIXELS
    max_frames: int = 432_000


def check(source: Source, limits: Limits) -> None:
    """Raises UnreadableMedia, with the limit that the file breaks."""
    if source.size > limits.max_bytes:
        raise UnreadableMedia(f"the file has {source.size} bytes, at most {limits.max_bytes} are accepted")
    if source.duration > limits.max_seconds:
        raise UnreadableMedia(
            f"the file is {source.duration:.1f} seconds long, at most {limits.max_seconds:g} are accepted"
        )
    if source.video is None:
        return
    video = source.video
    if video.width * video.height > limits.max_pixels:
        raise UnreadableMedia(
            f"the video has {video.width}x{video.height} pixels, at most {limits.max_pixels} are accepted"
        )
    if video.frames > limits.max_frames:
        raise UnreadableMedia(f"the video has {video.frames} frames, at most {limits.max_frames} are accepted")


def look(path: Path) -> Source:
    """Measure a file: one demuxer, no other file, every packet counted, one frame of each track decoded beside that.

    Raises UnreadableMedia, whose message says what is wrong: no bytes, no media, cut off, no track, too large.
    """
    size = path.stat().st_size
    if not size:
        raise UnreadableMedia("the file is empty")
    with path.open("rb") as file:
        found = sniff(file.read(HEAD))
    if found is None or not found.demuxer:
        raise UnreadableMedia("not a video or sound of a known kind (MP4, MOV, WebM, MKV, AVI, GIF, or sound)")
    if is_cut_off(path, found.mime):
        raise UnreadableMedia("the file is truncated: it ends before it says that it does")
    import av

    from rushes.media.editing.tasting import taste

    try:
        container, early = _opened(path, found.demuxer)
        with container, ThreadPoolExecutor(1) as aside:
            begin = (container.start_time or 0) / 1_000_000
            stream = _picture_stream(container)
            if stream is not None:
                _check_size(stream.codec_context.width, stream.codec_context.height)
            sounds = [one for one in container.streams.audio if one.codec_context is not None]
            if stream is None and not sounds:
                raise UnreadableMedia("the file has neither picture nor sound")
            tracks = [one for one in (stream, *sounds) if one is not None]
            # The file twice at the same time: codecs and demuxers work outside Python's lock.
            scanning = aside.submit(scan, path, found.demuxer, [one.index for one in tracks])
            frames = taste(container, tracks)
            scanned = scanning.result()
            first = {one.index: (scanned[one.index], frames.get(one.index)) for one in tracks}
            video = _video(stream, begin, *first[stream.index]) if stream is not None else None
            audio = _audio(sounds, begin, first)
    except (av.FFmpegError, ValueError, OSError) as error:
        raise UnreadableMedia("the file is damaged or incomplete") from error
    if video is None and not audio:
        raise UnreadableMedia("the file's sound cannot be decoded")
    ends = [track.start + track.duration for track in (video, *audio) if track is not None]
    return Source(
        path=path, demuxer=found.demuxer, mime=found.mime, size=size, duration=max(ends), begin=begin,
        early=early, video=video, audio=audio,
    )  # fmt: skip


def look_at(paths: Sequence[Path]) -> list[Source]:
    """Measure several files at the same time. Raises what `look` raises for the first of them that is bad."""
    with ThreadPoolExecutor(max(1, min(len(paths), threads()))) as pool:
        return list(pool.map(look, paths))


def _opened(path: Path, demuxer: str) -> tuple[Any, bool]:
    """The file, and whether it is `early`. Where it is not, all is looked through that ffmpeg looks through."""
    if not demuxer.startswith(_INDEXED):
        return open_packets(path, demuxer), False
    container = open_packets(path, demuxer, PROBED)
    # What begins before that does so by an edit list, which the index has.
    if container.start_time == 0:
        return container, True
    container.close()
    return open_packets(path, demuxer), False


def _picture_stream(container: Any) -> Any:
    """The first video stream that moves: cover art is none."""
    from av.stream import Disposition

    still = Disposition.attached_pic | Disposition.timed_thumbnails
    for stream in container.streams.video:
        if stream.codec_context is not None and not stream.disposition & still:
            return stream
    return None


def _check_size(width: int, height: int) -> None:
    if width * height > MOST_PIXELS or max(width, height) > LONGEST_SIDE:
        raise UnreadableMedia(f"the video has {width}x{height} pixels: more than 8192x4320")


def _video(stream: Any, begin: float, times: Scan, frame: Any) -> VideoTrack:
    if not times.points:
        raise UnreadableMedia("the video has no frames")
    if frame is None:
        raise UnreadableMedia("the video is damaged: no frame can be decoded")
    _check_size(frame.width, frame.height)
    fps, constant = rate_of(times, stream.average_rate or stream.guessed_rate)
    turn = -round(frame.rotation / 90) * 90 % 360
    sar = Fraction(stream.sample_aspect_ratio or stream.codec_context.sample_aspect_ratio or 1)
    wide, high = _square(frame.width, frame.height, sar)
    context = stream.codec_context
    start = float(times.points[0] * times.tick)
    end = max(float(times.end * times.tick), start + float(len(times.points) / fps) if constant else 0.0)
    return VideoTrack(
        index=stream.index, codec=context.name, profile=context.profile or "", width=frame.width, height=frame.height,
        rotation=turn, shown_width=high if turn % 180 else wide, shown_height=wide if turn % 180 else high, sar=sar,
        fps=fps, constant=constant, start=start - begin, duration=end - start, frames=len(times.points),
        pix_fmt=frame.format.name, bit_depth=max((part.bits for part in frame.format.components), default=8),
        color=Colour(
            primaries=_PRIMARIES.get(int(frame.color_primaries), ""),
            transfer=_TRANSFERS.get(int(frame.color_trc), ""),
            matrix=_MATRICES.get(int(frame.colorspace), ""),
            range=_RANGES.get(int(frame.color_range), ""),
        ),
    )  # fmt: skip


def _square(width: int, height: int, sar: Fraction) -> tuple[int, int]:
    """The size with square pixels: never smaller than what was coded."""
    return (max(1, round(width * sar)), height) if sar > 1 else (width, max(1, round(height / sar)))


def _audio(
    streams: Sequence[Any], begin: float, first: Mapping[int, tuple[Scan, Any]]
) -> tuple[AudioTrack, ...]:  # fmt: skip
    """The tracks that decode, the one a player would choose first: no aside, the default, most channels, longest."""
    from av.stream import Disposition

    aside = Disposition.comment | Disposition.hearing_impaired | Disposition.visual_impaired | Disposition.dub
    ranked = []
    for stream in streams:
        times, frame = first[stream.index]
        if frame is None:
            continue
        # An encoder's run-up lies before the stream's start and is never heard.
        begins = stream.start_time if stream.start_time is not None else times.points[0]
        start = float(max(begins, times.points[0]) * times.tick)
        track = AudioTrack(
            index=stream.index, codec=stream.codec_context.name, rate=frame.sample_rate,
            channels=frame.layout.nb_channels, layout=frame.layout.name, start=start - begin,
            duration=float(times.end * times.tick) - start,
        )  # fmt: skip
        rank = (bool(stream.disposition & aside), not stream.disposition & Disposition.default)
        ranked.append(((*rank, -min(track.channels, 6), -track.duration, track.index), track))
    return tuple(track for _, track in sorted(ranked, key=lambda pair: pair[0]))
