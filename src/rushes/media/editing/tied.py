"""Processes that end with the one that started them, however that ends: the kernel sees to it.

See prctl(2), PR_SET_PDEATHSIG. Python can ask the kernel for it only in a copy of the whole process, which takes 5 ms
where numpy and PyAV are loaded. util-linux's `setpriv` (2.33, 2018) asks for it in 1 ms; it is used where it is there.
"""

from __future__ import annotations

import ctypes
import errno
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from functools import cache
from typing import Any

NOT_STARTED = (126, 127)
"""How a process ends that turned out not to be a program."""
_PR_SET_PDEATHSIG = 1


def start(command: Sequence[str], **options: Any) -> subprocess.Popen[bytes]:
    """Start a process that is killed when the thread that started it is gone. options: as of Popen.

    Raises OSError where there is no such program.
    """
    if not sys.platform.startswith("linux"):
        return subprocess.Popen(command, **options)
    asking = _setpriv()
    if not asking:
        # Looked up here: between fork and exec nothing may be loaded.
        prctl: Any = ctypes.CDLL(None).prctl
        return subprocess.Popen(command, preexec_fn=lambda: prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL)), **options)
    if shutil.which(command[0]) is None:
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), command[0])
    return subprocess.Popen([*asking, *command], **options)


@cache
def _setpriv() -> tuple[str, ...]:
    """What to put before a command; nothing where there is no setpriv that can do it (busybox's cannot)."""
    found = shutil.which("setpriv")
    if found is None:
        return ()
    asking = (found, "--pdeathsig", "KILL", "--")
    try:
        tried = subprocess.run([*asking, "true"], capture_output=True, check=False)
    except OSError:
        return ()
    return asking if tried.returncode == 0 else ()
