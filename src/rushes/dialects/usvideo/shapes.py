"""The JSON of the usvideo dialect. Sections named are those of its document."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

Status = Literal["pending", "processing", "completed", "failed"]


class CreateVideo(Struct, kw_only=True):
    """ "Create Video". The service's own SDK sends `model` and `size` and no `mode`; both are understood."""

    prompt: str
    mode: str | None = None
    resolution: str | None = None
    duration: int | None = None
    image_url: str | None = None
    reference_url: str | None = None
    seed: int | None = None
    model: str | None = None
    size: str | None = None
    aspect_ratio: str | None = None
    negative_prompt: str | None = None


class CreatedVideo(Struct, kw_only=True):
    """The answer to "Create Video"."""

    id: str
    status: Status
    mode: str
    resolution: str
    duration: int
    estimated_cost_cents: int
    created_at: str
    engine: str
    draft: bool
    warnings: list[str]


class Video(Struct, kw_only=True):
    """ "Get Video Status". `video_url` when completed, `error` when failed. Times in ISO 8601."""

    id: str
    status: Status
    mode: str
    prompt: str
    resolution: str
    duration: int
    seed: int
    progress: int
    estimated_cost_cents: int
    created_at: str
    engine: str
    draft: bool
    warnings: list[str]
    cost_cents: int | UnsetType = UNSET
    video_url: str | UnsetType = UNSET
    result_url: str | UnsetType = UNSET
    completed_at: str | UnsetType = UNSET
    expires_at: str | UnsetType = UNSET
    error: str | UnsetType = UNSET


class VideoList(Struct, kw_only=True):
    """ "List Videos": newest first."""

    videos: list[Video]
    limit: int
    offset: int
    has_more: bool


class Deleted(Struct, kw_only=True):
    """ "Delete Video": `cancelled` says that a pending or running job was stopped, else its record is gone."""

    id: str
    deleted: bool
    cancelled: bool
    refunded_cents: int


class Account(Struct, kw_only=True):
    """ "Account Info"."""

    email: str
    balance_cents: int
    total_jobs: int
    total_spent_cents: int
    plan: str


class CreateKey(Struct, kw_only=True):
    """ "API Keys": the body."""

    name: Annotated[str, Meta(min_length=1, max_length=100)] = "API key"


class CreatedKey(Struct, kw_only=True):
    """The only answer that ever shows the key."""

    id: int
    name: str
    key: str
    masked_key: str


class Key(Struct, kw_only=True):
    """A key, without its text."""

    id: int
    name: str
    masked_key: str
    created_at: str
    last_used_at: str | None


class KeyList(Struct, kw_only=True):
    """The account's keys."""

    keys: list[Key]


class Credentials(Struct, kw_only=True):
    """Register and log in."""

    email: str
    password: str


class Session(Struct, kw_only=True):
    """A session token (JWT), for `Authorization: Bearer`."""

    token: str
    token_type: str
    expires_in: int
    email: str


class Rate(Struct, kw_only=True):
    """Dollars per second of video."""

    per_second: float


class ErrorBody(Struct, kw_only=True):
    """Every error. `field` names the input at fault when there is one."""

    error: str
    code: str
    field: str | UnsetType = UNSET
