"""The answers, as far as they are read (apixo.ai/docs: generate-task, status-task, error-codes)."""

from __future__ import annotations

from typing import Any

from msgspec import Struct, field

from rushes.engines.cloud.peers import Told


class NewTask(Struct):
    """A task that was made."""

    id: str = field(name="taskId")


class Accepted(Struct):
    """The envelope around it; `code` repeats the status."""

    code: int
    data: NewTask | None = None
    message: str = ""


class Task(Told, kw_only=True):
    """A task as it stands; `results` is JSON in a string. Times in milliseconds."""

    state: str
    results: str | None = field(name="resultJson", default=None)
    code: str | None = field(name="failCode", default=None)
    message: str | None = field(name="failMsg", default=None)
    progress: float | None = None


class Found(Struct):
    """The envelope around it."""

    data: Task


class Results(Struct):
    """What `results` holds."""

    addresses: list[str] = field(name="resultUrls")


class Refusal(Struct):
    """An error; `data` may hold the reason, and a code."""

    message: str = ""
    data: dict[str, Any] | None = None
