"""The JSON of the xpilot dialect. Sections named are those of its document.

Fields that the document does not have: `engine`, `draft` and `warnings` say what really ran and what was ignored.
"""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

Status = Literal["processing", "completed", "failed"]
Provider = Literal["wavespeed", "seedance"]


class TextModel(Struct, kw_only=True):
    """ "List Models": a text model."""

    id: str
    label: str
    provider: str
    description: str
    type: Literal["text"] = "text"


class VideoModel(Struct, kw_only=True, omit_defaults=True):
    """ "List Models": a video model. `cost_cents_per_5s` is the price of a call of 5 seconds.

    The document's own models cost that whatever the length.
    """

    id: str
    label: str
    tier: str
    supports_audio: bool
    supports_lock_camera: bool
    cost_cents_per_5s: int
    mode: str
    provider: Provider
    type: str
    durations: list[int] | UnsetType = UNSET


class ImageModel(Struct, kw_only=True):
    """ "List Models": an image model."""

    id: str
    label: str
    tier: str
    cost_cents: int
    type: Literal["image"] = "image"


class Models(Struct, kw_only=True):
    """All models by type."""

    text: list[TextModel]
    video: list[VideoModel]
    image: list[ImageModel]


class ModelList(Struct, kw_only=True):
    """The answer to "List Models"."""

    models: Models


class GenerateVideo(Struct, kw_only=True):
    """ "Generate Video": model and prompt are required."""

    model: str = ""
    prompt: str = ""
    duration: float | None = None
    aspect_ratio: str | None = None
    image_url: str | None = None
    generate_audio: bool | None = None
    lock_camera: bool | None = None


class VideoTask(Struct, kw_only=True):
    """The answer to "Generate Video"."""

    task_id: str
    status: Status
    provider: Provider
    poll_url: str
    cost_cents: int
    remaining_credits_cents: int
    engine: str
    draft: bool
    warnings: list[str]


class PollQuery(Struct, kw_only=True):
    """ "Poll Video Status": `pollUrl` is accepted and never fetched."""

    provider: Provider = "wavespeed"
    pollUrl: str = ""  # noqa: N815 - the document's name


class Task(Struct, kw_only=True):
    """ "Poll Video Status": `error` only when failed."""

    task_id: str
    status: Status
    outputs: list[str]
    provider: Provider
    created_at: str
    engine: str
    draft: bool
    warnings: list[str]
    error: str | UnsetType = UNSET


class GenerateImage(Struct, kw_only=True):
    """ "Generate Image": model and prompt are required."""

    model: str = ""
    prompt: str = ""
    aspect_ratio: str | None = None
    mode: Literal["t2i", "i2i", "i2i_text"] | None = None
    image_url: str | None = None
    image_urls: Annotated[list[str], Meta(max_length=8)] | None = None


class ImageTask(Struct, kw_only=True):
    """The answer to "Generate Image": with `outputs` when it is done already, else with `poll_url`."""

    task_id: str
    status: Status
    cost_cents: int
    remaining_credits_cents: int
    engine: str
    draft: bool
    warnings: list[str]
    outputs: list[str] | UnsetType = UNSET
    poll_url: str | UnsetType = UNSET


class GenerateText(Struct, kw_only=True):
    """ "Generate Text": prompt is required; at most 1000 tokens and a temperature of 0.7 unless said otherwise."""

    prompt: str = ""
    model: str | None = None
    system: str | None = None
    max_tokens: Annotated[float, Meta(ge=1, le=32_000)] | None = None
    temperature: Annotated[float, Meta(ge=0, le=2)] | None = None


class Usage(Struct, kw_only=True):
    """Tokens, as the model that ran counts them."""

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int


class Text(Struct, kw_only=True):
    """The answer to "Generate Text"."""

    content: str
    model: str
    usage: Usage
    cost_cents: int
    remaining_credits_cents: int
    engine: str
    draft: bool
    warnings: list[str]


class ErrorDetail(Struct, kw_only=True):
    """What went wrong."""

    message: str
    code: str


class ErrorBody(Struct, kw_only=True):
    """Every error."""

    error: ErrorDetail
