"""The most memory that a process takes, its children included."""

from __future__ import annotations

import os
import subprocess
import threading
from pathlib import Path


def peak(command: list[str]) -> int:
    """Run it to its end; bytes. Raises RuntimeError where it fails."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    most = 0
    done = threading.Event()

    def watch() -> None:
        nonlocal most
        while not done.wait(0.02):
            most = max(most, _resident(process.pid))

    watcher = threading.Thread(target=watch)
    watcher.start()
    code = process.wait()
    done.set()
    watcher.join()
    if code:
        raise RuntimeError(f"{command[2]} ended with {code}")
    return most


def _resident(pid: int) -> int:
    """Bytes in memory of a process and everything that it started."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
        children = [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except (OSError, IndexError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE") + sum(_resident(child) for child in children)
