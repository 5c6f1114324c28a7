"""Every engine asks for as many threads as its process was given, and no more."""

from __future__ import annotations

import asyncio
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from rushes.engines.contract import Done, Mode
from rushes.engines.local.cores import Cores
from rushes.engines.local.group import ProcessGroup
from rushes.engines.local.host import RenderHost
from rushes.processors import share
from tests.local.test_host import ended, task

MODELS = Path(os.environ.get("RUSHES_TEST_MODELS", "/nonexistent"))
GROUPS = {
    "speech": "voice",
    "matting": "matte",
    "interpolate": "rife",
    "denoise": "denoise",
    "style": "style",
    "hearing": "hearing",
    "faces": "faces",
    "upscale": "span",
}
"""Engines with networks, and the weights that they need."""
MOST = {"faces": 2, "denoise": 1}
"""Engines that gain nothing from more."""
_ROOT = Path(__file__).parents[2] / "src" / "rushes"


@pytest.mark.models
@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize("engine", GROUPS)
def test_an_engine_asks_for_its_share(engine: str, count: int) -> None:
    if not (MODELS / GROUPS[engine]).is_dir():
        pytest.skip(f"weights not installed: {GROUPS[engine]}")
    command = [sys.executable, "-m", "tests.local.asked", engine, str(MODELS)]
    asked = json.loads(subprocess.check_output(command, env={**os.environ, **share(count)}, timeout=120))
    assert set(asked) == {min(count, MOST.get(engine, count))}


def test_nobody_counts_the_processors_by_himself() -> None:
    counting = re.compile(r"cpu_count|sched_getaffinity")
    found = {path.name for path in _ROOT.rglob("*.py") if counting.search(path.read_text())}
    assert found == {"processors.py"}


def told(pid: int) -> str:
    """What a process was told of its share when it began."""
    entries = Path(f"/proc/{pid}/environ").read_text().split("\0")
    return next(entry.partition("=")[2] for entry in entries if entry.startswith("RUSHES_THREADS="))


@pytest.mark.parametrize(
    ("processors", "slots", "long", "short"), [(8, 2, "4", "8"), (3, 2, "1", "3"), (2, 6, "1", "2")]
)
def test_long_tasks_share_the_processors_and_short_ones_have_all(
    tmp_path: Path, processors: int, slots: int, long: str, short: str
) -> None:
    async def run() -> None:
        host = RenderHost(Cores(), slots=slots, idle_seconds=60, processors=processors)
        seen = []
        for mode in (Mode.TEXT_TO_VIDEO, Mode.TEXT_TO_IMAGE):
            made = await ended(host, host.submit(task(tmp_path, mode, seconds=1)))
            assert isinstance(made, Done), made
            seen.append(told(host._idle[-1].process.pid))
        assert seen == [long, short]
        await host.close()

    asyncio.run(run())


def test_never_more_long_tasks_than_processors(tmp_path: Path) -> None:
    async def run() -> None:
        host = RenderHost(Cores(), slots=3, idle_seconds=60, processors=1)
        names = [host.submit(task(tmp_path / str(at), Mode.TEXT_TO_VIDEO, seconds=1)) for at in range(3)]
        most = 0
        while any(name in host._runs for name in names):
            most = max(most, len(host._busy))
            await asyncio.sleep(0.01)
        assert most == 1
        assert all(isinstance(host.status(name), Done) for name in names)
        await host.close()

    asyncio.run(run())


def test_idle_processes_go_when_there_is_too_little_memory(tmp_path: Path) -> None:
    async def run() -> None:
        host = RenderHost(Cores(), slots=2, idle_seconds=60, memory_total=1, processors=2)
        assert isinstance(await ended(host, host.submit(task(tmp_path, Mode.TEXT_TO_IMAGE))), Done)
        [idle] = host._idle
        assert idle.resident() > 10_000_000
        names = [host.submit(task(tmp_path / str(at), Mode.TEXT_TO_VIDEO, seconds=1)) for at in range(2)]
        most = 0
        while any(name in host._runs for name in names):
            most = max(most, len(host._busy))
            assert idle not in host._busy
            await asyncio.sleep(0.01)
        assert most == 1, "the second waits for the first"
        assert all(isinstance(host.status(name), Done) for name in names), "and both are made"
        assert not idle.alive
        await host.close()

    asyncio.run(run())


def test_memory_of_what_a_process_starts_counts() -> None:
    async def run() -> None:
        code = (
            "import subprocess, sys\n"
            "subprocess.run([sys.executable, '-c', 'b = b\"x\" * 200_000_000; print(1, flush=True); input()'])"
        )
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", code, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
            start_new_session=True,
        )  # fmt: skip
        assert process.stdout is not None
        await process.stdout.readline()
        group = ProcessGroup(process)
        assert group.resident() > 200_000_000
        group.kill()
        await process.wait()
        assert (group.alive, group.resident()) == (False, 0)

    asyncio.run(run())
