"""The smart cut: packets are copied, and only the frames at the edges that cannot be are encoded again.

The edges get parameter sets of their own under a number that the clip does not use (x264's `sps-id`), and the track's
one configuration holds them all, so that every player that reads MP4 finds them. Decoding times stay the clip's: the
rising times of so many packets suit as many frames in the order that they are shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from itertools import chain
from pathlib import Path
from typing import Any

import av

from rushes.media.ahead import Ahead
from rushes.media.editing.cutting import Moment, Plan, Span, moments_of, nearest_span, plan
from rushes.media.editing.edges import Edge, Stretch, between
from rushes.media.editing.ffmpeg import Report
from rushes.media.editing.keeping import KeptSound, sound_of
from rushes.media.editing.nal import NotPlain, Sets, read_sets
from rushes.media.editing.sounding import NewSound, Piece
from rushes.media.editing.source import Source
from rushes.media.editing.timing import open_packets
from rushes.media.probe import open_media

_CONTAINERS = ("video/mp4", "video/quicktime")
_FORMATS = ("yuv420p", "yuvj420p")
_LEAST_COPIED = 0.25
"""Of the frames: below it, encoding all of them is as quick."""
_PAST = 4
"""Frames from a joint on that are decoded to see that it holds."""
_ROOM = 64_000_000
"""Bytes of packets that wait for their turn."""


def smart_cut(source: Source, start: float, end: float, target: Path, report: Report) -> Span:
    """Write the frames from `start` to `end` (seconds) to an MP4; which ones these are.

    Raises NotPlain where the clip is of another kind, too little can be copied, or the result does not hold; what lies
    at `target` is then the caller's to remove.
    """
    video = source.picture
    if source.mime not in _CONTAINERS or video.codec != "h264" or video.pix_fmt not in _FORMATS:
        raise NotPlain("not H.264 of eight bits in MP4")
    with open_packets(source.path, source.demuxer) as container:
        stream = container.streams[video.index]
        moments = moments_of(container, stream, read_sets(stream.codec_context.extradata or b""))
        tick = Fraction(stream.time_base)
    points = sorted(moment.pts for moment in moments)
    last = points[0] + round(Fraction(video.duration) / tick)
    begin = Fraction(source.begin)
    span = nearest_span(points, last, float((Fraction(start) + begin) / tick), float((Fraction(end) + begin) / tick))
    todo = plan(moments, span)
    if todo.stop - todo.copy < _LEAST_COPIED * span.count:
        raise NotPlain("too little to copy")
    with _Cut(source, target, moments, span, todo) as cut:
        cut.write(report)
    _check(target, span, todo)
    return span


def _check(target: Path, span: Span, todo: Plan) -> None:
    """Every frame is there, and decodes where the parts begin and meet. Raises NotPlain."""
    begins = [at for at, there in ((0, todo.head), (todo.head, True), (span.count - todo.tail, todo.tail)) if there]
    near = {at + step for at in begins for step in range(_PAST) if at + step < span.count}
    count = fed = seen = 0
    with open_packets(target, "mov") as container:
        context = container.streams.video[0].codec_context
        context.options = {"err_detect": "explode"}
        try:
            for count, packet in enumerate(container.demux(video=0)):
                if packet.size and count in near:
                    fed += 1
                    seen += _whole(packet.decode())
                elif fed > seen:
                    seen += _whole(context.decode(None))
                    context.flush_buffers()
            seen += _whole(context.decode(None))
        except av.FFmpegError as error:
            raise NotPlain("a joint that does not decode") from error
    if count != span.count:
        raise NotPlain("frames are missing")
    if seen < fed:
        raise NotPlain("a joint that does not decode")


def _whole(frames: Iterable[Any]) -> int:
    return sum(not frame.is_corrupt for frame in frames)


class _Cut:
    """One cut being written. Use it as a context manager; on an exception the file is the caller's to remove."""

    def __init__(self, source: Source, target: Path, moments: list[Moment], span: Span, todo: Plan) -> None:
        self._source, self._moments, self._span, self._plan = source, moments, span, todo
        self._given = open_media(source.path, source.demuxer)
        self._from: Any = self._given.streams[source.picture.index]
        self._tick = Fraction(self._from.time_base)
        self._made = av.open(str(target), "w", format="mp4", options={"movflags": "+faststart"})
        self._to: Any = self._made.add_stream_from_template(self._from, opaque=True)
        sets = read_sets(self._from.codec_context.extradata)
        self._head = self._edge(sets, todo.lead, span.first, span.first + todo.head)
        self._tail = self._edge(sets, todo.back, span.last - todo.tail, span.last)
        for edge in (self._head, self._tail):
            if edge.sets is not None:
                self._to.codec_context.extradata = sets.joined(edge.sets)
        if source.picture.rotation:
            self._to.set_display_rotation(-source.picture.rotation)
        self._sound: KeptSound | NewSound | None = None
        if source.audio:
            begin, over = span.start * self._tick, span.end * self._tick
            piece = Piece(source=source, track=source.audio[0], start=begin, end=over)
            self._sound = sound_of(self._made, piece)

    def __enter__(self) -> _Cut:
        return self

    def __exit__(self, *_: object) -> None:
        if self._sound is not None:
            self._sound.close()
        self._made.close()
        self._given.close()

    def write(self, report: Report) -> None:
        """Copy, and encode both edges at the same time."""
        with Ahead(self._tail.packets(), room=_ROOM, size=lambda packet: packet.size) as tail:
            for number, packet in enumerate(chain(self._head.packets(), self._copied(), tail), 1):
                self._mux(packet)
                report(number / self._span.count)
        if self._sound is not None:
            self._sound.upto(float("inf"))

    def _copied(self) -> Iterator[Any]:
        first, last = self._moments[self._plan.copy], self._moments[self._plan.stop - 1]
        yield from between(self._given, self._from, first.pts, first.dts, last.dts)

    def _edge(self, sets: Sets, lead: int, first: int, last: int) -> Edge:
        """What encodes the frames from one place to before another, of those that are shown, decoding from `lead`."""
        points = sorted(moment.pts for moment in self._moments)
        wanted = set(points[first:last])
        needed = [moment for moment in self._moments[lead:] if moment.pts in wanted]
        origin = self._moments[lead]
        stretch = Stretch(
            times=[(points[at], self._moments[at].dts) for at in range(first, last)],
            end=points[last] if last < len(points) else self._span.end,
            seek=origin.pts, begin=origin.dts, over=needed[-1].dts if needed else origin.dts,
            passed=frozenset(moment.pts for moment in self._moments if moment.spare and moment.pts not in wanted),
        )  # fmt: skip
        return Edge(self._source, self._from, sets, stretch)

    def _mux(self, packet: Any) -> None:
        """Picture and sound go into the file side by side."""
        packet.stream, packet.time_base = self._to, self._tick
        packet.pts -= self._span.start
        packet.dts -= self._span.start
        if self._sound is not None:
            self._sound.upto(float(packet.dts * self._tick))
        self._made.mux(packet)
