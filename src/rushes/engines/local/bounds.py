"""What a child process does about itself first: it dies with its server, and takes no more memory than it may."""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import sys

_PR_SET_PDEATHSIG = 1
_STARVED = ("bad_alloc", "bad allocation", "failed to allocate memory", "insufficient memory", "cannot allocate memory")
"""What libraries without an error of their own for it say (C++, ONNX Runtime, OpenCV, the system), in small letters."""


def die_with_parent() -> None:
    """Have the kernel kill this process when its parent is gone. One that is paused could not see its pipe close."""
    if not sys.platform.startswith("linux"):
        return
    parent = os.getppid()
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it went in between
        os._exit(0)


def bound_memory(limit: int) -> None:
    """Bound this process's address space to `limit` bytes, unless it is 0. Beyond it, allocations fail."""
    if limit:
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def is_starved(error: BaseException) -> bool:
    """Whether an error is for want of memory."""
    return isinstance(error, MemoryError) or any(words in str(error).lower() for words in _STARVED)
