"""Cutting a piece out of a clip: exact to the frame, copying what can be copied."""

from __future__ import annotations

import logging
from fractions import Fraction
from pathlib import Path

from rushes.media.editing.cutting import Span, nearest_span
from rushes.media.editing.ffmpeg import EditFailed, Report, reading, run, whole
from rushes.media.editing.nal import NotPlain
from rushes.media.editing.smart import smart_cut
from rushes.media.editing.source import Source, look
from rushes.media.editing.timing import Scan, scan
from rushes.media.editing.writing import changes, even, losses, mp4, picture_arguments
from rushes.media.probe import UnreadableMedia

log = logging.getLogger(__name__)


def trim(source: Source, start: float, end: float, target: Path, folder: Path, report: Report) -> tuple[str, ...]:
    """Write what lies between two times, in seconds from the file's beginning, to an MP4; warnings.

    The cuts are those between two frames nearest to the times; the sound is cut at the same moments, to the sample.
    Raises EditFailed, also for times that are no piece of the clip, and UnreadableMedia.
    """
    video = source.picture
    if not 0 <= start < end or start >= video.start + video.duration:
        raise EditFailed(f"the piece from {start:g} to {end:g} seconds does not lie in a clip of {source.duration:.3f}")
    import av

    with whole(target):
        try:
            smart_cut(source, start, end, target, report)
        except (NotPlain, av.FFmpegError, ValueError) as reason:
            log.debug("encoding all of the piece", extra={"reason": str(reason)})
        else:
            return changes(source)
        return changes(source) + losses(video) + encoded_cut(source, start, end, target, folder, report)


def encoded_cut(
    source: Source, start: float, end: float, target: Path, folder: Path, report: Report
) -> tuple[str, ...]:  # fmt: skip
    """The same by encoding every frame of the piece; warnings about damaged frames. Raises EditFailed."""
    times = scan(source.path, source.demuxer, [source.picture.index])[source.picture.index]
    begin = Fraction(source.begin)
    at, until = (Fraction(start) + begin) / times.tick, (Fraction(end) + begin) / times.tick
    span = nearest_span(times.points, times.end, float(at), float(until))
    got = 0
    for leap in (True, False):
        run(_arguments(source, times, span, target, leap), seconds=_seconds(times, span), report=report, folder=folder)
        got = _frames(target)
        # A file whose index misleads is read from its beginning.
        if got == span.count:
            return ()
    if not got:
        raise EditFailed("the piece could not be cut: none of its frames can be decoded")
    return (f"{abs(span.count - got)} of {span.count} frames of the piece are damaged",)


def _arguments(source: Source, times: Scan, span: Span, target: Path, leap: bool) -> list[str]:
    first, last = (Fraction(point) * times.tick - Fraction(source.begin) for point in (span.start, span.end))
    # Half-way between two frames: no rounding can lose one, or let one more in.
    room = Fraction(span.start - times.points[span.first - 1]) * times.tick / 2 if span.first else Fraction(0)
    leaped = first - room if leap and span.first else Fraction(0)
    final = times.points[span.last - 1] * times.tick - Fraction(source.begin)
    opening = (float(first - room - leaped), float((final + last) / 2 - leaped))
    cut = [
        f"trim=start={opening[0]:.6f}:end={opening[1]:.6f}" if span.first else f"trim=end={opening[1]:.6f}",
        f"setpts='round(PTS-{float(first - leaped):.6f}/TB)'",
    ]
    graph = f"[0:{source.picture.index}]{','.join([*cut, *even(source.picture)])}[v]"
    maps = ["[v]"]
    if source.audio:
        begin, over = float(first - leaped), float(last - leaped)
        heard = f"atrim=start={begin:.6f}:end={over:.6f},asetpts='round(PTS-{begin:.6f}/TB)'"
        graph += f";[0:{source.audio[0].index}]{heard},aresample=async=1:first_pts=0[a]"
        maps.append("[a]")
    opened = reading(source.path, source.demuxer, *(("-ss", f"{float(leaped):.6f}") if leaped > 0 else ()))
    picture = picture_arguments(source.picture)
    return [*opened, "-filter_complex", graph, *mp4(target, *maps, picture=picture)]


def _seconds(times: Scan, span: Span) -> float:
    return float((span.end - span.start) * times.tick)


def _frames(target: Path) -> int:
    try:
        return look(target).picture.frames
    except UnreadableMedia:
        return 0
