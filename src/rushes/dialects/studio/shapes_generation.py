"""The JSON of generating: what is asked for, what was accepted, how it goes."""

from __future__ import annotations

from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from rushes.dialects.studio.shapes_history import Status

File = Annotated[str, Meta(min_length=1)]
"""A filename that an answer gave, or an http(s) or data URL."""
Negative = Annotated[str, Meta(max_length=2000)]


class Settings(Struct, kw_only=True):
    """The parameters that videos and images share; what is left out is the model's default (GET /api/models)."""

    prompt: str = ""
    """At most 2000 characters."""
    negative_prompt: Negative = ""
    width: int | None = None
    height: int | None = None
    steps: int | None = None
    cfg: float | None = None
    seed: int | None = None
    """-1 for a random one."""
    sampler: str | None = None
    scheduler: str | None = None
    shift: float | None = None
    project_id: int | str | None = None
    image_filename: File | None = None
    """The image to start from: uploaded, extracted from a video, or generated."""


class Generate(Settings, kw_only=True):
    """A video. Which inputs a model needs, its type says; without `model`, they say which model it is."""

    model: str | None = None
    frames: int | None = None
    frame_rate: int | None = None
    start_image: File | None = None
    """The same as `image_filename`."""
    end_image: File | None = None
    """The last frame, for first-last-frame models."""
    video_filename: File | None = None
    """A driving or control video."""
    audio_filename: File | None = None
    """A recording, for sound-to-video models."""
    strength: float | None = None


class GenerateImage(Settings, kw_only=True):
    """One or more images, each a generation of its own."""

    model: str = "flux"
    count: Annotated[int, Meta(ge=1)] = 1
    reference_images: Annotated[list[File], Meta(max_length=3)] = []
    """Further images to take from, for models that edit."""
    mask_filename: File | None = None
    """Transparent where the image is to change, for models that edit."""
    strength: float | None = None


class GenerateV2V(Struct, kw_only=True):
    """A video in another style. It keeps its length, and its size where the tier allows it."""

    video_filename: File
    prompt: str
    strength: float | None = None
    negative_prompt: Negative = ""
    seed: int | None = None
    project_id: int | str | None = None


class Accepted(Struct, kw_only=True):
    """A queued generation: poll /api/status?job_id=. `draft`: `engine` stands in for the model's own."""

    job_id: str
    generation_id: str
    status: Status
    position: int | None
    credits_charged: int
    """Held now; given back when the generation fails or is cancelled."""
    credits_remaining: int
    engine: str
    draft: bool
    warnings: list[str]


class AcceptedImages(Struct, kw_only=True):
    """Queued images, a job each; credits are for all of them."""

    job_ids: list[str]
    status: Status
    position: int | None
    credits_charged: int
    credits_remaining: int
    engine: str
    draft: bool
    warnings: list[str]


class StatusQuery(Struct, kw_only=True):
    """Which generation."""

    job_id: str


class JobStatus(Struct, kw_only=True):
    """How a generation goes; `completed` and `error` are its ends. A cancelled one ends in `error`.

    `position` counts from 1 while it is queued. `estimated_seconds` until the end, null when nothing is known.
    """

    job_id: str
    generation_id: str
    status: Status
    progress: int
    position: int | None
    estimated_seconds: int | None
    filename: str | None
    video_url: str | UnsetType | None = UNSET
    image_url: str | UnsetType | None = UNSET
    audio_url: str | UnsetType | None = UNSET
    subtitles_url: str | UnsetType | None = UNSET
    error: str | None = None
    warnings: list[str] = []


class Cancel(Struct, kw_only=True):
    """Which generation to stop."""

    job_id: str


class Cancelled(Struct, kw_only=True):
    """`cancelled` is false when it was over already."""

    job_id: str
    cancelled: bool
    status: Status
    credits_refunded: int


class ActiveJob(Struct, kw_only=True):
    """One of the caller's jobs that is queued or running."""

    job_id: str
    model: str
    status: Status
    progress: int
    position: int | None


class Queue(Struct, kw_only=True):
    """`length` counts everybody's waiting jobs; `position` is that of the caller's first waiting one."""

    length: int
    active: list[ActiveJob]
    position: int | None


class EngineStatus(Struct, kw_only=True):
    """What makes media here. `stands_in`: it makes drafts of models that have no engine."""

    name: str
    ready: bool
    reason: str
    modes: list[str]
    stands_in: bool


class MissingModel(Struct, kw_only=True):
    """A model that a ComfyUI server cannot make now: which files and nodes it lacks, and where they are to be had."""

    model: str
    missing: list[str]
    reason: str


class BackendStatus(Struct, kw_only=True):
    """`online`: a ComfyUI server is connected and ready. What works without one, `engines` says.

    `missing_models`: what the servers lack, found out before anybody asks for it.
    """

    online: bool
    message: str
    engines: list[EngineStatus]
    missing_models: list[MissingModel]
    queue_length: int
