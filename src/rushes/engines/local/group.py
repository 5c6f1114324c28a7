"""A child with all that it has started: paused, continued and killed as one."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path


class ProcessGroup:
    """Over a process that was started in a session of its own (`start_new_session`)."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process

    @property
    def alive(self) -> bool:
        return self.process.returncode is None

    def kill(self) -> None:
        """End it, whatever it is doing."""
        self._signal(signal.SIGKILL)

    def pause(self) -> None:
        """Hold it where it is."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on."""
        self._signal(signal.SIGCONT)

    def resident(self) -> int:
        """Bytes of memory that the process and its children hold now; 0 where that is not known."""
        return sum(_resident(pid) for pid in _with_children(self.process.pid)) if self.alive else 0

    def _signal(self, number: signal.Signals) -> None:
        if self.alive:
            # The whole group: a child may have started an encoder, or a package client, of its own.
            try:
                os.killpg(self.process.pid, number)
            except ProcessLookupError:
                pass


def _with_children(pid: int) -> list[int]:
    """A process and those below it, by proc(5)'s task/<tid>/children."""
    found = [pid]
    for each in found:
        for file in Path(f"/proc/{each}/task").glob("*/children"):
            try:
                found += map(int, file.read_text().split())
            except OSError:
                continue
    return found


def _resident(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError):
        return 0
