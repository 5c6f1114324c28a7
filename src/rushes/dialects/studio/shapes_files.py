"""The JSON around files: uploads, input pictures, the way from a video to its continuation."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

Name = Annotated[str, Meta(min_length=1, max_length=200)]


class FileQuery(Struct, kw_only=True):
    """How a stranger reads a file: with the token of its share link."""

    token: str | None = None


class InputImage(Struct, kw_only=True):
    """A kept input picture; `filename` is what generations name it by. Sizes in pixels and bytes."""

    filename: str
    url: str
    width: int
    height: int
    mime: str
    size: int


class ExtendVideo(Struct, kw_only=True):
    """Which video to continue: by its filename, its generation, or both, which must then belong together."""

    video_filename: Name | None = None
    generation_id: str | int | None = None


class ExtendedVideo(Struct, kw_only=True):
    """The video's last frame as an input picture: hand `filename` to an image-to-video model."""

    filename: str
    url: str
    width: int
    height: int
    video_filename: str
    generation_id: str
