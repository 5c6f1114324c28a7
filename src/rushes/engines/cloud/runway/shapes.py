"""Runway's answers, as far as they are read (runwayml/sdk-python: types/task_retrieve_response.py and others)."""

from __future__ import annotations

from msgspec import Struct, field


class Accepted(Struct):
    """A task that was made."""

    id: str


class Task(Struct):
    """A task as it stands."""

    status: str
    progress: float | None = None
    output: list[str] | None = None
    failure: str | None = None
    failure_code: str | None = field(name="failureCode", default=None)


class Place(Struct):
    """Where a file is to be posted, with which fields, and what it is called afterwards."""

    upload_url: str = field(name="uploadUrl")
    runway_uri: str = field(name="runwayUri")
    fields: dict[str, str]
