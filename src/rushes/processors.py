"""How many processors there are for us, and how many threads a computing process may have.

A container's share is in its control group, which Python's own count does not see (`os.cpu_count` is the machine's).
See the kernel's admin-guide/cgroup-v2 (cpu.max: quota and period in microseconds) and cgroup-v1 (scheduler/sched-bwc).
"""

from __future__ import annotations

import os
from pathlib import Path, PurePosixPath

THREADS = "RUSHES_THREADS"
"""The variable that tells a render process its share."""
DECODING = 16
"""More threads only take memory: libavcodec's own limit where it chooses."""
_ROOT = Path("/sys/fs/cgroup")
_LIBRARIES = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "OPENCV_FOR_THREADS_NUM",
    "RAYON_NUM_THREADS",
)
"""What libraries read when they are loaded: OpenMP (ncnn, CTranslate2), NumPy's algebra, OpenCV, tokenizers."""


def processors() -> int:
    """Processors that this process may keep busy: at least 1."""
    try:
        there = len(os.sched_getaffinity(0))
    except AttributeError:  # not on this system
        there = os.cpu_count() or 1
    limit = _quota(_ROOT, _groups())
    return max(1, there if limit is None else min(there, int(limit)))


def threads(most: int = 0) -> int:
    """Threads for one computation in this process: its share, or all processors where nobody told one.

    `most` is where more are of no use; 0: no such number.
    """
    told = os.environ.get(THREADS, "")
    share = int(told) if told.isdigit() and int(told) else processors()
    return min(share, most) if most else share


def share(count: int) -> dict[str, str]:
    """The environment of a process that is to compute with `count` threads."""
    return dict.fromkeys((THREADS, *_LIBRARIES), str(count))


def _groups() -> dict[str, str]:
    """This process's control groups by controller; "" is the one of version 2."""
    try:
        lines = Path("/proc/self/cgroup").read_text().splitlines()
    except OSError:
        return {}
    found = {}
    for line in lines:
        _, controllers, path = line.split(":", 2)
        found.update(dict.fromkeys(controllers.split(","), path))
    return found


def _quota(root: Path, groups: dict[str, str]) -> float | None:
    """The least share that one of our groups, or one above it, is held to; in processors, None where there is none."""
    limits = []
    if "" in groups:
        for folder in _upwards(root, groups[""]):
            limits += _share(_numbers(folder / "cpu.max"))
    if "cpu" in groups:
        for folder in _upwards(root / "cpu", groups["cpu"]):
            limits += _share(_numbers(folder / "cpu.cfs_quota_us") + _numbers(folder / "cpu.cfs_period_us"))
    return min(limits, default=None)


def _upwards(root: Path, group: str) -> list[Path]:
    """A group's folder and those above it. In a container the path may be the host's: then only the top is there."""
    path = PurePosixPath(group.lstrip("/"))
    return [root / each for each in (path, *path.parents)]


def _numbers(file: Path) -> list[int]:
    """The numbers in a file; none where it is absent or says "max"."""
    try:
        return [int(word) for word in file.read_text().split()]
    except (OSError, ValueError):
        return []


def _share(numbers: list[int]) -> list[float]:
    match numbers:
        case [quota, period] if quota > 0 and period > 0:
            return [quota / period]
    return []
