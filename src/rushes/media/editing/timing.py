"""When a file's frames are shown, read from its packets."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

from msgspec import Struct

from rushes.media.editing.ffmpeg import MOST_PIXELS
from rushes.media.probe import UnreadableMedia

MOST_PACKETS = 2_000_000
"""Of all tracks together: hours of anything real."""
PROBED = 1_000_000
"""Bytes in which an MP4's tracks have begun, as a rule."""
_LEAST = 32
"""Bytes: libavformat takes no smaller `probesize`."""
_USUAL = tuple(Fraction(number) for number in (
    "24000/1001", "24", "25", "30000/1001", "30", "48", "50", "60000/1001", "60", "90", "100", "120000/1001", "120",
))  # fmt: skip
_OFF = Fraction(11, 10_000)
"""Seconds by which a time may miss its place in an even rate: some containers count milliseconds only."""
_CLOSE = Fraction(1, 200)


class Scan(Struct, frozen=True, kw_only=True):
    """One track: when its frames begin, rising, and where the last one ends, in units of `tick` seconds."""

    tick: Fraction
    points: Sequence[int]
    end: int


def open_packets(path: Path, demuxer: str, probed: int | None = None) -> Any:
    """The file opened for its packets, by one demuxer that may reach nothing but this file.

    An MP4's index says all that packets need, so nothing is decoded at the start: 2 ms instead of 10. A stream's pixel
    format and colours are then unknown until a packet of it is decoded, and looked for in vain in 5 MB of the file
    unless `probed` says fewer bytes. ffmpeg-codecs.html: "skip_frame", ffmpeg-formats.html: "probesize".
    """
    import av

    name = demuxer.partition(",")[0]
    options = {"protocol_whitelist": "file", "max_pixels": str(MOST_PIXELS)}
    if name == "mov":
        options["skip_frame"] = "all"
        if probed is not None:
            options["probesize"] = str(probed)
    return av.open(f"file:{path}", "r", format=name, options=options)


def scan(path: Path, demuxer: str, tracks: Sequence[int]) -> dict[int, Scan]:
    """Read every packet of the streams with these indices. Raises UnreadableMedia for too many, av.FFmpegError."""
    with open_packets(path, demuxer, _LEAST) as container:
        return _scan(container, [container.streams[index] for index in tracks])


def _scan(container: Any, streams: Sequence[Any]) -> dict[int, Scan]:
    points: dict[int, list[int]] = {stream.index: [] for stream in streams}
    ends: dict[int, int] = dict.fromkeys(points, 0)
    count = 0
    for packet in container.demux(*streams):
        if not packet.size or packet.is_discard:
            continue
        count += 1
        if count > MOST_PACKETS:
            raise UnreadableMedia(f"the file has more than {MOST_PACKETS} frames and pieces of sound")
        time = packet.pts if packet.pts is not None else packet.dts
        if time is None:
            known = points[packet.stream_index]
            time = ends[packet.stream_index] if known else 0
        points[packet.stream_index].append(time)
        ends[packet.stream_index] = max(ends[packet.stream_index], time + (packet.duration or 0))
    found = {}
    for stream in streams:
        track = sorted(points[stream.index])
        end = max(ends[stream.index], track[-1] + _usual_gap(track)) if track else 0
        found[stream.index] = Scan(tick=Fraction(stream.time_base), points=track, end=end)
    return found


def _usual_gap(points: Sequence[int]) -> int:
    gaps = sorted(after - before for before, after in pairwise(points))
    return gaps[len(gaps) // 2] if gaps else 0


def rate_of(times: Scan, declared: Fraction | None) -> tuple[Fraction, bool]:
    """Frames a second on average, and whether every frame lies in that rate's place."""
    points = times.points
    named = Fraction(declared) if declared else None
    if len(points) < 2 or points[-1] == points[0]:
        return named or Fraction(25), True
    average = Fraction(len(points) - 1) / ((points[-1] - points[0]) * times.tick)
    near = sorted((rate for rate in _USUAL if abs(rate / average - 1) < _CLOSE), key=lambda rate: abs(rate - average))
    # What the file says goes first where it is a rate that there is; a guess of the demuxer's goes last.
    first = [named] if named in _USUAL else []
    for rate in filter(None, [*first, *near, named]):
        if _even(times, rate):
            return rate.limit_denominator(1001), True
    average = average.limit_denominator(1001) or Fraction(1)
    return average, _even(times, average)


def _even(times: Scan, rate: Fraction) -> bool:
    step = float(1 / (rate * times.tick))
    first, room = times.points[0], min(float(_OFF / times.tick) + 0.5, step / 4)
    return all(abs(point - first - number * step) <= room for number, point in enumerate(times.points))
