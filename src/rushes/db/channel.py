"""Short messages between the processes of one PostgreSQL database: LISTEN and NOTIFY.

They only make others look sooner, so they need not be certain: nothing is sent while there is no connection, and
whoever listens looks by itself now and then. They go out beside the transactions that they tell of, many in one: with a
NOTIFY inside each, all commits would wait for each other (PostgreSQL's async.c takes a lock on the whole database
before such a commit).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import structlog

from rushes.ids import new_id

log = structlog.get_logger("channel")

NAME = "rushes"
_LONGEST = 7_900
"""Bytes; PostgreSQL allows 8000."""
_GATHER = 0.01
"""Seconds for which messages are gathered."""
_PING, _PATIENCE, _AGAIN = 20.0, 10.0, 1.0
_MOST = 10_000
"""Messages that wait; more are forgotten."""


class Channel:
    """One connection that listens and tells. `heard` gets the others' messages, one at a time; "" when some may have
    been missed.
    """

    def __init__(self, url: str, heard: Callable[[str], None]) -> None:
        self._url = url
        self._heard = heard
        self._name = new_id("")
        self._waiting: dict[str, None] = {}
        self._news = asyncio.Event()
        self._loop: asyncio.Task[None] | None = None
        self.open = False
        """Whether messages are heard now."""

    def start(self) -> None:
        """Connect, now and after every loss."""
        self._loop = asyncio.create_task(self._run())

    def tell(self, message: str) -> None:
        """Tell the other processes. A message is short and has no line break."""
        if len(self._waiting) < _MOST:
            self._waiting[message] = None
            self._news.set()

    async def close(self) -> None:
        """Tell what waits, then hear no more."""
        if self._loop is None:
            return
        for _ in range(20):
            if not self._waiting or not self.open:
                break
            await asyncio.sleep(_GATHER)
        self._loop.cancel()
        await asyncio.gather(self._loop, return_exceptions=True)

    async def _run(self) -> None:
        while True:
            try:
                await self._connected()
            except Exception as error:
                log.warning("no news from other processes, trying again", error=repr(error))
            finally:
                self.open = False
            await asyncio.sleep(_AGAIN)

    async def _connected(self) -> None:
        import asyncpg

        settings = {"application_name": "rushes news"}
        connection = await asyncpg.connect(self._url, timeout=_PATIENCE, server_settings=settings)
        try:
            await connection.add_listener(NAME, self._on)
            connection.add_termination_listener(lambda _: self._news.set())
            self.open = True
            self._heard("")
            while not connection.is_closed():
                try:
                    async with asyncio.timeout(_PING):
                        await self._news.wait()
                except TimeoutError:
                    pass
                self._news.clear()
                if self._waiting:
                    await asyncio.sleep(_GATHER)
                await self._send(connection)
        finally:
            connection.terminate()

    async def _send(self, connection: Any) -> None:
        """What waits; without anything a sign of life, so that a dead connection is noticed."""
        messages, self._waiting = list(self._waiting), {}
        for payload in batches(self._name, messages):
            await connection.execute("SELECT pg_notify($1, $2)", NAME, payload, timeout=_PATIENCE)
        if not messages:
            await connection.execute("SELECT 1", timeout=_PATIENCE)

    def _on(self, _connection: Any, _pid: int, _channel: str, payload: Any) -> None:
        sender, *messages = str(payload).split("\n")
        if sender == self._name:
            return
        for message in messages:
            self._heard(message)


def batches(sender: str, messages: list[str]) -> list[str]:
    """As few payloads as there can be, each with the sender's name in its first line."""
    found: list[str] = []
    for message in messages:
        if found and len(found[-1].encode()) + len(message.encode()) + 1 <= _LONGEST:
            found[-1] += f"\n{message}"
        else:
            found.append(f"{sender}\n{message}")
    return found
