"""MiniMax's answers, as far as they are read (platform.minimax.io/docs: api-reference/video-generation-*)."""

from __future__ import annotations

from msgspec import Struct, field


class Base(Struct):
    """How a call went: 0 is well."""

    status_code: int = 0
    status_msg: str = ""


class Accepted(Struct):
    """The answer to a new task."""

    base_resp: Base
    task_id: str = ""


class Query(Struct):
    """A task as it stands."""

    status: str = ""
    file_id: str | int | None = None
    video_width: int | None = None
    video_height: int | None = None
    base_resp: Base = field(default_factory=Base)


class Stored(Struct):
    """Where a file lies."""

    download_url: str | None = None


class File(Struct):
    """The answer to a question for a file."""

    file: Stored | None = None
    base_resp: Base = field(default_factory=Base)
