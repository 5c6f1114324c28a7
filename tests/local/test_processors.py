"""How many processors there are, in a container too, and what a render process is told."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from rushes import processors
from rushes.processors import THREADS, share, threads


def group(folder: Path, **files: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name.replace("__", ".")).write_text(text)


def test_the_least_share_of_the_groups_above_holds(tmp_path: Path) -> None:
    group(tmp_path / "a" / "b", cpu__max="250000 100000\n")
    group(tmp_path / "a", cpu__max="400000 100000\n")
    group(tmp_path, cpu__max="max 100000\n")
    assert processors._quota(tmp_path, {"": "/a/b"}) == 2.5
    (tmp_path / "a" / "cpu.max").write_text("150000 100000")
    assert processors._quota(tmp_path, {"": "/a/b"}) == 1.5


def test_the_older_kind_of_groups(tmp_path: Path) -> None:
    group(tmp_path / "cpu" / "a", cpu__cfs_quota_us="300000\n", cpu__cfs_period_us="100000\n")
    group(tmp_path / "cpu", cpu__cfs_quota_us="-1\n", cpu__cfs_period_us="100000\n")
    assert processors._quota(tmp_path, {"cpu": "/a", "": "/"}) == 3.0
    assert processors._quota(tmp_path, {"cpu": "/"}) is None


def test_a_path_of_the_host_leads_to_the_top(tmp_path: Path) -> None:
    group(tmp_path, cpu__max="100000 100000\n")
    assert processors._quota(tmp_path, {"": "/docker/0123"}) == 1.0
    assert processors._quota(tmp_path / "none", {"": "/docker/0123"}) is None


@pytest.mark.parametrize(("quota", "count"), [(0.5, 1), (1.0, 1), (1.9, 1), (1000.0, len(os.sched_getaffinity(0)))])
def test_there_is_always_one_and_never_more_than_there_are(
    monkeypatch: pytest.MonkeyPatch, quota: float, count: int
) -> None:
    monkeypatch.setattr(processors, "_quota", lambda *_: quota)
    assert processors.processors() == count


def test_affinity_is_seen() -> None:
    one = min(os.sched_getaffinity(0))
    code = f"import os; os.sched_setaffinity(0, {{{one}}}); from rushes.processors import *; print(processors())"
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "1"


def test_a_share_is_kept_to(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(THREADS, "3")
    assert (threads(), threads(2), threads(8)) == (3, 2, 3)
    for strange in ("", "0", "many"):
        monkeypatch.setenv(THREADS, strange)
        assert threads() == processors.processors()


def test_libraries_know_their_share() -> None:
    code = "import cv2; print(cv2.getNumThreads())"
    environ = {**os.environ, **share(1)}
    assert subprocess.check_output([sys.executable, "-c", code], text=True, env=environ).strip() == "1"
