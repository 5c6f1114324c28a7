"""A provider's adapter in the real engine over real HTTP, against the provider's small server."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import msgspec

from rushes.engines.cloud.engine import CloudEngine
from rushes.engines.cloud.table import adapter
from rushes.engines.contract import (
    Done,
    Failed,
    Input,
    Lost,
    Mode,
    Operation,
    Output,
    Pending,
    Request,
    Role,
    Status,
)
from rushes.net.guard import GuardedClient
from tests.cloud.upstreams.base import Files, Upstream, running


class World:
    """One provider's server, a store of files at another origin, and engines for it."""

    def __init__(self, kind: str, upstream: type[Upstream], folder: Path) -> None:
        self.kind = kind
        self.files = Files()
        self.server = upstream(self.files)
        self.folder = folder
        self.base = ""
        self._made: list[Any] = []

    def engine(self, *, key: str | None = None, base: str | None = None) -> CloudEngine:
        """A new engine, as another process would have it."""
        guarded = GuardedClient(allow_private=True)
        address = self.server.url + self.base if base is None else base
        client = httpx.AsyncClient(trust_env=False)
        made = CloudEngine(
            self.kind,
            adapter(self.kind),
            client,
            guarded,
            key=self.server.key if key is None else key,
            base=address,
            answers=self.folder / "answers",
        )
        self._made += [made, guarded]
        return made

    def input(self, role: Role, *, mime: str = "image/png", size: int = 2000, **shape: Any) -> Input:
        """A file to send along."""
        path = self.folder / f"{role}-{len(list(self.folder.iterdir()))}.{mime.rpartition('/')[2]}"
        path.write_bytes(b"\x89PNG\r\n\x1a\n".ljust(size, b"\x07"))
        return Input(role=role, path=str(path), mime=mime, **({"width": 1280, "height": 720} | shape))

    async def close(self) -> None:
        for each in self._made:
            await each.close()


def run(kind: str, upstream: type[Upstream], folder: Path, test: Callable[[World], Awaitable[None]], base: str) -> None:
    """Run a test inside a world."""

    async def main() -> None:
        world = World(kind, upstream, folder)
        world.base = base
        async with running(world.files, world.server):
            try:
                async with asyncio.timeout(60):
                    await test(world)
            finally:
                await world.close()

    asyncio.run(main())


def request(upstream: str, mode: Mode = Mode.TEXT_TO_VIDEO, **change: Any) -> Request:
    """A request as jobs make them: 5 seconds of 720p, 16:9."""
    usual: dict[str, Any] = {
        "job": "job_0001",
        "model": "model",
        "prompt": "a fox in the snow",
        "width": 1280,
        "height": 720,
        "seconds": 5.0,
        "seed": 7,
        "fps": 24,
    }
    return Request(upstream=upstream, mode=mode, **(usual | change))


async def end(engine: CloudEngine, operation: Operation, *, most: int = 10) -> Done | Failed:
    """Ask until the generation has ended. The operation goes through JSON each time, as the database has it."""
    for _ in range(most):
        status: Status = await engine.status(stored(operation))
        if isinstance(status, Done | Failed):
            return status
        assert isinstance(status, Pending), status
        assert status.poll_after
        assert not isinstance(status, Lost)
    raise AssertionError("it did not end")


def stored(operation: Operation) -> Operation:
    """The operation as it comes back out of the database."""
    decoded: Operation = msgspec.json.decode(msgspec.json.encode(operation))
    assert decoded["id"]
    return decoded


async def whole(engine: CloudEngine, output: Output) -> bytes:
    """An output's bytes."""
    return b"".join([chunk async for chunk in engine.fetch(output)])
