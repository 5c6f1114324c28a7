"""What the server and a render process say to each other: one JSON object a line, see host.py and child.py.

Apart from the host, so that a render process does not load what only a server needs.
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from rushes.engines.contract import FailureCode, Output, Request


class Task(Struct, frozen=True, kw_only=True):
    """What a child is told to do: `engine` names the function, `folder` is where results go."""

    engine: str
    request: Request
    folder: str
    settings: dict[str, Any]
    short: bool = False
    """Somebody waits for it: longer work is paused meanwhile."""


class Report(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a child says: progress, or how it ended."""

    progress: float | None = None
    outputs: tuple[Output, ...] | None = None
    warnings: tuple[str, ...] = ()
    code: FailureCode | None = None
    message: str = ""
    for_want_of_room: bool = False
