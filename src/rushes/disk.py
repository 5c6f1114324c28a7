"""Disks without room: how that shows in an error, in what a program said, and by trying."""

from __future__ import annotations

import errno
import os
import signal
import tempfile
from pathlib import Path

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_BYTES = 1 << 20
"""There is room where so much can be written."""


def is_full(error: BaseException | None) -> bool:
    """Whether an error, or one that it was made of, is for want of room."""
    while error is not None:
        if isinstance(error, OSError) and error.errno in _FULL:
            return True
        error = error.__cause__ or error.__context__
    return False


def ended_full(code: int, said: bytes) -> bool:
    """Whether a program that ended with `code`, and `said` so in English, ended for want of room."""
    return code == -signal.SIGXFSZ or any(os.strerror(number).encode() in said for number in _FULL)


def raise_if_full(code: int, said: bytes) -> None:
    """Raises OSError where a program ended for want of room (`ended_full`)."""
    if ended_full(code, said):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def own_folder(folder: Path) -> None:
    """Make a folder, where there is none, that only its owner may look into: prompts and addresses lie in it."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def has_room(folder: Path) -> bool:
    """Whether something can be written in `folder`. Any other trouble with it is not said here."""
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(bytes(_BYTES))
            file.flush()
    except OSError as error:
        return error.errno not in _FULL
    return True
