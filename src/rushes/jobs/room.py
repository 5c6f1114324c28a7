"""Room on this machine's disk: what cannot be written down waits for some, and nothing new is taken meanwhile.

Without that, one node whose disk is full would take every job there is, and fail it.
"""

from __future__ import annotations

import asyncio
import errno
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import structlog

from rushes.db import Unavailable

log = structlog.get_logger("room")

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_BYTES = 1 << 20
"""There is room where so much can be written."""
_EVERY = 1.0
"""Seconds for which what was found holds."""


@contextmanager
def needed() -> Iterator[None]:
    """Raises Unavailable where a file cannot be written for want of room: later it can, or elsewhere."""
    try:
        yield
    except OSError as error:
        if error.errno not in _FULL:
            raise
        raise Unavailable("the disk of this machine is full") from error


class Room:
    """Whether there is any in `folder`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known = True
        self._until = 0.0

    async def left(self) -> bool:
        """Whether something can be written, as of the last second."""
        if time.monotonic() >= self._until:
            known = await asyncio.to_thread(_try, self._folder)
            if known != self._known:
                log.warning("there is room on the disk again" if known else "the disk is full, nothing new is taken")
            self._known, self._until = known, time.monotonic() + _EVERY
        return self._known


def _try(folder: Path) -> bool:
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(bytes(_BYTES))
            file.flush()
    except OSError as error:
        return error.errno not in _FULL
    return True
