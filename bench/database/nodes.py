"""Nodes that run jobs on one database: how many a second, and what each of them costs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from msgspec import Struct

from bench.database.places import Place


class Cycle(Struct, frozen=True, kw_only=True):
    """Jobs a second through their whole life, of all nodes together.

    Milliseconds of computing for one job: of the nodes, and of the database's own processes.
    """

    a_second: float
    accepted: float
    cpu: float
    database: float


def measure(place: Place, settings: dict[str, str], count: int, *, nodes: int = 1, home: Path | None = None) -> Cycle:
    """Run `count` jobs, shared evenly by so many nodes on one data folder."""
    with ExitStack() as stack:
        home = home or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        running = [stack.enter_context(_started(settings, home, count // nodes)) for _ in range(nodes)]
        _lines(running)
        before = place.cpu()
        _go(running)
        seen = [json.loads(line) for line in _lines(running)]
        database = place.cpu() - before
        _go(running)
        for node in running:
            node.wait()
    began, ended = min(each["began"] for each in seen), max(each["ended"] for each in seen)
    return Cycle(
        a_second=count / (ended - began),
        accepted=count / (max(each["accepted"] for each in seen) - began),
        cpu=sum(each["cpu"] for each in seen) / count * 1000,
        database=database / count * 1000,
    )


def _started(settings: dict[str, str], home: Path, count: int) -> subprocess.Popen[str]:
    environ = {**os.environ, "RUSHES_LOG_LEVEL": "warning", "RUSHES_HOME": str(home)}
    environ |= {f"RUSHES_{name.upper()}": value for name, value in settings.items()}
    command = [sys.executable, "-m", "bench.database.cycle", str(count)]
    return subprocess.Popen(command, env=environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def _lines(nodes: Sequence[subprocess.Popen[str]]) -> list[str]:
    """What each says next. Raises RuntimeError where one ended instead."""
    said = [node.stdout.readline() if node.stdout is not None else "" for node in nodes]
    if not all(said):
        raise RuntimeError("a node broke; its own words are above")
    return said


def _go(nodes: Sequence[subprocess.Popen[str]]) -> None:
    for node in nodes:
        assert node.stdin is not None
        node.stdin.write("\n")
        node.stdin.flush()
