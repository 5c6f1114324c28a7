"""WaveSpeed's answers, as far as they are read (wavespeed.ai/docs: submit-task, get-result, upload-files-api)."""

from __future__ import annotations

from typing import Any, Generic, TypeVar

from msgspec import Struct

T = TypeVar("T")


class Said(Struct):
    """What every answer says about itself."""

    code: int | None = None


class Envelope(Struct, Generic[T]):
    """Around what is answered."""

    data: T | None = None


class Prediction(Struct):
    """A task as it stands."""

    id: str = ""
    status: str = ""
    code: int | None = None
    outputs: list[Any] | None = None
    error: str | None = None
    has_nsfw_contents: list[bool] | None = None
    timings: dict[str, Any] | None = None


class Uploaded(Struct):
    """A file that was uploaded."""

    download_url: str
