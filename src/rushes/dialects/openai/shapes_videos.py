"""The JSON of /videos. `engine`, `draft` and `warnings` are ours: what really ran, and what was ignored."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

Status = Literal["queued", "in_progress", "completed", "failed"]
Variant = Literal["video", "thumbnail", "spritesheet"]


class ImageReference(Struct, kw_only=True):
    """A picture by its address, or by the id of an uploaded file (there are none here)."""

    image_url: str | None = None
    file_id: str | None = None


class CreateVideo(Struct, kw_only=True):
    """What to make. `input_reference` is the first picture: a file of the form, an http(s) or data URL."""

    prompt: str
    model: str | None = None
    seconds: str | float | None = None
    size: str | None = None
    """Width and height in pixels: "1280x720"."""
    input_reference: str | ImageReference | None = None
    callback_url: str | None = None
    """Told with a signed POST when the video is over."""


class VideoReference(Struct, kw_only=True):
    """A completed video."""

    id: str


class RemixVideo(Struct, kw_only=True):
    """A new prompt for a completed video. `model` when another than its own is to do it."""

    prompt: str
    model: str | None = None
    callback_url: str | None = None


class EditVideo(Struct, kw_only=True):
    """A prompt for a video: a completed one by its id, or a file of the form."""

    prompt: str
    video: VideoReference | None = None
    model: str | None = None
    callback_url: str | None = None


class VideoError(Struct, kw_only=True):
    """Why a video failed."""

    code: str
    message: str


class Video(Struct, kw_only=True):
    """A video as it stands. Times in seconds since 1970, progress 0-100."""

    id: str
    created_at: int
    status: Status
    model: str
    progress: int
    prompt: str
    seconds: str
    size: str
    engine: str
    draft: bool
    warnings: list[str]
    object: Literal["video"] = "video"
    completed_at: int | None = None
    expires_at: int | None = None
    error: VideoError | None = None
    remixed_from_video_id: str | None = None


class VideoQuery(Struct, kw_only=True):
    """Which videos to list: those behind the id `after`."""

    after: str = ""
    limit: Annotated[int, Meta(ge=1, le=100)] = 20
    order: Literal["asc", "desc"] = "desc"


class VideoList(Struct, kw_only=True):
    """A page of videos. `last_id` is the next page's `after`."""

    data: list[Video]
    has_more: bool
    first_id: str | None
    last_id: str | None
    object: Literal["list"] = "list"


class VideoDeleted(Struct, kw_only=True):
    """The video and its files are gone."""

    id: str
    deleted: bool = True
    object: Literal["video.deleted"] = "video.deleted"


class ContentQuery(Struct, kw_only=True):
    """The video itself (MP4), a frame of it (WebP), or a grid of frames (JPEG)."""

    variant: Variant = "video"
