"""Pieces of sound, cut to the sample and encoded anew as AAC, a little at a time beside a picture that is copied."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any

import av
import numpy as np
from msgspec import Struct

from rushes.media.editing.source import AudioTrack, Source
from rushes.media.editing.timing import open_packets

RATES = (96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000)
"""That AAC knows."""
_BIT_RATE = 96_000
"""Of a channel."""
_EARLIER = 0.5
"""Seconds before the cut at which decoding begins: codecs need a run-up."""
_ROUNDED = 0.001
"""Seconds: less is no gap, but a time that a container rounded."""
_BLOCK = 48_000


class Piece(Struct, frozen=True, kw_only=True):
    """What is heard between two times of a file's clock, in seconds; silence where there is no track."""

    source: Source
    track: AudioTrack | None
    start: Fraction
    end: Fraction


def shape_for(tracks: Sequence[AudioTrack]) -> tuple[int, str]:
    """Sampling rate and layout that suit all these tracks: their own where they agree and AAC has it."""
    rates, layouts = {track.rate for track in tracks}, {_layout(track) for track in tracks}
    rate = rates.pop() if len(rates) == 1 and rates <= set(RATES) else 48_000
    return rate, layouts.pop() if len(layouts) == 1 else "stereo"


def _layout(track: AudioTrack) -> str:
    known = {1: "mono", 2: "stereo", 6: "5.1"}
    return known.get(track.channels, "stereo")


class NewSound:
    """One track being written: the pieces one behind the other, each exactly as long as asked. Close it."""

    def __init__(self, target: Any, pieces: Sequence[Piece]) -> None:
        """There must be a track in at least one piece."""
        self._rate, layout = shape_for([piece.track for piece in pieces if piece.track is not None])
        self._stream = target.add_stream("aac", rate=self._rate, layout=layout)
        self._layout, self._channels = layout, self._stream.codec_context.layout.nb_channels
        self._stream.bit_rate = _BIT_RATE * self._channels
        self._target = target
        self._made = 0
        self._open: Any = None
        self._packets = self._encoded(pieces)

    def upto(self, seconds: float) -> None:
        """Hand over what is heard before a time, from the first piece's beginning on."""
        while self._made < seconds * self._rate:
            packets = next(self._packets, None)
            if packets is None:
                break
            self._target.mux(packets)

    def close(self) -> None:
        if self._open is not None:
            self._open.close()
            self._open = None

    def _encoded(self, pieces: Sequence[Piece]) -> Iterator[list[Any]]:
        length = Fraction(0)
        for piece in pieces:
            length += piece.end - piece.start
            due = round(length * self._rate)
            for samples in self._exactly(piece, due - self._made):
                frame: Any = av.AudioFrame.from_ndarray(samples, format="fltp", layout=self._layout)
                frame.sample_rate, frame.pts, frame.time_base = self._rate, self._made, Fraction(1, self._rate)
                self._made += samples.shape[1]
                yield self._stream.encode(frame)
        yield self._stream.encode(None)

    def _exactly(self, piece: Piece, count: int) -> Iterator[Any]:
        """So many samples: gaps are filled with silence, what overlaps is left out."""
        due = 0
        for at, samples in self._timed(piece) if piece.track is not None else ():
            skip = due - at
            if abs(skip) <= _ROUNDED * self._rate and due:
                skip = 0
            if skip < 0:
                yield from self._silence(min(-skip, count - due))
                due += min(-skip, count - due)
            kept = samples[:, max(0, skip) :][:, : count - due]
            if kept.shape[1]:
                yield np.ascontiguousarray(kept)
                due += kept.shape[1]
            if due >= count:
                break
        self.close()
        yield from self._silence(count - due)

    def _silence(self, count: int) -> Iterator[Any]:
        while count > 0:
            yield np.zeros((self._channels, min(count, _BLOCK)), np.float32)
            count -= _BLOCK

    def _timed(self, piece: Piece) -> Iterator[tuple[int, Any]]:
        """Decoded sound with its place, in samples from the piece's beginning on."""
        assert piece.track is not None
        self._open = open_packets(piece.source.path, piece.source.demuxer)
        stream = self._open.streams[piece.track.index]
        resampler = av.AudioResampler(format="fltp", layout=self._layout, rate=self._rate)
        early = int((piece.start - Fraction(_EARLIER)) / stream.time_base)
        if early > (stream.start_time or 0):
            self._open.seek(early, stream=stream)
        place = 0
        for packet in self._open.demux(stream):
            try:
                frames = packet.decode()
            except av.InvalidDataError:
                continue
            for frame in frames:
                if frame.pts is not None:
                    at = round((frame.pts * Fraction(frame.time_base) - piece.start) * self._rate)
                    place = at if abs(at - place) > 2 * _ROUNDED * self._rate else place
                frame.pts = None
                for part in resampler.resample(frame):
                    yield place, part.to_ndarray()
                    place += part.samples
