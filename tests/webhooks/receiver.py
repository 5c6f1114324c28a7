"""A receiver of webhooks on loopback that fails in every way, and a sender's process on a data folder."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from msgspec import Struct

from rushes.db import SqliteDatabase, Steps, run
from rushes.net.guard import GuardedClient
from rushes.webhooks import Policy, Render, Sender

SECRET = "the server's secret"
HANG, CLOSE = "hang", "close"
FAST = Policy(
    attempts=4, first=0.02, factor=1, longest=1, jitter=0, timeout=20, accepted=(200, 299), gone=True
)  # fmt: skip


class Received(Struct):
    """One request as it arrived."""

    path: str
    headers: dict[str, str]
    body: bytes


class Receiver:
    """Answers each path by its script: a status, raw bytes, HANG or CLOSE; the last of it again and again."""

    def __init__(self) -> None:
        self.url = ""
        self.script: dict[str, list[int | bytes | str]] = {}
        self.got: list[Received] = []
        self.under_way: dict[str, int] = {}
        self.most: dict[str, int] = {}
        self.release = asyncio.Event()
        """Ends what hangs."""

    def at(self, path: str) -> list[Received]:
        return [request for request in self.got if request.path == path]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            await self._serve(reader, writer)
        writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode().strip().split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        path = first.split()[1]
        self.got.append(Received(path, headers, body))
        steps = self.script.get(path, [200])
        step = steps.pop(0) if len(steps) > 1 else steps[0]
        self.under_way[path] = self.under_way.get(path, 0) + 1
        self.most[path] = max(self.most.get(path, 0), self.under_way[path])
        try:
            if step == HANG:
                await self.release.wait()
                step = 200
            if isinstance(step, int):
                step = f"HTTP/1.1 {step} X\r\nContent-Length: 4\r\n\r\nwell".encode()
            if isinstance(step, bytes):
                writer.write(step)
                await writer.drain()
        finally:
            self.under_way[path] -= 1


@asynccontextmanager
async def receiver() -> AsyncIterator[Receiver]:
    """A running receiver."""
    made = Receiver()
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server:
        try:
            yield made
        finally:
            made.release.set()


def plain(snapshot: bytes, delivery: str, event: str, created: int) -> bytes:
    """A format that shows what it was given."""
    return f'{{"id":"{delivery}","type":"{event}","data":{snapshot.decode()}}}'.encode()


class Office:
    """A database and a sender on it."""

    def __init__(
        self,
        path: Path,
        *,
        formats: Mapping[str, Render] | None = None,
        policies: Mapping[str, Policy] | None = None,
        allow_private: bool = True,
        node: str = "here:a",
        is_dead: Callable[[str], bool] = lambda _: False,
        **limits: Any,
    ) -> None:
        self.database = SqliteDatabase(path)
        self.client = GuardedClient(allow_private=allow_private)
        self.sender = Sender(
            self.database,
            self.client,
            formats or {"rushes": plain},
            policies or {"standard": FAST, "callback": FAST},
            SECRET,
            node,
            is_dead=is_dead,
            **{"look_every": 0.02, **limits},
        )

    async def close(self) -> None:
        await self.sender.close(grace=0.1)
        await self.client.close()
        await self.database.close()

    async def states(self) -> list[tuple[str, int]]:
        """State and attempts of every delivery, oldest first."""
        return [
            (str(row[0]), int(row[1]))
            for row in await self.database.rows("SELECT state, attempts FROM webhook_deliveries ORDER BY id")
        ]


@asynccontextmanager
async def office(path: Path, **options: Any) -> AsyncIterator[Office]:
    """An office for as long as the block lasts. Its sender is not started."""
    made = Office(path, **options)
    try:
        yield made
    finally:
        await made.close()


def account(name: str) -> Steps[str]:
    """Add an account."""
    yield from run("INSERT INTO accounts (id, name, tier, created_at) VALUES (:id, 'n', 'free', 1)", id=name)
    return name


async def until(check: Callable[[], Any], seconds: float = 30.0) -> Any:
    """The first true value of `check()`, awaited where it is to be; or an assertion error."""
    async with asyncio.timeout(seconds):
        while True:
            value = check()
            if asyncio.iscoroutine(value):
                value = await value
            if value:
                return value
            await asyncio.sleep(0.01)
