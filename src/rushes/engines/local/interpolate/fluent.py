"""One generation of the interpolator: the render process's entry."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Any

from rushes.engines.contract import EngineError, FailureCode, Mode, Output, Request, Role
from rushes.engines.local.composer.flow import MotionFinder, Rife
from rushes.engines.local.interpolate.pace import Step, steps
from rushes.engines.local.interpolate.tween import Tween, faded
from rushes.engines.local.needed import needed
from rushes.engines.local.photo import input_path
from rushes.media.ahead import Ahead
from rushes.media.footage import Footage
from rushes.media.planes import Colours, Planes
from rushes.media.probe import UnreadableMedia
from rushes.media.remake import Remake
from rushes.processors import threads

FACTORS = (2, 4)
FPS = (1, 120)
PIXELS = 4096 * 2304
_NEAR = 0.02
"""A time so near to a frame, as a share of the way to the next one, is that frame's."""
_THREADS = 4


def run(
    request: Request, folder: Path, report: Callable[[float], None], settings: dict[str, Any]
) -> tuple[tuple[Output, ...], tuple[str, ...]]:
    """Give the clip (VIDEO) another frame rate, making the frames that were never taken. Length and sound stay.

    extra: fps (1-120), or factor (2, 4; 2 unless either is said). One output, H.264 in MP4. Raises EngineError.
    """
    if request.mode is not Mode.INTERPOLATE_VIDEO:
        raise EngineError(FailureCode.INVALID_INPUT, f"this engine makes frames between; it does not do {request.mode}")
    path = folder / "video.mp4"
    try:
        with Footage(input_path(request, Role.VIDEO)) as clip:
            if clip.width * clip.height > PIXELS:
                size = f"{clip.width}x{clip.height}"
                raise EngineError(FailureCode.INPUT_SIZE, f"video: has {size} pixels, at most {PIXELS} are possible")
            rate = target_rate(request.extra, clip.rate)
            finder = _loaded(needed("rife", settings))
            with (
                Remake(path, clip, width=clip.width, height=clip.height, rate=rate) as writer,
                Ahead(steps(clip.frames())) as way,
            ):
                for planes, start, until in fluent(way, rate, finder, clip.colours):
                    writer.write(planes, start, until)
                    report(float(until) / clip.seconds if clip.seconds else 0.0)
            warnings = writer.warnings
            if rate < clip.rate:
                warnings += (f"the clip has {float(clip.rate):g} frames a second, more than were asked for",)
    except UnreadableMedia as error:
        raise EngineError(FailureCode.INVALID_INPUT, f"video: {error}") from error
    return (Output(kind="video", mime="video/mp4", location=str(path)),), warnings


def fluent(
    way: Iterator[Step], rate: Fraction, finder: MotionFinder, colours: Colours
) -> Iterator[tuple[Planes, Fraction, Fraction]]:
    """Frames at 0, 1 / rate and so on, each with when it appears and goes; the last one goes when the clip ends."""
    made: tuple[Planes, Fraction] | None = None
    count = 0
    end = Fraction(0)
    tween: Tween | None = None
    for step in way:
        tween = None if step.still else Tween(finder, step.first.planes, step.last.planes, colours, tween)
        begin, end = step.first.start, step.last.start
        while (time := count / rate) < end:
            if made is not None:
                yield *made, time
            made = (_between(step, tween, float((time - begin) / (end - begin))), time)
            count += 1
    if made is not None:
        # A time that is too short for a frame of its own belongs to the last one.
        yield *made, end


def _between(step: Step, tween: Tween | None, time: float) -> Planes:
    if time < _NEAR:
        return step.first.planes
    if time > 1 - _NEAR:
        return step.last.planes
    if tween is None:
        return faded(step.first.planes, step.last.planes, time)
    return step.first.planes if tween.is_cut else tween.at(time)


def target_rate(extra: dict[str, Any], rate: Fraction) -> Fraction:
    """The frames a second to come to, for a clip of `rate`. Raises EngineError."""
    fps, factor = extra.get("fps"), extra.get("factor")
    slowest, fastest = FPS
    if fps is not None and factor is not None:
        raise EngineError(FailureCode.INVALID_INPUT, "fps: either fps or factor can be given, not both")
    if fps is None:
        factor = FACTORS[0] if factor is None else factor
        if isinstance(factor, bool) or factor not in FACTORS:
            raise EngineError(FailureCode.INVALID_INPUT, f"factor: must be one of {', '.join(map(str, FACTORS))}")
        if rate * int(factor) > fastest:
            raise EngineError(
                FailureCode.INVALID_INPUT,
                f"factor: {factor} times the clip's {float(rate):g} frames a second is more than {fastest}",
            )
        return rate * int(factor)
    if isinstance(fps, bool) or not isinstance(fps, int | float) or not math.isfinite(fps):
        raise EngineError(FailureCode.INVALID_INPUT, "fps: must be a number")
    if not slowest <= fps <= fastest:
        raise EngineError(FailureCode.INVALID_INPUT, f"fps: must be from {slowest} to {fastest}")
    # 23.976, 29.97 and 59.94 are said for what has no end of digits.
    ntsc = Fraction(round(fps * 1.001) * 1000, 1001)
    return ntsc if fps != round(fps) and abs(float(ntsc) - fps) < 0.005 else Fraction(fps).limit_denominator(1001)


@lru_cache(maxsize=1)
def _loaded(folder: Path) -> Rife:
    """The network, kept by this process from one task to the next."""
    return Rife(folder, threads=threads(_THREADS), alone=False)
