"""From wish to plan: is it allowed, what exactly will be made, what does it cost?"""

from __future__ import annotations

import math
import secrets
from collections.abc import Sequence

import msgspec

from rushes.catalog.errors import InvalidParameter, UnknownModel
from rushes.catalog.formats import extras
from rushes.catalog.knobs import frame_rate, knobs, length
from rushes.catalog.model import Catalog, Model, Plan, Wish
from rushes.catalog.price import Amounts, quote
from rushes.catalog.speaking import longest_spoken
from rushes.engines.contract import Mode

_SEED_LIMIT = 2**63
_SLACK = 0.1
"""A file is often a frame longer than it means to be."""
_WORDLESS = frozenset(
    {
        Mode.SPEECH_TO_TEXT,
        Mode.SOUND_TO_VIDEO,
        Mode.MOTION_TRANSFER,
        Mode.IMAGE_TO_3D,
        Mode.UPSCALE_IMAGE,
        Mode.UPSCALE_VIDEO,
        Mode.INTERPOLATE_VIDEO,
        Mode.REMOVE_BACKGROUND,
        Mode.FACE_SWAP,
        Mode.DENOISE_AUDIO,
        Mode.EDIT,
        Mode.VIDEO_TO_IMAGE,
        Mode.TRANSLATE,
    }
)
"""Modes whose inputs say all: their prompt may be empty."""


def make_plan(catalog: Catalog, wish: Wish, warnings: Sequence[str] = ()) -> Plan:
    """Check `wish` against its model and fill in what it leaves open. `warnings` go into the result.

    Raises UnknownModel, InvalidParameter, PriceError.
    """
    model = catalog.find(wish.model)
    if model is None:
        raise UnknownModel(wish.model)
    if wish.mode not in model.modes:
        raise InvalidParameter("mode", f"must be one of {_listed(model.modes)} for {model.id}")
    if model.edits and wish.extra.get("edit") not in model.edits:
        raise InvalidParameter("edit", f"must be one of {_listed(model.edits)} for {model.id}")
    prompt = _prompt(model, wish)
    if len(wish.negative_prompt) > model.prompt_max:
        reason = f"must be at most {model.prompt_max} characters, got {len(wish.negative_prompt)}"
        raise InvalidParameter("negative_prompt", reason)
    fps = frame_rate(model, wish.fps)
    seconds, frames = length(model, wish, fps)
    if wish.mode is Mode.TEXT_TO_SPEECH and model.settle == "length":
        seconds = longest_spoken(prompt, wish.speed or 1.0)
    set_to = knobs(model, wish)
    resolution, ratio, width, height = _size(model, wish)
    count = _count(model, wish.count)
    plan = Plan(
        model=model.id,
        mode=wish.mode,
        prompt=prompt,
        negative_prompt=wish.negative_prompt,
        seconds=seconds,
        resolution=resolution,
        ratio=ratio,
        width=width,
        height=height,
        fps=fps,
        frames=frames,
        steps=set_to.steps,
        cfg=set_to.cfg,
        sampler=set_to.sampler,
        scheduler=set_to.scheduler,
        shift=set_to.shift,
        strength=set_to.strength,
        seed=_seed(wish.seed),
        sound=_sound(model, wish),
        fixed_lens=_fixed_lens(model, wish.fixed_lens),
        count=count,
        prefer=wish.prefer,
        extra=extras(catalog.voices, wish),
        warnings=(*warnings, *set_to.ignored),
        quote=0,
    )
    return msgspec.structs.replace(plan, quote=quote(model.price, amounts_of(plan)))


def measured(catalog: Catalog, plan: Plan, seconds: float, clips: int = 0) -> Plan:
    """The plan at the length (and the number) of what came in, a recording say, and its price.

    Raises InvalidParameter when that is longer than the model takes, PriceError.
    """
    longest = catalog.models[plan.model].duration.max
    if seconds > longest + _SLACK:
        raise InvalidParameter("seconds", f"what is given is {seconds:.1f} seconds long, at most {longest:g} are taken")
    plan = msgspec.structs.replace(plan, seconds=seconds, clips=clips)
    return msgspec.structs.replace(plan, quote=quote(catalog.models[plan.model].price, amounts_of(plan)))


def usual_price(model: Model, seconds: float | None = None) -> int:
    """What an order at the model's defaults costs: of its usual length, or as near to `seconds` as it makes.

    Raises PriceError.
    """
    return quote(model.price, usual_amounts(model, seconds))


def usual_amounts(model: Model, seconds: float | None = None) -> Amounts:
    """What is to be paid for in an order at the model's defaults, of its usual length or as near as it comes."""
    limits, sampling = model.duration, model.sampling
    length = limits.default if seconds is None else seconds
    frames = steps = 0
    if sampling is not None:
        steps = sampling.steps.default if sampling.steps is not None else 0
        if sampling.frames is not None:
            length = min(max(length, limits.min), limits.max)
            frames = round(length * model.fps[0])
    resolution = next(iter(model.resolutions), "")
    return Amounts(seconds=length, resolution=resolution, frames=frames, steps=steps)


