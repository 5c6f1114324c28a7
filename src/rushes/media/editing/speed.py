"""A clip faster or slower, the voices at their pitch.

atempo takes and gives whole windows of about 40 ms, and its sound comes half a window early; that much silence before
each step puts it right. Slower than 0.8 its windows are halved, by telling it half the sampling rate: measured with
beeps, sound then stays within 17 ms of the picture at every factor from 0.25 to 4 (rubberband: up to 50 ms).
"""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

from rushes.media.editing.ffmpeg import EditFailed, Report, reading, run, whole
from rushes.media.editing.source import Source, VideoTrack
from rushes.media.editing.writing import changes, even, losses, mp4, picture_arguments

SLOWEST, FASTEST = 0.25, 4.0
_SMOOTH = 60
"""Frames a second beyond which a clip that was slower before loses frames; below it every frame stays."""
_RATE = 48_000
_FINE = Fraction(4, 5)
"""Slower than this, atempo gets short windows."""
_LATE = 36
"""Samples by which the first of two slow steps is late on the whole."""
_STEP = Fraction(1, 10)
"""Of a frame: times are moved by so much, that rounding does not decide which frames go."""


def speed(source: Source, factor: float, target: Path, folder: Path, report: Report) -> tuple[str, ...]:
    """Write the clip `factor` times as fast, 0.25 to 4, to an MP4; warnings. Raises EditFailed and UnreadableMedia."""
    if not SLOWEST <= factor <= FASTEST:
        raise EditFailed(f"the factor must be {SLOWEST:g} to {FASTEST:g}, got {factor:g}")
    video, pace = source.picture, Fraction(str(factor)).limit_denominator(1000)
    rate = rate_at(video, pace)
    picture = [
        "settb=1/1000000",
        f"setpts='round(PTS/{float(pace):.9f}+{float(_STEP / rate * 1_000_000):.3f})'" if _drops(video, pace)
        else f"setpts='round(PTS/{float(pace):.9f})'",
        *([f"fps={rate}"] if video.constant or pace > 1 else []),
        *even(video),
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
    if _drops(video, pace):
        said += (f"frames were left out: the result has {float(rate):g} frames a second",)
    return said


def rate_at(video: VideoTrack, pace: Fraction) -> Fraction:
    """Frames a second of the result: every frame stays, unless there would be more than 60 and more than before."""
    return min(video.fps * pace, max(video.fps, Fraction(_SMOOTH))) if pace > 1 else video.fps * pace


def _drops(video: VideoTrack, pace: Fraction) -> bool:
    return rate_at(video, pace) != video.fps * pace


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
