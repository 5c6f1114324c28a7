"""Writing sound alone: MP3, Opus, AAC, FLAC, WAV or raw samples; and saying it faster or slower."""

from __future__ import annotations

import math
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from rushes.media.written import WrittenFile

Samples = NDArray[np.float32]


class SoundFormat(Struct, frozen=True, kw_only=True):
    """How one format is written: media type, file suffix, container and codec, the encoder's sample format.

    `rate` 0 keeps the sound's own; `bit_rate` is per channel, 0 where nothing is lost.
    """

    mime: str
    suffix: str
    container: str
    codec: str
    sample: str = "s16"
    bit_rate: int = 0
    rate: int = 0


FORMATS: dict[str, SoundFormat] = {
    "mp3": SoundFormat(
        mime="audio/mpeg", suffix=".mp3", container="mp3", codec="libmp3lame", sample="fltp", bit_rate=80_000
    ),
    "opus": SoundFormat(
        mime="audio/ogg", suffix=".ogg", container="ogg", codec="libopus", sample="flt", bit_rate=48_000, rate=48_000
    ),
    "aac": SoundFormat(mime="audio/aac", suffix=".aac", container="adts", codec="aac", sample="fltp", bit_rate=80_000),
    "flac": SoundFormat(mime="audio/flac", suffix=".flac", container="flac", codec="flac"),
    "wav": SoundFormat(mime="audio/wav", suffix=".wav", container="wav", codec="pcm_s16le"),
    "pcm": SoundFormat(mime="audio/pcm", suffix=".pcm", container="s16le", codec="pcm_s16le"),
}
"""The formats by the names that callers use. pcm is 16-bit little-endian samples and nothing else."""


class SoundWriter(WrittenFile):
    """One sound file being written. Use it as a context manager: on an exception the file is removed.

    Samples are float32, -1 to 1, of shape (n,) for one channel or (n, channels); beyond is clipped.
    Raises ValueError for a format that is not in FORMATS.
    """

    def __init__(self, path: Path, name: str, *, rate: int, channels: int = 1) -> None:
        if name not in FORMATS:
            raise ValueError(f"the format must be one of {', '.join(FORMATS)}, got {name[:40]!r}")
        form = FORMATS[name]
        self._path = path
        self._rate = rate
        self._channels = channels
        self._layout = "mono" if channels == 1 else "stereo"
        self._count = 0
        self._container = av.open(str(path), "w", format=form.container)
        stream: Any = self._container.add_stream(form.codec, rate=form.rate or rate, layout=self._layout)
        stream.codec_context.format = form.sample
        if form.bit_rate:
            stream.bit_rate = form.bit_rate * channels
        self._stream = stream
        self._resampler = av.AudioResampler(format=form.sample, layout=self._layout, rate=form.rate or rate)

    @property
    def seconds(self) -> float:
        """How much was written."""
        return self._count / self._rate

    def write(self, samples: Samples) -> None:
        """Add sound; calls follow each other without a gap."""
        block = np.clip(samples.reshape(-1, self._channels), -1.0, 1.0)
        if not len(block):
            return
        frame: Any = av.AudioFrame.from_ndarray(
            np.ascontiguousarray(block.T, dtype=np.float32), format="fltp", layout=self._layout
        )
        frame.sample_rate = self._rate
        frame.pts = self._count
        frame.time_base = Fraction(1, self._rate)
        self._count += len(block)
        self._encode(self._resampler.resample(frame))

    def _finish(self) -> None:
        if not self._count:
            raise ValueError("a sound needs at least one sample")
        self._encode(self._resampler.resample(None))
        for packet in self._stream.encode(None):
            self._container.mux(packet)

    def _encode(self, frames: list[Any]) -> None:
        for frame in frames:
            for packet in self._stream.encode(frame):
                self._container.mux(packet)


def stretch(samples: Samples, rate: int, tempo: float) -> Samples:
    """One channel, `tempo` times as fast at the same pitch. Raises ValueError where that is not above 0."""
    if not (math.isfinite(tempo) and tempo > 0):
        raise ValueError(f"the tempo must be above 0, got {tempo:g}")
    if tempo == 1 or not samples.size:
        return samples
    graph = av.filter.Graph()
    source = graph.add_abuffer(format="flt", sample_rate=rate, layout="mono", time_base=Fraction(1, rate))
    # One filter slows down to a half at most, and beyond double it begins to skip: so it is done in steps.
    count = max(1, math.ceil(abs(math.log2(tempo)) - 1e-9))
    steps = [graph.add("atempo", f"{tempo ** (1 / count):.9f}") for _ in range(count)]
    graph.link_nodes(source, *steps, graph.add("abuffersink")).configure()
    frame: Any = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples[None]), format="flt", layout="mono")
    frame.sample_rate = rate
    frame.pts = 0
    graph.push(frame)
    graph.push(None)
    pieces: list[Samples] = []
    while True:
        try:
            heard: Any = graph.pull()
        except (av.EOFError, av.BlockingIOError):
            break
        pieces.append(heard.to_ndarray().reshape(-1))
    return np.concatenate(pieces) if pieces else samples[:0]
