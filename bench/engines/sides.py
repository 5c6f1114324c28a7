"""The two sides of a comparison: processes that are told what to do line by line, and what that costs them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from msgspec import Struct

_SCHEDULED = 2


class Cost(Struct, frozen=True):
    """Seconds by the clock, and of processors."""

    wall: float
    processor: float


class Side:
    """A process that reads a task a line and answers it, after any number of other lines. A context manager."""

    def __init__(self, command: Sequence[str], ends: Sequence[str]) -> None:
        """command: arguments of this Python. ends: an answer with one of these keys is the last one to a task."""
        self._ends = ends
        self._process = subprocess.Popen(
            [sys.executable, *command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            env={**os.environ, "HF_HUB_OFFLINE": "1"},
        )  # fmt: skip

    def __enter__(self) -> Side:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._process.kill()
        self._process.communicate()

    def do(self, task: bytes) -> tuple[dict[str, Any], Cost]:
        """Have a task done; the last answer to it, and what it cost. Raises RuntimeError where the process gives up."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        processor, begin = self._processor(), time.perf_counter()
        self._process.stdin.write(task + b"\n")
        self._process.stdin.flush()
        for line in self._process.stdout:
            answer: dict[str, Any] = json.loads(line)
            if any(key in answer for key in self._ends):
                return answer, Cost(time.perf_counter() - begin, self._processor() - processor)
        raise RuntimeError("the process ended before its task did")

    def peak(self) -> float:
        """The most memory it held so far, its children's included, in MB."""
        return sum(_peak(pid) for pid in self._pids()) / 1024

    def _processor(self) -> float:
        return sum(time.clock_gettime(_clock(pid)) + _ended(pid) for pid in self._pids())

    def _pids(self) -> Iterator[int]:
        waiting = [self._process.pid]
        while waiting:
            pid = waiting.pop()
            yield pid
            for thread in Path(f"/proc/{pid}/task").iterdir():
                waiting += [int(child) for child in (thread / "children").read_text().split()]


def _clock(pid: int) -> int:
    """The clock of a process's processor time, which counts nanoseconds: Linux's MAKE_PROCESS_CPUCLOCK."""
    return (~pid << 3) | _SCHEDULED


def _ended(pid: int) -> float:
    """Seconds of those children that are no more, in ticks of hundredths: proc(5), cutime and cstime."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(int(field) for field in fields[13:15]) / os.sysconf("SC_CLK_TCK")


def _peak(pid: int) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1])
    return 0
