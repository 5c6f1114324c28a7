"""The settings of one order: how many frames at what rate, and how the model's knobs stand."""

from __future__ import annotations

import math
from typing import Any

from msgspec import Struct

from rushes.catalog.errors import InvalidParameter
from rushes.catalog.model import Model, Plan, Wish
from rushes.catalog.sampling import Sampling, Span, Whole, names

_NONE = Sampling()
_KNOBS = ("steps", "cfg", "shift", "strength", "sampler", "scheduler")


class Knobs(Struct, frozen=True, kw_only=True):
    """A model's knobs as they stand; 0, None and "" are knobs that it does not have."""

    steps: int
    cfg: float | None
    shift: float | None
    strength: float | None
    sampler: str
    scheduler: str
    ignored: tuple[str, ...]
    """Warnings about those that were turned and are not there."""


def knobs(model: Model, wish: Wish) -> Knobs:
    """What `wish` and the model's defaults come to. Raises InvalidParameter."""
    has = model.sampling or _NONE
    ignored = [name for name in _KNOBS if getattr(wish, name) is not None and not getattr(has, name)]
    if wish.frames is not None and model.kind != "video":
        ignored.append("frames")
    return Knobs(
        steps=_whole("steps", has.steps, wish.steps) if has.steps is not None else 0,
        cfg=_number("cfg", has.cfg, wish.cfg),
        shift=_number("shift", has.shift, wish.shift),
        strength=_number("strength", has.strength, wish.strength),
        sampler=_name("sampler", has.sampler, wish.sampler, names().samplers),
        scheduler=_name("scheduler", has.scheduler, wish.scheduler, names().schedulers),
        ignored=tuple(f"{name}: ignored, {model.id} has no such setting" for name in ignored),
    )


def extra_of(plan: Plan) -> dict[str, Any]:
    """What an engine is told in a request's `extra`: the plan's own, and the frames and knobs that its model has."""
    settings = {name: getattr(plan, name) for name in ("frames", *_KNOBS)}
    # A strength, a cfg or a shift may be 0; frames and steps that are 0 are none.
    return plan.extra | {
        name: value for name, value in settings.items() if value is not None and (value or isinstance(value, float))
    }


def frame_rate(model: Model, fps: int | None) -> int:
    """Frames a second, 0 where nothing moves. Raises InvalidParameter."""
    if model.kind != "video":
        return 0
    if model.sampling is not None and model.sampling.frame_rate is not None:
        return _whole("fps", model.sampling.frame_rate, fps)
    if fps is None:
        return model.fps[0]
    if fps not in model.fps:
        raise InvalidParameter("fps", f"must be one of {', '.join(map(str, model.fps))}")
    return fps


def length(model: Model, wish: Wish, fps: int) -> tuple[float, int]:
    """Seconds and frames; frames are 0 where they are no setting of the model. Raises InvalidParameter."""
    limits = model.sampling.frames if model.sampling is not None else None
    if limits is None:
        asked = wish.frames / fps if wish.frames is not None and fps else wish.seconds
        return _seconds(model, asked), 0
    if wish.frames is not None or wish.seconds is None:
        frames = _whole("frames", limits, wish.frames)
        return frames / fps, frames
    frames = round(wish.seconds * fps) if math.isfinite(wish.seconds) else -1
    if not limits.min <= frames <= limits.max:
        bounds = f"from {limits.min / fps:.3g} to {limits.max / fps:.3g} at {fps} frames a second"
        raise InvalidParameter("seconds", f"must be {bounds}, got {wish.seconds:g}")
    return frames / fps, frames


def makes_length(model: Model, seconds: float) -> bool:
    """Whether a model makes this length at its usual rate."""
    try:
        length(model, Wish(model=model.id, prompt="", mode=model.modes[0], seconds=seconds), frame_rate(model, None))
    except InvalidParameter:
        return False
    return True


def _seconds(model: Model, asked: float | None) -> float:
    limits = model.duration
    seconds = limits.default if asked is None else asked
    if seconds and not limits.max:
        raise InvalidParameter("seconds", f"is no setting of {model.id}; leave it out")
    if not (math.isfinite(seconds) and limits.min <= seconds <= limits.max):
        raise InvalidParameter("seconds", f"must be from {limits.min:g} to {limits.max:g}, got {seconds:g}")
    if limits.choices and seconds not in limits.choices:
        raise InvalidParameter("seconds", f"must be one of {', '.join(f'{c:g}' for c in limits.choices)}")
    if limits.whole and seconds != int(seconds):
        raise InvalidParameter("seconds", f"must be a whole number, got {seconds:g}")
    return seconds


def _whole(field: str, limits: Whole, asked: int | None) -> int:
    value = limits.default if asked is None else asked
    if not limits.min <= value <= limits.max:
        raise InvalidParameter(field, f"must be from {limits.min} to {limits.max}, got {value}")
    return value


def _number(field: str, limits: Span | None, asked: float | None) -> float | None:
    if limits is None:
        return None
    value = limits.default if asked is None else asked
    if not (math.isfinite(value) and limits.min <= value <= limits.max):
        raise InvalidParameter(field, f"must be from {limits.min:g} to {limits.max:g}, got {value:g}")
    return float(value)


def _name(field: str, default: str, asked: str | None, known: tuple[str, ...]) -> str:
    if not default or asked is None:
        return default
    if asked not in known:
        raise InvalidParameter(field, f"must be one of {', '.join(known)}")
    return asked
