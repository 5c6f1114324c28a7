"""The few frames beside a joint: decoded, and encoded so that they fit between packets that are copied."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from typing import Any

import av
from av.video.frame import PictureType
from msgspec import Struct

from rushes.media.editing.ffmpeg import MOST_PIXELS
from rushes.media.editing.nal import NotPlain, Sets, packed, sets_of_stream, sps_of
from rushes.media.editing.source import Source
from rushes.media.probe import open_media
from rushes.processors import DECODING, threads

PRESET, CRF = "ultrafast", 17
"""Fine, for they stand beside frames that were not encoded again. With the profile's own tools: 66 frames of 1080p took
a third of superfast's time, and no more bytes."""
_PROFILES = {66: ("baseline", ""), 77: ("main", ":cabac=1"), 100: ("high", ":cabac=1:8x8dct=1")}
_GLOBAL_HEADER = 1 << 22


class Stretch(Struct, frozen=True, kw_only=True):
    """Frames in a row that are encoded anew, in the stream's units.

    times: when each is shown, and its new packet's decoding time. end: when the last one goes. seek: when the first
    packet is shown that they need; begin, over: the decoding times of the first and the last. passed: when those
    packets are shown that no other frame needs and that are not wanted.
    """

    times: Sequence[tuple[int, int]]
    end: int
    seek: int
    begin: int
    over: int
    passed: frozenset[int]


class Edge:
    """A stretch of a clip, encoded. sets: the parameter sets of what it makes; None where the stretch is empty."""

    def __init__(self, source: Source, stream: Any, sets: Sets, stretch: Stretch) -> None:
        """stream: the clip's, opened elsewhere. Raises NotPlain where nothing can be encoded that fits it."""
        self._source, self._length, self._stretch = source, sets.length, stretch
        self._wanted = {pts for pts, _ in stretch.times}
        self._made = 0
        self.sets: Sets | None = None
        if stretch.times:
            self._encoder = _encoder(stream.codec_context, stream, sets)
            self.sets = sets_of_stream(self._encoder.extradata)
            if self.sets.ids() & sets.ids() or sps_of(self.sets.sps[0]).profile != sps_of(sets.sps[0]).profile:
                raise NotPlain("an encoder whose parameter sets do not fit")

    def packets(self) -> Generator[Any, None, None]:
        """Decode and encode, from a file opened for it alone. Raises NotPlain for frames that do not decode."""
        if self.sets is None:
            return
        with open_media(self._source.path, self._source.demuxer) as container:
            stream: Any = container.streams[self._source.picture.index]
            stream.thread_type = "AUTO"
            stream.thread_count = threads(DECODING)
            stream.codec_context.options = {"max_pixels": str(MOST_PIXELS)}
            for packet in between(container, stream, self._stretch.seek, self._stretch.begin, self._stretch.over):
                if packet.pts not in self._stretch.passed:
                    yield from self._encoded(packet.decode())
            yield from self._encoded(stream.codec_context.decode(None))
        yield from self._numbered(self._encoder.encode(None))
        if self._made < len(self._stretch.times):
            raise NotPlain("frames that do not decode")

    def _encoded(self, frames: Sequence[Any]) -> Iterator[Any]:
        for frame in frames:
            if frame.pts in self._wanted and not frame.is_corrupt:
                # x264 would make each frame of the kind that it was.
                frame.pict_type = PictureType.NONE
                yield from self._numbered(self._encoder.encode(frame))

    def _numbered(self, packets: Sequence[Any]) -> Iterator[Any]:
        times = self._stretch.times
        for packet in packets:
            pts, dts = times[self._made]
            if packet.pts != pts:
                raise NotPlain("a frame that does not decode")
            self._made += 1
            made = av.Packet(packed(bytes(packet), self._length))
            made.pts, made.dts = pts, dts
            made.duration = (times[self._made][0] if self._made < len(times) else self._stretch.end) - pts
            made.is_keyframe = packet.is_keyframe
            yield made


def between(container: Any, stream: Any, seek: int, begin: int, over: int) -> Iterator[Any]:
    """A track's packets whose decoding times lie between two, both included. seek: when the first one is shown."""
    container.seek(seek, stream=stream)
    for packet in container.demux(stream):
        if packet.size and packet.dts is not None and packet.dts >= begin:
            if packet.dts > over:
                break
            yield packet


def _encoder(context: Any, stream: Any, sets: Sets) -> Any:
    known = sps_of(sets.sps[0])
    taken = sets.ids()
    free = next((number for number in range(31, -1, -1) if number not in taken), None)
    if free is None or known.profile not in _PROFILES:
        raise NotPlain("a profile that we do not encode")
    profile, tools = _PROFILES[known.profile]
    encoder: Any = av.CodecContext.create("libx264", "w")
    encoder.width, encoder.height, encoder.pix_fmt = context.width, context.height, context.pix_fmt
    encoder.time_base = stream.time_base
    # Frames side by side: slices side by side keep half the processors waiting.
    encoder.thread_type, encoder.thread_count = "FRAME", threads(DECODING)
    encoder.framerate = stream.average_rate or 25
    encoder.sample_aspect_ratio = context.sample_aspect_ratio or 1
    encoder.color_range, encoder.colorspace = context.color_range, context.colorspace
    encoder.color_primaries, encoder.color_trc = context.color_primaries, context.color_trc
    encoder.flags |= _GLOBAL_HEADER
    encoder.options = {
        "preset": PRESET,
        "crf": str(CRF),
        "profile": profile,
        "level": f"{known.level // 10}.{known.level % 10}",
        "x264-params": f"sps-id={free}:bframes=0:keyint=infinite:scenecut=0{tools}",
    }
    encoder.open()
    return encoder
