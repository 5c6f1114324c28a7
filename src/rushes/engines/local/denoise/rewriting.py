"""A file written anew with clean sound: as a sound alone, or in its container with its picture as it was."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from rushes.engines.local.denoise.sound import CleanSound
from rushes.media.sound import FORMATS, SoundWriter

Samples = NDArray[np.float32]
Report = Callable[[float], None]

_COMMON_RATES = (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000)
"""Those that every encoder with loss takes."""
_BIT_RATE = 96_000
"""A channel's, where the sound is encoded with loss beside a picture."""


class Container(Struct, frozen=True, kw_only=True):
    """What a file with clean sound is written as."""

    mime: str
    suffix: str
    muxer: str
    codec: str
    options: dict[str, str] = {}


_FAST = {"movflags": "+faststart"}
M4A = Container(mime="audio/mp4", suffix=".m4a", muxer="mp4", codec="aac", options=_FAST)
CONTAINERS = {
    "video/mp4": Container(mime="video/mp4", suffix=".mp4", muxer="mp4", codec="aac", options=_FAST),
    "video/quicktime": Container(mime="video/quicktime", suffix=".mov", muxer="mov", codec="aac", options=_FAST),
    "video/webm": Container(mime="video/webm", suffix=".webm", muxer="webm", codec="libopus"),
}
"""By what the clip came in; any other becomes Matroska, which takes whatever picture there is."""
MATROSKA = Container(mime="video/x-matroska", suffix=".mkv", muxer="matroska", codec="libopus")


def write_sound(source: Any, path: Path, form: str, clean: CleanSound, rate: int, channels: int, report: Report) -> int:
    """The sound of an opened file into `path`. form: a name in FORMATS; rate, channels: the clean sound's.

    Answers how many packets were damaged and left out. Raises av.FFmpegError, and ValueError as `CleanSound.take`.
    """
    damaged = 0
    with SoundWriter(path, form, rate=rate, channels=channels) as writer:
        for packet in source.demux(source.streams.audio[0]):
            frames, fault = _decoded(packet)
            damaged += fault
            for frame in frames:
                writer.write(clean.take(frame))
                report(clean.seconds)
        writer.write(clean.finish())
    return damaged


def lossy_rate(form: str, rate: int) -> int:
    """The rate in which a sound is written: its own where the format can have that."""
    return rate if not FORMATS[form].bit_rate or rate in _COMMON_RATES else 48_000


def write_container(
    source: Any, path: Path, kind: Container, clean: CleanSound, rate: int, channels: int, report: Report
) -> int:
    """An opened file's first picture stream, packet by packet as it is, and its clean sound, into `path`.

    As `write_sound`; on an exception the file is removed.
    """
    damaged = 0
    try:
        with av.open(str(path), "w", format=kind.muxer, options=kind.options) as out:
            sound = source.streams.audio[0]
            picture = next(iter(source.streams.video), None)
            copied: Any = out.add_stream_from_template(picture) if picture is not None else None
            track, ordered = _Track(out, kind.codec, rate, channels), _Ordered()
            for packet in source.demux([stream for stream in (picture, sound) if stream is not None]):
                if packet.stream is not sound:
                    for ready in ordered.next(packet):
                        ready.stream = copied
                        out.mux(ready)
                    continue
                frames, fault = _decoded(packet)
                damaged += fault
                for frame in frames:
                    track.write(clean.take(frame), clean.start or 0.0)
                    report(clean.seconds)
            track.write(clean.finish(_said(sound)), clean.start or 0.0)
            track.close()
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return damaged


class _Ordered:
    """Packets of a picture, each with its place in decoding order: Matroska leaves out that of the first few."""

    def __init__(self) -> None:
        self._unplaced: list[Any] | None = []

    def next(self, packet: Any) -> list[Any]:
        """The packets that can be written once this one has come; an empty one ends the stream."""
        if self._unplaced is None:
            return [packet] if packet.size else []
        if packet.size:
            self._unplaced.append(packet)
            if packet.dts is None:
                return []
        ready, self._unplaced = self._unplaced, None
        if ready:
            first = ready[-1].dts if ready[-1].dts is not None else min(one.pts or 0 for one in ready)
            for before, one in enumerate(reversed(ready)):
                # As close together as can be: it is their order that counts.
                one.dts = first - before
        return ready


def _said(stream: Any) -> float:
    """How long the file says that a stream is, in seconds; 0 where it does not."""
    return float(stream.duration * stream.time_base) if stream.duration and stream.time_base else 0.0


class _Track:
    """The sound of a container that is being written."""

    def __init__(self, out: Any, codec: str, rate: int, channels: int) -> None:
        self._out = out
        self._rate = rate
        self._layout = "mono" if channels == 1 else "stereo"
        own = 48_000 if codec == "libopus" else rate
        self._stream: Any = out.add_stream(codec, rate=own, layout=self._layout, bit_rate=_BIT_RATE * channels)
        self._resampler = av.AudioResampler(format=self._stream.codec_context.format, layout=self._layout, rate=own)
        self._count = 0

    def write(self, samples: Samples, start: float) -> None:
        """Add samples (n, channels); the first one is heard at `start`, in seconds."""
        if not len(samples):
            return
        planar = np.ascontiguousarray(np.clip(samples, -1, 1).T, dtype=np.float32)
        frame: Any = av.AudioFrame.from_ndarray(planar, format="fltp", layout=self._layout)
        frame.sample_rate, frame.time_base = self._rate, Fraction(1, self._rate)
        frame.pts = round(start * self._rate) + self._count
        self._count += len(samples)
        self._encode(self._resampler.resample(frame))

    def close(self) -> None:
        self._encode(self._resampler.resample(None))
        for packet in self._stream.encode(None):
            self._out.mux(packet)

    def _encode(self, frames: list[Any]) -> None:
        for frame in frames:
            for packet in self._stream.encode(frame):
                self._out.mux(packet)


def _decoded(packet: Any) -> tuple[Iterator[Any], int]:
    """The frames of a packet, and 1 where it is damaged."""
    try:
        return iter(packet.decode()), 0
    except av.InvalidDataError:
        return iter(()), 1
