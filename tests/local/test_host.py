"""Render processes as they are: paused for short work, bounded, gone with their server."""

from __future__ import annotations

import asyncio
import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import msgspec
import pytest

from rushes.engines.contract import Done, Failed, Mode, Pending, Request
from rushes.engines.local.bounds import is_starved
from rushes.engines.local.cores import Cores
from rushes.engines.local.host import RenderHost
from rushes.engines.local.wire import Task
from tests.e2e.server import children, wait_for

SETTINGS = {"models": "/nonexistent", "cache": "/nonexistent", "offline": True}


def task(folder: Path, mode: Mode, *, seconds: float = 0, size: int = 128) -> Task:
    request = Request(
        job=mode, model="composer", mode=mode, prompt="a red boat", width=size, height=size, seconds=seconds, seed=1
    )
    short = mode is Mode.TEXT_TO_IMAGE
    return Task(engine="composer", request=request, folder=str(folder / mode), settings=SETTINGS, short=short)


def state_of(pid: int) -> str:
    """R, S, T (stopped) …"""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


async def ended(host: RenderHost, name: str, seconds: float = 60.0) -> Done | Failed:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        status = host.status(name)
        if isinstance(status, Done | Failed):
            return status
        await asyncio.sleep(0.02)
    raise AssertionError("did not end")


def test_a_picture_does_not_wait_for_a_film(tmp_path: Path) -> None:
    async def main() -> None:
        before = set(children(os.getpid()))
        host = RenderHost(Cores(), slots=1, idle_seconds=60)
        film = host.submit(task(tmp_path, Mode.TEXT_TO_VIDEO, seconds=15, size=720))
        until = time.monotonic() + 30
        while (status := host.status(film)) == Pending(progress=0.0) and time.monotonic() < until:
            await asyncio.sleep(0.02)
        assert isinstance(status, Pending), status
        [filming] = set(children(os.getpid())) - before
        picture = host.submit(task(tmp_path, Mode.TEXT_TO_IMAGE))
        stopped = False
        while not isinstance(host.status(picture), Done | Failed):
            stopped = stopped or state_of(filming) == "T"
            await asyncio.sleep(0.01)
        assert isinstance(host.status(picture), Done)
        assert stopped, "the film was paused"
        assert isinstance(host.status(film), Pending), "and is not done yet"
        assert isinstance(await ended(host, film), Done)
        await host.close()
        assert set(children(os.getpid())) <= before

    asyncio.run(main())


def test_memory_is_bounded(tmp_path: Path) -> None:
    async def main() -> None:
        host = RenderHost(Cores(), slots=1, idle_seconds=60, memory_bytes=1_500_000_000)
        # 4096 square in the stills' double size needs more than this.
        name = host.submit(task(tmp_path, Mode.TEXT_TO_IMAGE, size=8192))
        status = await ended(host, name)
        assert isinstance(status, Failed)
        assert "memory" in status.message
        again = await ended(host, host.submit(task(tmp_path, Mode.TEXT_TO_IMAGE)))
        assert isinstance(again, Done), "the next one is not harmed"
        await host.close()

    asyncio.run(main())


def test_a_process_that_is_killed_for_its_memory_says_so(tmp_path: Path) -> None:
    async def main() -> None:
        host = RenderHost(Cores(), slots=1, idle_seconds=60)
        name = host.submit(task(tmp_path, Mode.TEXT_TO_VIDEO, seconds=15, size=720))
        until = time.monotonic() + 30
        while not host._busy and time.monotonic() < until:
            await asyncio.sleep(0.02)
        host._busy[0].kill()  # as the kernel does
        status = await ended(host, name)
        assert isinstance(status, Failed)
        assert "for want of memory" in status.message
        await host.close()

    asyncio.run(main())


@pytest.mark.parametrize(
    ("error", "starved"),
    [
        (MemoryError("Unable to allocate 8 GiB"), True),
        (RuntimeError("std::bad_alloc"), True),
        (RuntimeError("Failed to allocate memory for requested buffer of size 9"), True),
        (OSError(12, "Cannot allocate memory"), True),
        (ValueError("bad shape"), False),
    ],
)
def test_want_of_memory_is_told_from_other_errors(error: Exception, starved: bool) -> None:
    assert is_starved(error) is starved


def test_a_paused_process_dies_with_its_server() -> None:
    """The server is killed, so that it can tell nobody, while its child is stopped."""
    server = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import subprocess, sys, time\n"
            "subprocess.Popen([sys.executable, '-m', 'rushes.engines.local.child', '0'],"
            " stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True)\n"
            "time.sleep(60)",
        ]
    )
    [child] = wait_for(lambda: children(server.pid), 20)
    # Only once its command has begun can it have asked the kernel.
    wait_for(lambda: b"rushes.engines.local.child" in Path(f"/proc/{child}/cmdline").read_bytes(), 20)
    time.sleep(1.0)
    os.kill(child, signal.SIGSTOP)
    server.kill()
    server.wait()
    wait_for(lambda: not Path(f"/proc/{child}").exists() or state_of(child) == "Z", 10)


def test_a_render_process_loads_nothing_of_the_servers() -> None:
    code = (
        "import sys, rushes.engines.local.child, rushes.engines.local.needed\n"
        "print(*({'asyncio', 'structlog', 'numpy', 'onnx'} & set(sys.modules)))"
    )
    assert subprocess.check_output([sys.executable, "-c", code], text=True).split() == []


def test_want_of_room_is_said_apart_from_other_failures(tmp_path: Path) -> None:
    async def main() -> None:
        before = set(children(os.getpid()))
        host = RenderHost(Cores(), slots=1, idle_seconds=60)
        assert isinstance(await ended(host, host.submit(task(tmp_path, Mode.TEXT_TO_IMAGE))), Done)
        [child] = set(children(os.getpid())) - before
        film = task(tmp_path, Mode.TEXT_TO_VIDEO, seconds=1)
        Path(film.folder).mkdir()
        _, hard = resource.prlimit(child, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
        status = await ended(host, host.submit(film))
        assert isinstance(status, Failed)
        assert status.for_want_of_room
        resource.prlimit(child, resource.RLIMIT_FSIZE, (hard, hard))
        nonsense = msgspec.structs.replace(film, request=msgspec.structs.replace(film.request, width=3))
        status = await ended(host, host.submit(nonsense))
        assert isinstance(status, Failed)
        assert not status.for_want_of_room
        await host.close()

    asyncio.run(main())
