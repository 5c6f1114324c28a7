"""Clips of one make put one behind the other without encoding them again: their packets are copied.

Sound in AAC comes in packets of 1024 samples and begins with one of run-up. A packet stays or goes as a whole, so that
at each joint the sound is off by at most half a packet (11 ms), and the joints do not add up.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import chain
from pathlib import Path
from typing import Any

import av

from rushes.media.editing.ffmpeg import Report
from rushes.media.editing.nal import NotPlain
from rushes.media.editing.sounding import NewSound, Piece
from rushes.media.editing.source import Source, VideoTrack
from rushes.media.editing.timing import open_packets
from rushes.media.editing.writing import MP4_LIKE
from rushes.media.probe import open_media

_PACKET = 1024
_CODECS = ("h264", "hevc")
_NEAREST = 0.012
"""Seconds by which sound may be off: packets that last longer are not copied."""


class _Gap(NotPlain):
    """Sound whose packets do not follow each other."""


def copied_merge(sources: Sequence[Source], target: Path, report: Report) -> None:
    """Write the clips to an MP4, pictures copied, sound too where it matches. Raises NotPlain where they are not alike.

    What lies at `target` is then the caller's to remove.
    """
    _check_alike(sources)
    try:
        with _Joint(sources, target, copy_sound=True) as joint:
            joint.write(report)
    except _Gap:
        with _Joint(sources, target, copy_sound=False) as joint:
            joint.write(report)


def _check_alike(sources: Sequence[Source]) -> None:
    one = sources[0].picture
    if sources[0].mime not in MP4_LIKE or one.codec not in _CODECS:
        raise NotPlain("not H.264 or H.265 in MP4")
    for source in sources:
        if source.mime not in MP4_LIKE or _make(source.picture) != _make(one):
            raise NotPlain("pictures that are not alike")


def _make(video: VideoTrack) -> tuple[object, ...]:
    size = (video.width, video.height, video.rotation, video.sar)
    return (video.codec, video.profile, *size, video.pix_fmt, video.color)


class _Joint:
    """The merge being written. Use it as a context manager."""

    def __init__(self, sources: Sequence[Source], target: Path, *, copy_sound: bool) -> None:
        self._sources = sources
        self._given = open_media(sources[0].path, sources[0].demuxer)
        first: Any = self._given.streams[sources[0].picture.index]
        self._tick, self._head = Fraction(first.time_base), first.codec_context.extradata
        self._made = av.open(str(target), "w", format="mp4", options={"movflags": "+faststart"})
        self._video: Any = self._made.add_stream_from_template(first, opaque=True)
        if sources[0].picture.codec == "hevc":
            self._video.codec_context.codec_tag = "hvc1"  # without it Apple's players refuse H.265
        if sources[0].picture.rotation:
            self._video.set_display_rotation(-sources[0].picture.rotation)
        self._lengths = [_length(source, self._tick) for source in sources]
        self._audio: Any = None
        self._sound: NewSound | None = None
        self._heard: Iterator[tuple[float, Any]] = iter(())
        if copy_sound and all(source.audio for source in sources) and _sounds_alike(sources, self._lengths):
            self._audio = self._made.add_stream_from_template(
                self._given.streams[sources[0].audio[0].index], opaque=True
            )
            self._heard = self._sounds()
        elif any(source.audio for source in sources):
            self._sound = NewSound(self._made, [_piece(*pair) for pair in zip(sources, self._lengths, strict=True)])
        self._next: tuple[float, Any] | None = None

    def __enter__(self) -> _Joint:
        return self

    def __exit__(self, *_: object) -> None:
        if self._sound is not None:
            self._sound.close()
        self._made.close()
        self._given.close()

    def write(self, report: Report) -> None:
        """Copy everything, picture and sound side by side."""
        total, tick, last = float(sum(self._lengths)), float(self._tick), None
        for packet in self._pictures():
            if last is not None and packet.dts <= last:
                raise NotPlain("decoding times that overlap")
            last = packet.dts
            self._upto(last * tick)
            self._made.mux(packet)
            report(min(1.0, max(0.0, last * tick / total)))
        self._upto(total + 1)

    def _upto(self, seconds: float) -> None:
        if self._sound is not None:
            self._sound.upto(seconds)
        while (heard := self._next or next(self._heard, None)) is not None:
            self._next = heard
            if heard[0] > seconds:
                break
            self._made.mux(heard[1])
            self._next = None

    def _pictures(self) -> Iterator[Any]:
        offset = Fraction(0)
        for source, length in zip(self._sources, self._lengths, strict=True):
            with open_packets(source.path, source.demuxer) as container:
                stream = container.streams[source.picture.index]
                if Fraction(stream.time_base) != self._tick or stream.codec_context.extradata != self._head:
                    raise NotPlain("pictures that are not alike")
                shift = round(offset / self._tick) - round(Fraction(source.picture.start + source.begin) / self._tick)
                for packet in container.demux(stream):
                    if not packet.size:
                        continue
                    if packet.is_discard or packet.pts is None or packet.dts is None:
                        raise NotPlain("packets that are not shown")
                    packet.pts, packet.dts, packet.stream = packet.pts + shift, packet.dts + shift, self._video
                    yield packet
            offset += length

    def _sounds(self) -> Iterator[tuple[float, Any]]:
        """Packets of sound with their times in seconds: no gap, and each clip's as near to its place as can be."""
        offset, place = Fraction(0), None
        for number, (source, length) in enumerate(zip(self._sources, self._lengths, strict=True), 1):
            # The next clip's first packet, its run-up, takes the place of one that nobody needs.
            spared = _PACKET if number < len(self._sources) else 0
            track, begun = source.audio[0], False
            with open_packets(source.path, source.demuxer) as container:
                stream = container.streams[track.index]
                begin = round((Fraction(source.begin) + Fraction(source.picture.start)) * track.rate)
                start, over = round(offset * track.rate), round((offset + length) * track.rate)
                for packet in container.demux(stream):
                    if not packet.size or packet.pts is None:
                        continue
                    due = start + packet.pts - begin
                    place = due if place is None else place
                    # Trimmed clips may have a packet more of run-up than there is room for.
                    if due < place - _PACKET // 2 - 1 and not begun:
                        continue
                    begun = True
                    if place + _PACKET > over + _PACKET // 2 - spared:
                        break
                    if abs(place - due) > _PACKET // 2 + 1:
                        raise _Gap("sound that does not follow without a gap")
                    packet.pts = packet.dts = place
                    packet.stream = self._audio
                    yield place / track.rate, packet
                    place += _PACKET
            offset += length


