"""Kling's answers, as far as they are read (document-api: text to video, image to video)."""

from __future__ import annotations

from msgspec import Struct


class Video(Struct):
    """Where a video lies, for 30 days."""

    url: str = ""


class Result(Struct):
    """What a task made."""

    videos: list[Video] = []


class Info(Struct):
    """What we called the task."""

    external_task_id: str | None = None


class Task(Struct):
    """A task as it stands."""

    task_id: str
    task_status: str = ""
    task_status_msg: str | None = None
    task_info: Info | None = None
    task_result: Result | None = None
    final_unit_deduction: str | float | None = None


class Answer(Struct):
    """Around every answer."""

    code: int
    message: str = ""
    data: Task | None = None
