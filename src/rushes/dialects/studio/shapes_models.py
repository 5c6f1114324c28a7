"""The JSON of the catalogue: models with their defaults, limits and prices, and quotes."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

Available = Literal["yes", "draft", "no"]
"""An engine of its own; a draft by the composer, which says so; not on this server now."""


class Range(Struct, kw_only=True):
    """The bounds of a number."""

    min: float
    max: float


class Limits(Struct, kw_only=True, omit_defaults=True):
    """What each parameter may be; one that is missing is no parameter of the model. The tier may set lower bounds."""

    prompt_length: int
    width: Range | None = None
    height: Range | None = None
    seconds: Range | None = None
    frames: Range | None = None
    steps: Range | None = None
    cfg: Range | None = None
    shift: Range | None = None
    strength: Range | None = None
    frame_rate: Range | None = None
    count: Range | None = None
    samplers: tuple[str, ...] = ()
    schedulers: tuple[str, ...] = ()
    size_multiple: int | None = None
    """The model works in sides of this multiple; results are cut to the size that was asked for."""
    frame_step: int | None = None
    """The model works in frame_step * n + 1 frames; results are cut to the frames that were asked for."""


class Defaults(Struct, kw_only=True, omit_defaults=True):
    """What each parameter is unless it is given."""

    seed: int
    width: int | None = None
    height: int | None = None
    frames: int | None = None
    seconds: float | None = None
    frame_rate: int | None = None
    steps: int | None = None
    cfg: float | None = None
    sampler: str | None = None
    scheduler: str | None = None
    shift: float | None = None
    strength: float | None = None


class Cost(Struct, kw_only=True, omit_defaults=True):
    """cost = base + frames * per_frame + steps * per_step in credits, rounded up.

    Where block_seconds is there, base is paid for every started stretch of so many seconds.
    """

    base: float
    per_frame: float
    per_step: float
    example: int
    """At the defaults."""
    block_seconds: float | None = None


class VideoModel(Struct, kw_only=True):
    """One of "Available Models". `type` is the first of what it can do, `capabilities` all of it."""

    id: str
    name: str
    description: str
    provider: str
    type: str
    capabilities: list[str]
    defaults: Defaults
    limits: Limits
    cost: Cost
    available: Available


class VideoModels(Struct, kw_only=True):
    """The answer of GET /api/models."""

    models: list[VideoModel]


class ImageModel(Struct, kw_only=True):
    """One of "Image Models"; every image costs `credit_cost`."""

    id: str
    name: str
    description: str
    provider: str
    type: str
    capabilities: list[str]
    defaults: Defaults
    limits: Limits
    credit_cost: int
    available: Available


class ImageModels(Struct, kw_only=True):
    """The answer of GET /api/image-models."""

    models: list[ImageModel]


class QuoteQuery(Struct, kw_only=True):
    """What is to be quoted; what is left out is the model's default. Lengths are frames, or seconds."""

    model: str = "wan-t2v"
    frames: int | None = None
    steps: int | None = None
    width: int | None = None
    height: int | None = None
    frame_rate: int | None = None
    seconds: float | None = None
    count: Annotated[int, Meta(ge=1)] | None = None


class Quote(Struct, kw_only=True):
    """What a generation costs, in credits: exactly what would be charged.

    `required_tier` is the lowest tier that may make it, where the caller's may not.
    """

    model: str
    cost: int
    frames: int
    steps: int
    seconds: float
    frame_rate: int
    width: int
    height: int
    count: int
    required_tier: str | None
    warnings: list[str]
