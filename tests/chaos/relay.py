"""A relay of TCP in front of a server, which can be cut: the server itself knows of nothing."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from typing import Any
from urllib.parse import urlsplit

_PIECE = 65_536


class Relay:
    """Passes connections on to `target` (http://host:port). Ways to be cut:

    refuse  nobody listens, and open connections are reset
    hang    connections are taken, and nothing comes through
    cut     half of the first piece comes through, then the connection is reset
    """

    def __init__(self, target: str) -> None:
        at = urlsplit(target)
        self._target = (at.hostname or "", at.port or 0)
        self._loop = asyncio.new_event_loop()
        self._way = ""
        self._open: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None
        self._flows = asyncio.Event()
        self._flows.set()
        threading.Thread(target=self._loop.run_forever, daemon=True).start()
        self.port = 0
        self._do(self._listen)
        self.url = f"http://127.0.0.1:{self.port}"

    def cut(self, way: str) -> None:
        """Begin to fail in this way."""
        self._do(lambda: self._begin(way))

    def mend(self) -> None:
        """Pass everything on again."""
        self._do(self._end)

    def close(self) -> None:
        self._do(lambda: self._begin("refuse"))
        self._loop.call_soon_threadsafe(self._loop.stop)

    def _do(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        asyncio.run_coroutine_threadsafe(work(), self._loop).result(10)

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _begin(self, way: str) -> None:
        self._way = way
        if way == "hang":
            self._flows.clear()
        if way == "refuse" and self._server is not None:
            self._server.close()
            self._server = None
            for writer in list(self._open):
                writer.transport.abort()

    async def _end(self) -> None:
        self._way = ""
        self._flows.set()
        if self._server is None:
            await self._listen()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            from_target, to_target = await asyncio.open_connection(*self._target)
        except OSError:
            writer.transport.abort()
            return
        ends = (writer, to_target)
        self._open.update(ends)
        try:
            await asyncio.gather(self._pass(reader, to_target), self._pass(from_target, writer))
        except (OSError, _Cut):
            pass
        finally:
            for end in ends:
                self._open.discard(end)
                end.transport.abort() if self._way else end.close()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while piece := await reader.read(_PIECE):
            await self._flows.wait()
            if self._way == "cut":
                writer.write(piece[: len(piece) // 2])
                await writer.drain()
                raise _Cut
            writer.write(piece)
            await writer.drain()
        if writer.can_write_eof():
            writer.write_eof()


class _Cut(Exception):
    """The connection ends here."""
