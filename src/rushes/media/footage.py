"""A clip read frame by frame for making its picture anew: every frame, at its own time, in its own size."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Any

from msgspec import Struct

from rushes.media.planes import FULL, LIMITED, Planes, colours_of, from_i420
from rushes.media.probe import UnreadableMedia, open_media
from rushes.media.sniff import HEAD, sniff
from rushes.processors import DECODING, threads

_RATE = Fraction(24)
_FASTEST = 240
_OFF = Fraction(11, 10_000)
"""Seconds by which a time may miss its place in an even rate: some containers count milliseconds only."""
_READERS = ("yuv420p", "yuvj420p")


class Shot(Struct, frozen=True):
    """One frame, upright, and when it appears and goes, in seconds from the first one on."""

    planes: Planes
    start: Fraction
    until: Fraction


class Footage:
    """An opened clip. Use it as a context manager. Blocks; at most two frames are held.

    width, height: of the upright picture, even, in pixels (an odd side loses one). rate: frames a second on
    average. ratio: a pixel's width to its height. colours: what the numbers mean. seconds: about how long.
    begin: the first frame's time in the file, to which everything else of the file is to be related.
    """

    def __init__(self, path: Path) -> None:
        """Raises UnreadableMedia where there is no frame that can be decoded."""
        import av

        with path.open("rb") as file:
            found = sniff(file.read(HEAD))
        if found is None or not found.demuxer:
            raise UnreadableMedia("not a media file of a known kind")
        self.path = path
        try:
            self._container = open_media(path, found.demuxer)
        except (av.FFmpegError, ValueError, OSError) as error:
            raise UnreadableMedia("the clip is damaged or incomplete") from error
        try:
            self._look_at_first()
        except (av.FFmpegError, ValueError, OSError) as error:
            self._container.close()
            raise UnreadableMedia("the clip is damaged or incomplete") from error
        except UnreadableMedia:
            self._container.close()
            raise

    def _look_at_first(self) -> None:
        if not self._container.streams.video:
            raise UnreadableMedia("the file has no picture")
        stream = self._container.streams.video[0]
        stream.thread_type = "AUTO"
        stream.thread_count = threads(DECODING)
        rate = stream.average_rate or stream.guessed_rate or _RATE
        self.rate = min(Fraction(rate).limit_denominator(1001) or _RATE, Fraction(_FASTEST))
        self._decoded = self._decode(stream)
        self._first = next(self._decoded, None)
        if self._first is None:
            raise UnreadableMedia("the clip has no picture that can be decoded")
        first = self._first
        self._turns = round(first.rotation / 90) % 4
        self._size = (max(2, first.width // 2 * 2), max(2, first.height // 2 * 2))
        self.width, self.height = self._size[::-1] if self._turns % 2 else self._size
        ratio = Fraction(stream.sample_aspect_ratio or 1) or Fraction(1)
        self.ratio = 1 / ratio if self._turns % 2 else ratio
        self._range = FULL if first.format.name.startswith("yuvj") or int(first.color_range) == FULL else LIMITED
        self.colours = colours_of(
            full=self._range == FULL,
            space=int(first.colorspace),
            primaries=int(first.color_primaries),
            transfer=int(first.color_trc),
            height=first.height,
        )
        self.begin = _time(first) or Fraction(0)
        self.seconds = float(stream.duration * stream.time_base) if stream.duration else 0.0
        self.seconds = self.seconds or (self._container.duration or 0) / 1_000_000

    def frames(self) -> Iterator[Shot]:
        """Every frame, once; what is damaged in between is passed over. Raises UnreadableMedia."""
        import av

        frame, start = self._first, Fraction(0)
        try:
            while frame is not None:
                after = next(self._decoded, None)
                if after is None:
                    lasts = Fraction(frame.duration * frame.time_base) if frame.duration and frame.time_base else 0
                    until = self._placed(start + (lasts or 1 / self.rate))
                else:
                    time = _time(after)
                    until = start + 1 / self.rate if time is None else self._placed(time - self.begin)
                # Two frames at one time, as broken files have them: the later one counts.
                if until > start or after is None:
                    yield Shot(self._planes(frame), start, max(until, start + 1 / self.rate / 4))
                    start = until
                frame = after
        except (av.FFmpegError, ValueError, OSError) as error:
            raise UnreadableMedia("the clip is damaged or incomplete") from error

    def _placed(self, time: Fraction) -> Fraction:
        """A time moved to its place in the even rate, where it is meant to lie there."""
        even = round(time * self.rate) / self.rate
        return even if abs(even - time) <= _OFF else time

    def _decode(self, stream: Any) -> Iterator[Any]:
        import av

        for packet in self._container.demux(stream):
            try:
                yield from packet.decode()
            except av.InvalidDataError:
                continue

    def _planes(self, frame: Any) -> Planes:
        if frame.format.name not in _READERS or (frame.width, frame.height) != self._size:
            space = self.colours.space
            frame = frame.reformat(
                *self._size,
                "yuv420p",
                dst_colorspace=space if frame.format.is_rgb else None,
                src_color_range=None if frame.format.is_rgb else self._range,
                dst_color_range=self._range,
            )
        return from_i420(frame.to_ndarray()).turned(self._turns)

    def __enter__(self) -> Footage:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._container.close()


def _time(frame: Any) -> Fraction | None:
    return frame.pts * Fraction(frame.time_base) if frame.pts is not None and frame.time_base else None
