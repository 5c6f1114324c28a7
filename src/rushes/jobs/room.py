"""Room on this machine's disk: what cannot be written down waits for some, and nothing new is taken meanwhile.

Without that, one node whose disk is full would take every job there is, and fail it.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import AbstractContextManager
from pathlib import Path

import structlog

from rushes.db import Unavailable
from rushes.disk import has_room, is_full

log = structlog.get_logger("room")

_EVERY = 1.0
"""Seconds for which what was found holds."""


class _Needed:
    def __enter__(self) -> None: ...

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        if isinstance(error, Exception) and is_full(error):
            raise Unavailable("the disk of this machine is full") from error


def needed() -> AbstractContextManager[None]:
    """Raises Unavailable where a file cannot be written for want of room: later it can, or elsewhere."""
    return _Needed()


class Room:
    """Whether there is any in `folder`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known = True
        self._until = 0.0

    async def left(self) -> bool:
        """Whether something can be written, as of the last second."""
        if time.monotonic() >= self._until:
            known = await asyncio.to_thread(has_room, self._folder)
            if known != self._known:
                log.warning("there is room on the disk again" if known else "the disk is full, nothing new is taken")
            self._known, self._until = known, time.monotonic() + _EVERY
        return self._known
