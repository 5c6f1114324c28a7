"""The JSON of the series dialect. Sections named are those of its document."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

Status = Literal["queued", "processing", "completed", "failed"]


class CreateVideo(Struct, kw_only=True):
    """ "Request Parameters". 16:9 and 720p unless said otherwise; whole seconds.

    `image` and `lastFrameImage` are older names of first_image and last_image.
    """

    model: Literal["videos", "videos_fast"]
    prompt: Annotated[str, Meta(min_length=1, max_length=1500)]
    duration: Annotated[float, Meta(ge=4, le=15)]
    ratio: Literal["16:9", "9:16", "1:1"] | None = None
    resolution: Literal["720p"] | None = None
    first_image: str | None = None
    last_image: str | None = None
    referenceImages: Annotated[list[str], Meta(max_length=4)] | None = None  # noqa: N815 - the document's name
    referenceVideos: Annotated[list[str], Meta(max_length=3)] | None = None  # noqa: N815
    image: str | None = None
    lastFrameImage: str | None = None  # noqa: N815


class Created(Struct, kw_only=True):
    """ "Response Fields". `created` in Unix seconds; `warnings`, `engine`, `draft` are ours."""

    id: str
    object: Literal["video"]
    created: int
    model: str
    status: Status
    error: None
    engine: str
    draft: bool
    warnings: list[str]


class Result(Struct, kw_only=True):
    """ "Query Video Task": `video_url` (temporary) and `actualDuration` (seconds) when completed."""

    id: str
    object: Literal["video"]
    created: int
    model: str
    status: Status
    video_url: str | None
    error: str | None
    engine: str
    draft: bool
    warnings: list[str]
    actualDuration: float | UnsetType = UNSET  # noqa: N815


class ErrorBody(Struct, kw_only=True):
    """Every error; the same text under both names that clients look for."""

    error: str
    message: str
    code: int