def _length(source: Source, tick: Fraction) -> Fraction:
    """How long the picture is shown, in seconds: a whole number of the stream's units."""
    return round(Fraction(source.picture.duration) / tick) * tick


def _piece(source: Source, length: Fraction) -> Piece:
    begin = Fraction(source.begin) + Fraction(source.picture.start)
    return Piece(source=source, track=source.audio[0] if source.audio else None, start=begin, end=begin + length)


def _sounds_alike(sources: Sequence[Source], lengths: Sequence[Fraction]) -> bool:
    """Whether the packets of sound can be copied: AAC of one make, there from the picture's beginning to its end."""
    heads = set()
    for number, (source, length) in enumerate(zip(sources, lengths, strict=True), 1):
        track, video = source.audio[0], source.picture
        packet = _PACKET / track.rate
        if track.codec != "aac" or packet / 2 > _NEAREST or track.start - video.start > packet / 2:
            return False
        if number < len(sources) and track.start + track.duration < video.start + float(length) - packet / 2:
            return False
        with open_packets(source.path, source.demuxer) as container:
            stream = container.streams[track.index]
            # A run-up of at least a packet; a plain stream has none to give.
            first = next(chain((p.pts for p in container.demux(stream) if p.size), [None]), None)
            begin = round((Fraction(source.begin) + Fraction(video.start)) * track.rate)
            heads.add((stream.codec_context.extradata, track.rate, track.layout, stream.time_base))
            if first is None or first > begin - _PACKET or Fraction(stream.time_base) != Fraction(1, track.rate):
                return False
    return len(heads) == 1
