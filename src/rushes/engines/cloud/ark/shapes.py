"""ModelArk's answers, as far as they are read (docs.byteplus.com/en/docs/ModelArk/1521309: query a task)."""

from __future__ import annotations

from msgspec import Struct


class Accepted(Struct):
    """A task that was made."""

    id: str


class Error(Struct):
    """Why something failed."""

    code: str = ""
    message: str = ""


class Refusal(Struct):
    """The body of an answer that is not 2xx."""

    error: Error


class Content(Struct):
    """Where the video lies, for 24 hours."""

    video_url: str | None = None


class Usage(Struct):
    """Tokens that are paid for; a number, or one in a string."""

    completion_tokens: int | str = 0


class Task(Struct):
    """A task as it stands."""

    status: str
    content: Content | None = None
    usage: Usage | None = None
    error: Error | None = None
    duration: int | str | None = None
    resolution: str | None = None
