"""Writing a clip whose picture is new and whose sound is the old one: H.264 in MP4, the sound's packets copied."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av

from rushes import processors
from rushes.media.footage import Footage
from rushes.media.planes import Planes
from rushes.media.probe import open_media
from rushes.media.sniff import HEAD, sniff
from rushes.media.written import WrittenFile

PRESET = "veryfast"
CRF = 17
"""Finer than for drafts: what was made at such cost is not to be lost in the encoder."""
_KEPT = frozenset(("aac", "mp3", "mp3float", "opus", "libopus", "flac", "alac", "ac3", "eac3"))
"""Codecs that players expect in an MP4; other sound is encoded again."""
_BIT_RATE = 192_000
_TICKS = 12_800
"""At least so many times a second can be told apart."""


class Remake(WrittenFile):
    """One MP4 being written. Use it as a context manager: on an exception the file is removed.

    The picture's times are counted from the clip's first frame; the sound stays where it was beside it.
    """

    def __init__(
        self, path: Path, source: Footage, *, width: int, height: int, rate: Fraction, threads: int = 2
    ) -> None:
        """width, height: even, in pixels. rate: frames a second, on average."""
        self._path = path
        self._last = -1
        self._container = av.open(str(path), "w", format="mp4", options={"movflags": "+faststart"})
        stream: Any = self._container.add_stream("libx264", rate=rate)
        stream.width, stream.height = width, height
        stream.pix_fmt = "yuv420p"
        stream.thread_count = processors.threads(threads)
        stream.gop_size = max(1, round(rate * 2))
        stream.options = {"preset": PRESET, "crf": str(CRF)}
        context = stream.codec_context
        # A multiple of the rate, so that even times are whole numbers.
        self._tick = context.time_base = Fraction(1, rate.numerator * max(1, -(-_TICKS // rate.numerator)))
        context.sample_aspect_ratio = source.ratio
        colours = source.colours
        context.color_range, context.colorspace = colours.range, colours.space
        context.color_primaries, context.color_trc = colours.primaries, colours.transfer
        self._video = stream
        self._sound = _Sound(self._container, source)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What had to be changed in the sound."""
        return self._sound.warnings

    def write(self, planes: Planes, start: Fraction, until: Fraction) -> None:
        """Add one frame, shown from `start` to `until` seconds; starts rise."""
        frame: Any = av.VideoFrame.from_ndarray(planes.i420(), format="yuv420p")
        self._last = max(self._last + 1, round(start / self._tick))
        frame.pts = self._last
        frame.time_base = self._tick
        frame.duration = max(1, round(until / self._tick) - self._last)
        for packet in self._video.encode(frame):
            self._container.mux(packet)
        self._sound.upto(float(start))

    def _finish(self) -> None:
        if self._last < 0:
            raise ValueError("a video needs at least one frame")
        for packet in self._video.encode(None):
            self._container.mux(packet)
        self._sound.upto(float("inf"))
        self._sound.close()

    def _release(self) -> None:
        self._sound.close()


class _Sound:
    """The first sound of a clip on its way into another file, a little at a time."""

    def __init__(self, target: Any, source: Footage) -> None:
        with source.path.open("rb") as file:
            found = sniff(file.read(HEAD))
        assert found is not None, "footage was opened from it"
        self.warnings: tuple[str, ...] = ()
        self._target = target
        self._begin = source.begin
        self._container = open_media(source.path, found.demuxer)
        streams = self._container.streams.audio
        given = streams[0] if streams and streams[0].codec_context is not None else None
        self._packets: Iterator[tuple[float, Any]] = iter(())
        if given is not None and given.codec_context.name in _KEPT:
            self._packets = self._copied(given, target.add_stream_from_template(given))
        elif given is not None:
            context = given.codec_context
            layout = "mono" if context.channels == 1 else "stereo"
            stream = target.add_stream("aac", rate=context.sample_rate, layout=layout, bit_rate=_BIT_RATE)
            self._packets = self._encoded(given, stream, layout)
            self.warnings = (f"the sound ({context.name}) was encoded again, as AAC: an MP4 does not hold it",)
        self._next = next(self._packets, None)

    def upto(self, seconds: float) -> None:
        """Hand over what is heard before a time."""
        while self._next is not None and self._next[0] <= seconds:
            self._target.mux(self._next[1])
            self._next = next(self._packets, None)

    def close(self) -> None:
        self._container.close()

    def _copied(self, given: Any, stream: Any) -> Iterator[tuple[float, Any]]:
        shift = round(self._begin / given.time_base)
        for packet in self._container.demux(given):
            if packet.dts is None:
                continue
            packet.dts -= shift
            if packet.pts is not None:
                packet.pts -= shift
            packet.stream = stream
            yield float(packet.dts * given.time_base), packet

    def _encoded(self, given: Any, stream: Any, layout: str) -> Iterator[tuple[float, Any]]:
        rate = stream.rate
        resampler = av.AudioResampler(format="fltp", layout=layout, rate=rate)
        count: int | None = None
        for packet in self._container.demux(given):
            try:
                frames = packet.decode()
            except av.InvalidDataError:
                continue
            for frame in frames:
                count = round(((frame.time or 0.0) - float(self._begin)) * rate) if count is None else count
                frame.pts = None
                for piece in resampler.resample(frame):
                    piece.pts, piece.time_base = count, Fraction(1, rate)
                    time = count / rate
                    count += piece.samples
                    for coded in stream.encode(piece):
                        yield time, coded
        for coded in stream.encode(None):
            yield (count or 0) / rate, coded
