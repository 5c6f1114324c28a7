"""The JSON of the native dialect: the core's own words."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import UNSET, Meta, Struct, UnsetType


class CreateGeneration(Struct, kw_only=True):
    """What to make. `mode` follows from the inputs when it is left out; inputs are http(s) or data URLs."""

    prompt: str = ""
    model: str = "composer"
    mode: str | None = None
    negative_prompt: str = ""
    seconds: float | None = None
    size: str | None = None
    """Width and height in pixels: "1280x720". Otherwise the size follows from resolution and ratio."""
    resolution: str | None = None
    ratio: str | None = None
    fps: int | None = None
    seed: int | None = None
    sound: bool | None = None
    image: str | None = None
    end_image: str | None = None
    references: Annotated[list[str], Meta(max_length=4)] = []
    mask: str | None = None
    """For image-to-image: transparent where the picture is to change."""
    audio: str | None = None
    """The recording, for speech-to-text and denoise-audio."""
    video: str | None = None
    """The clip, for modes that change one."""
    options: dict[str, Any] = {}
    """What only some modes take: scale; fps, factor; face; strength; tags, loop; style, keep_colors; quality."""
    fixed_lens: bool | None = None
    count: int | None = None
    """How many pictures, each unlike the others."""
    voice: str | None = None
    """Who speaks, for text-to-speech."""
    speed: Annotated[float, Meta(ge=0.25, le=4)] | None = None
    format: str | None = None
    """Of the result, where there is a choice: png, jpeg, webp; mp3, opus, aac, flac, wav, pcm."""
    callback_url: str | None = None
    """Told with a signed POST when the generation is over."""


class File(Struct, kw_only=True):
    """One result. Sizes in pixels and bytes, duration in seconds."""

    url: str
    kind: str
    mime: str
    width: int
    height: int
    duration: float
    size: int


class Failure(Struct, kw_only=True):
    """Why a generation failed."""

    code: str
    message: str


class Generation(Struct, kw_only=True):
    """A generation as it stands. Times in ISO 8601, progress 0–1, credits are cents."""

    id: str
    state: str
    progress: float
    model: str
    mode: str
    prompt: str
    seconds: float
    width: int
    height: int
    fps: int
    seed: int
    sound: bool
    engine: str
    draft: bool
    quote: int
    warnings: list[str]
    outputs: list[File]
    created_at: str
    cost: int | UnsetType = UNSET
    started_at: str | UnsetType = UNSET
    finished_at: str | UnsetType = UNSET
    expires_at: str | UnsetType = UNSET
    failure: Failure | UnsetType = UNSET


class Event(Struct, kw_only=True):
    """The body of a callback: `type` is generation.completed, .failed or .cancelled."""

    type: str
    timestamp: str
    data: Generation


class GenerationList(Struct, kw_only=True):
    """Newest first."""

    generations: list[Generation]
    has_more: bool


class ModelInfo(Struct, kw_only=True):
    """A model and what it allows. `available`: an engine of its own, "draft": the composer stands in."""

    id: str
    label: str
    description: str
    kind: str
    modes: list[str]
    available: str
    prompt_max: int
    seconds: dict[str, Any]
    resolutions: dict[str, int]
    ratios: list[str]
    fps: list[int]
    sound: bool
    price: dict[str, Any]


class ModelList(Struct, kw_only=True):
    """All models."""

    models: list[ModelInfo]


class Removed(Struct, kw_only=True):
    """`cancelled`: a queued or running job was stopped; `deleted`: the record and its files are gone."""

    id: str
    cancelled: bool
    deleted: bool


class ErrorDetail(Struct, kw_only=True):
    """What went wrong; `field` names the input at fault when there is one."""

    code: str
    message: str
    field: str | UnsetType = UNSET


class ErrorBody(Struct, kw_only=True):
    """Every error."""

    error: ErrorDetail
