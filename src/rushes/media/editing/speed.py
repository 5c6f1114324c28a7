"""A clip faster or slower, the voices at their pitch.

atempo takes and gives whole windows of about 40 ms, and its sound comes half a window early; that much silence before
each step puts it right. Slower than 0.8 its windows are halved, by telling it half the sampling rate: measured with
beeps, sound then stays within 17 ms of the picture at every factor from 0.25 to 4 (rubberband: up to 50 ms).
"""

from __future__ import annotations

import math
from fractions import Fraction
from pathlib import Path

from rushes.media.editing.ffmpeg import EditFailed, Report, reading, run, whole
from rushes.media.editing.source import Source, VideoTrack
from rushes.media.editing.writing import changes, even, losses, mp4, picture_arguments

SLOWEST, FASTEST = 0.25, 4.0
_SMOOTH = 60
"""Frames a second of a faster clip, at most: more are not seen."""
_STEADY = 12
"""Frames a second below which a slower clip shows each frame several times: players seek and drop by frames, and some
take fewer for a fault. Above, the rate just falls: the same is seen, of fewer bytes."""
_FLUENT = 30
"""Frames a second, at least, of a faster clip whose rate varied."""
_RATE = 48_000
_FINE = Fraction(4, 5)
"""Slower than this, atempo gets short windows."""
_LATE = 36
"""Samples by which the first of two slow steps is late on the whole."""
_STEP = Fraction(1, 50)
"""Of a frame: times are moved by so much, that rounding does not decide which frames are shown."""


def speed(source: Source, factor: float, target: Path, folder: Path, report: Report) -> tuple[str, ...]:
    """Write the clip `factor` times as fast, 0.25 to 4, to an MP4; warnings. Raises EditFailed and UnreadableMedia."""
    if not SLOWEST <= factor <= FASTEST:
        raise EditFailed(f"the factor must be {SLOWEST:g} to {FASTEST:g}, got {factor:g}")
    video, pace = source.picture, Fraction(str(factor)).limit_denominator(1000)
    rate = rate_at(video, pace)
    moved = f"+{float(_STEP / rate * 1_000_000):.3f}" if rate is not None and pace > 1 else ""
    picture = [
        "settb=1/1000000", f"setpts='round(PTS/{float(pace):.9f}{moved})'",
        *([f"fps={rate}"] if rate is not None else []), *even(video),
    ]  # fmt: skip
    graph = f"[0:{video.index}]{','.join(picture)}[v]"
    maps = ["[v]"]
    if source.audio:
        graph += f";[0:{source.audio[0].index}]{','.join(sound_filters(pace))}[a]"
        maps.append("[a]")
    arguments = [
        *reading(source.path, source.demuxer), "-filter_complex", graph,
        *mp4(target, *maps, picture=picture_arguments(video)),
    ]  # fmt: skip
    with whole(target):
        run(arguments, seconds=source.duration / float(pace), report=report, folder=folder)
    said = changes(source) + losses(video)
    if pace > 1 and rate is not None and rate < video.fps:
        said += (f"the result has {float(rate):g} frames a second, the original had {float(video.fps):g}",)
    return said


def rate_at(video: VideoTrack, pace: Fraction) -> Fraction | None:
    """Frames a second of the result; None where a rate that varies stays as it is.

    Faster, it is the clip's own, up to 60, of the frames nearest in time. Slower, every frame stays.
    """
    if pace > 1:
        return min(video.fps if video.constant else max(video.fps, Fraction(_FLUENT)), Fraction(_SMOOTH))
    if not video.constant:
        return None
    slowed = video.fps * pace
    return slowed * math.ceil(_STEADY / slowed) if pace < 1 else slowed


def sound_filters(pace: Fraction) -> list[str]:
    """Filters for sound that begins where the picture does; at the original's pace, none that change it."""
    aligned = f"aresample={_RATE}:async=1:first_pts=0"
    if pace == 1:
        return [aligned]
    rate = _RATE // 2 if pace < _FINE else _RATE
    window = 1 << (rate // 24 - 1).bit_length()
    steps: list[str] = []
    for step in _steps(pace):
        early = window // 2 - (_LATE if pace < step and not steps else 0)
        steps.append(f"adelay={early}S:all=1,atempo={float(step):.9f}")
    return [aligned, f"asetrate={rate}", *steps, f"asetrate={_RATE}"]


def _steps(pace: Fraction) -> list[Fraction]:
    """One filter halves at most, and beyond double it begins to skip."""
    for most in (Fraction(1, 2), Fraction(2)):
        if (pace < most) if most < 1 else (pace > most):
            return [most, pace / most]
    return [pace]
