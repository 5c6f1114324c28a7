"""Engines of this machine, over render processes."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from rushes.engines.contract import QUICK, Health, Lost, Mode, Operation, Output, Pending, Request, Status
from rushes.engines.local.host import RenderHost
from rushes.engines.local.wire import Task

_CHUNK = 1 << 20
_POLL = 0.1
_SHORT = 120.0
"""Seconds of input that are worked on while somebody waits."""


class LocalEngine:
    """One engine whose work is a function in a render process. Its operations do not outlive this process."""

    paid = False
    remote = False

    def __init__(
        self, name: str, modes: frozenset[Mode], host: RenderHost, scratch: Path, settings: dict[str, Any]
    ) -> None:
        self.name = name
        self.modes = modes
        self._host = host
        self._scratch = scratch
        self._settings = settings

    async def start(self, request: Request) -> Operation:
        folder = self._scratch / f"{self.name}-{request.job}"
        # A long film's edit is long work, though its caller may wait for it.
        short = request.mode in QUICK and sum(each.duration for each in request.inputs) <= _SHORT
        task = Task(engine=self.name, request=request, folder=str(folder), settings=self._settings, short=short)
        return {"task": self._host.submit(task), "folder": str(folder)}

    async def status(self, operation: Operation) -> Status:
        status = self._host.status(operation["task"])
        if status is None:
            return Lost()
        if isinstance(status, Pending):
            return Pending(progress=status.progress, poll_after=_POLL)
        return status

    async def cancel(self, operation: Operation) -> None:
        await self._host.cancel(operation["task"])

    async def fetch(self, output: Output) -> AsyncIterator[bytes]:
        with Path(output.location).open("rb") as file:  # noqa: ASYNC230 - a local file opens at once
            while chunk := await asyncio.to_thread(file.read, _CHUNK):
                yield chunk

    async def discard(self, operation: Operation) -> None:
        self._host.forget(operation["task"])
        folder = Path(operation["folder"])
        # An operation saved by a dead process names a folder that is not ours to remove.
        if folder.parent == self._scratch:
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)

    async def health(self) -> Health:
        from rushes.engines.local.needed import lacking

        reason = lacking(self.name, self._settings)
        return Health(ready=not reason, reason=reason)

    async def close(self) -> None:
        await self._host.close()