def amounts_of(plan: Plan) -> Amounts:
    """What of a plan is to be paid for."""
    return Amounts(
        seconds=plan.seconds,
        resolution=plan.resolution,
        frames=plan.frames,
        steps=plan.steps,
        count=plan.count,
        characters=len(plan.prompt),
        clips=plan.clips,
    )


def _prompt(model: Model, wish: Wish) -> str:
    prompt = wish.prompt
    if not prompt.strip() and wish.mode not in _WORDLESS:
        raise InvalidParameter("prompt", "must not be empty")
    if len(prompt) > model.prompt_max:
        raise InvalidParameter("prompt", f"must be at most {model.prompt_max} characters, got {len(prompt)}")
    return prompt


def _size(model: Model, wish: Wish) -> tuple[str, str, int, int]:
    said = (wish.resolution, wish.ratio, wish.width, wish.height)
    if not model.resolutions or (model.keeps_size and not any(one is not None for one in said)):
        return "", "", 0, 0
    own = model.sampling
    if own is not None and own.width and wish.resolution is None and wish.ratio is None:
        # Its usual size, and the usual other side where one is given.
        width = own.width if wish.width is None else wish.width
        height = own.height if wish.height is None else wish.height
        return _free_size(model, msgspec.structs.replace(wish, width=width, height=height))
    if wish.width is not None or wish.height is not None:
        return _free_size(model, wish)
    ratio = wish.ratio if wish.ratio is not None else model.ratios[0]
    if ratio not in model.ratios:
        raise InvalidParameter("ratio", f"must be one of {_listed(model.ratios)}")
    resolution = wish.resolution if wish.resolution is not None else next(iter(model.resolutions))
    if resolution not in model.resolutions:
        raise InvalidParameter("resolution", f"must be one of {_listed(tuple(model.resolutions))}")
    short = model.resolutions[resolution]
    across, down = (int(part) for part in ratio.split(":"))
    long = round(short * max(across, down) / min(across, down) / 2) * 2
    return (resolution, ratio, long, short) if across >= down else (resolution, ratio, short, long)


def _free_size(model: Model, wish: Wish) -> tuple[str, str, int, int]:
    if wish.width is None or wish.height is None:
        raise InvalidParameter("size", "needs both width and height")
    width, height = wish.width, wish.height
    short, long = min(width, height), max(width, height)
    if not model.any_size:
        for resolution, side in model.resolutions.items():
            for ratio in model.ratios:
                if _size(model, _at(wish, resolution, ratio))[2:] == (width, height) and side == short:
                    return resolution, ratio, width, height
        raise InvalidParameter("size", f"{model.id} cannot make {width}x{height}")
    largest = max(model.resolutions.values())
    if width % 2 or height % 2:
        raise InvalidParameter("size", f"width and height must be even, got {width}x{height}")
    if short < 64 or short > largest or long > largest * 21 // 9 + 2:
        raise InvalidParameter("size", f"must be from 64x64 to {largest} pixels on the short side")
    if long > short * 3:
        raise InvalidParameter("size", f"must be at most 3 times as long as wide, got {width}x{height}")
    fitting = [name for name, side in model.resolutions.items() if side >= short]
    common = math.gcd(width, height)
    return (
        min(fitting, key=model.resolutions.__getitem__),
        f"{width // common}:{height // common}",
        width,
        height,
    )


def _at(wish: Wish, resolution: str, ratio: str) -> Wish:
    return Wish(model=wish.model, prompt=wish.prompt, mode=wish.mode, resolution=resolution, ratio=ratio)


def _seed(seed: int | None) -> int:
    if seed is None or seed == -1:
        return secrets.randbits(31)
    if not 0 <= seed < _SEED_LIMIT:
        raise InvalidParameter("seed", f"must be from 0 to {_SEED_LIMIT - 1}, or -1 for a random one")
    return seed


def _sound(model: Model, wish: Wish) -> bool:
    if wish.sound and not model.sound:
        raise InvalidParameter("sound", f"{model.id} makes no sound")
    # A clip keeps the sound that it has, unless it is told not to.
    return model.sound and wish.mode is Mode.VIDEO_TO_VIDEO if wish.sound is None else wish.sound


def _fixed_lens(model: Model, fixed: bool | None) -> bool:
    if fixed and not model.fixed_lens:
        raise InvalidParameter("fixed_lens", f"{model.id} cannot hold the camera still")
    return bool(fixed)


def _count(model: Model, count: int | None) -> int:
    if count is None:
        return 1
    if not 1 <= count <= model.count_max:
        raise InvalidParameter("count", f"must be from 1 to {model.count_max}, got {count}")
    return count


def _listed(values: tuple[str, ...]) -> str:
    return ", ".join(str(value) for value in values)
