"""Small questions for a render process: what a text engine asks while its caller waits, answered by one file."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path
from typing import Any

from rushes.engines.contract import Done, EngineError, Failed, FailureCode, Mode, Request
from rushes.engines.local.host import RenderHost
from rushes.engines.local.wire import Task
from rushes.ids import new_id

_SHORT = 60_000
"""Characters that are read while somebody waits; what has more is long work."""


class Asked:
    """One engine of child.py whose answers are read at once and kept nowhere."""

    def __init__(self, engine: str, mode: Mode, host: RenderHost, scratch: Path, settings: dict[str, Any]) -> None:
        self._engine = engine
        self._mode = mode
        self._host = host
        self._scratch = scratch
        self._settings = settings

    async def answer(self, extra: dict[str, Any], *, characters: int) -> bytes:
        """What the engine's one output holds, after `extra` of so many characters. Cancelling stops the work.

        Raises EngineError.
        """
        name = new_id(f"{self._engine}_")
        folder = self._scratch / name
        request = Request(
            job=name,
            model=self._engine,
            mode=self._mode,
            prompt="",
            width=0,
            height=0,
            seconds=0.0,
            seed=0,
            extra=extra,
        )
        short = characters <= _SHORT
        task = Task(engine=self._engine, request=request, folder=str(folder), settings=self._settings, short=short)
        running = self._host.submit(task)
        try:
            match await self._host.ended(running):
                case Done(outputs=(output,)):
                    return await asyncio.to_thread(Path(output.location).read_bytes)
                case Failed(code=code, message=message):
                    raise EngineError(code, message)
            raise EngineError(FailureCode.INTERNAL, "the texts could not be read")
        finally:
            self._host.forget(running)
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)

    async def close(self) -> None:
        """Stop the process."""
        await self._host.close()
