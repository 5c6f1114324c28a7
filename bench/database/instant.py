"""An engine that is done at once, with a file of a few bytes: what is left is the server's own work."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from rushes.engines.contract import Done, Health, Mode, Operation, Output, Request, Status


class Instant:
    """Makes a text of some forty bytes, another one for each job. `discard` is its last call: it counts them."""

    name = "composer"  # the catalogue's composer is routed to it
    modes = frozenset({Mode.TEXT_TO_VIDEO})
    paid = False
    remote = False

    def __init__(self) -> None:
        self.over = 0
        self._wanted = 0
        self._reached = asyncio.Event()

    async def reached(self, wanted: int) -> None:
        """Return when so many jobs are over."""
        self._wanted = wanted
        self._reached.clear()
        if self.over < wanted:
            await self._reached.wait()

    async def start(self, request: Request) -> Operation:
        return {"job": request.job}

    async def status(self, operation: Operation) -> Status:
        return Done(outputs=(Output(kind="text", mime="application/json", location=operation["job"]),))

    async def cancel(self, operation: Operation) -> None: ...

    async def fetch(self, output: Output) -> AsyncIterator[bytes]:
        yield b'{"text": "%s"}' % output.location.encode()

    async def discard(self, operation: Operation) -> None:
        self.over += 1
        if self.over >= self._wanted:
            self._reached.set()

    async def health(self) -> Health:
        return Health(ready=True)

    async def close(self) -> None: ...
