"""The sound of a piece, copied: whole AAC packets, and the file says at which sample of them it begins and ends.

A packet is heard right only after the one before it, so one more goes along. Its time lies before zero; the muxer makes
an edit list of that, and players leave it out (ISO/IEC 14496-12, 8.6.6).
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from rushes.media.editing.nal import NotPlain
from rushes.media.editing.sounding import NewSound, Piece
from rushes.media.editing.timing import open_packets

PACKET = 1024
"""Samples that AAC puts in one."""


def sound_of(target: Any, piece: Piece) -> KeptSound | NewSound:
    """A track of `target` for the piece: copied where that can be done to the sample, else encoded anew. Close it."""
    try:
        return KeptSound(target, piece)
    except NotPlain:
        return NewSound(target, [piece])


class KeptSound:
    """One track being copied. Close it."""

    def __init__(self, target: Any, piece: Piece) -> None:
        """Raises NotPlain, before anything is added, where the sound has gaps or is not in such packets."""
        if piece.track is None or piece.track.codec != "aac":
            raise NotPlain("not AAC")
        self._rate = piece.track.rate
        self._begin, self._end = round(piece.start * self._rate), round(piece.end * self._rate)
        self._target, self._index = target, piece.track.index
        self._given = open_packets(piece.source.path, piece.source.demuxer)
        try:
            stream = self._given.streams[self._index]
            if Fraction(stream.time_base) != Fraction(1, self._rate):
                raise NotPlain("times that are not samples")
            self._check()
            self._stream = target.add_stream_from_template(stream, opaque=True)
        except BaseException:
            self.close()
            raise
        self._packets = self._wanted()
        self._held: Any = None

    def upto(self, seconds: float) -> None:
        """Hand over what is heard before a time, from the piece's beginning on."""
        while (packet := self._held or next(self._packets, None)) is not None:
            self._held = packet
            if packet.pts - self._begin >= seconds * self._rate:
                break
            self._held = None
            packet.duration = min(packet.duration or PACKET, self._end - packet.pts)
            packet.pts = packet.dts = packet.pts - self._begin
            packet.stream = self._stream
            self._target.mux(packet)

    def close(self) -> None:
        self._given.close()

    def _check(self) -> None:
        """No gap, one packet more before the beginning, and at most one that lacks at the end. Raises NotPlain."""
        first = place = None
        for packet in self._wanted():
            if place is not None and packet.pts != place:
                raise NotPlain("sound with gaps")
            first = packet.pts if first is None else first
            place = packet.pts + PACKET
        if first is None or place is None or first > self._begin - PACKET or place < self._end - PACKET:
            raise NotPlain("sound that does not reach from one end to the other")

    def _wanted(self) -> Iterator[Any]:
        stream = self._given.streams[self._index]
        self._given.seek(max(stream.start_time or 0, self._begin - 2 * PACKET), stream=stream)
        for packet in self._given.demux(stream):
            if not packet.size:
                continue
            if packet.pts is None:
                raise NotPlain("sound without times")
            if packet.pts >= self._end:
                break
            if packet.pts + PACKET > self._begin - PACKET:
                yield packet
