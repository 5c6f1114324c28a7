"""The JSON of histories, marks, shared and public generations."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

Status = Literal["queued", "processing", "completed", "error"]


class Parameters(Struct, kw_only=True, omit_defaults=True):
    """What a generation was made with, every default filled in; a knob that its model does not have is left out."""

    width: int = 0
    height: int = 0
    frames: int = 0
    frame_rate: int = 0
    duration_seconds: float = 0.0
    steps: int = 0
    cfg: float | None = None
    seed: int | None = None
    sampler: str = ""
    scheduler: str = ""
    shift: float | None = None
    strength: float | None = None


class Generation(Struct, kw_only=True):
    """One generation of the caller's. Times in ISO 8601, cost in credits: the quote until it is over, then the charge.

    `id` is the job's id. `draft`: the engine named stood in for the model's own.
    """

    id: str
    job_id: str
    mode: str
    model: str
    prompt: str
    negative_prompt: str
    parameters: Parameters
    status: Status
    progress: int
    cost: int
    engine: str
    draft: bool
    watermark: bool
    filename: str | None
    url: str | None
    width: int | None
    height: int | None
    duration: float | None
    size: int | None
    is_favorite: bool
    is_public: bool
    share_token: str | None
    warnings: list[str]
    error: str | None
    created_at: str
    completed_at: str | None


class GenerationList(Struct, kw_only=True):
    """Newest first; `total` counts all there are."""

    generations: list[Generation]
    total: int
    limit: int
    offset: int


class Deleted(Struct, kw_only=True):
    """The record and its files are gone; `cancelled`: it was still queued or running, and its credits came back."""

    id: str
    deleted: bool
    cancelled: bool


class SetFavorite(Struct, kw_only=True):
    """Without a body, or without `is_favorite`, the mark is turned over."""

    is_favorite: bool | None = None


class Favorite(Struct, kw_only=True):
    """The mark as it now is."""

    id: str
    is_favorite: bool


class SetPublic(Struct, kw_only=True):
    """Without a body, or without `is_public`, the mark is turned over."""

    is_public: bool | None = None


class Public(Struct, kw_only=True):
    """Whether everybody can see it in the community gallery."""

    id: str
    is_public: bool


class SetShared(Struct, kw_only=True):
    """Without a body it is shared; false takes the link back for good."""

    shared: bool = True


class Shared(Struct, kw_only=True):
    """The share link: `url` answers the metadata, `file_url` the file; null once it is taken back."""

    id: str
    shared: bool
    share_token: str | None
    url: str | None
    file_url: str | None


class Shown(Struct, kw_only=True):
    """A generation as strangers see it: what it shows, and by which model. Nothing of its owner or its price."""

    kind: Literal["video", "image"]
    filename: str
    url: str
    prompt: str
    model: str
    draft: bool
    width: int
    height: int
    duration: float
    size: int
    created_at: str


class PublicItem(Shown, kw_only=True):
    """An entry of the community gallery."""

    published_at: str


class Community(Struct, kw_only=True):
    """The latest published first; `has_more`: ask again with a larger offset."""

    items: list[PublicItem]
    limit: int
    offset: int
    has_more: bool
