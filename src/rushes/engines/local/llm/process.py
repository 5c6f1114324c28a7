"""The process that the language model lives in, seen from the server. See child.py for the other end."""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from pathlib import Path

import msgspec
import structlog

from rushes.engines.contract import EngineError, FailureCode
from rushes.engines.local.group import ProcessGroup
from rushes.engines.local.llm.wire import Ask, Ended, Loaded, Order, Pulling, Refused, Report, Setup, Stop
from rushes.processors import processors, share

log = structlog.get_logger("llm")

_LINE_LIMIT = 1 << 20
_LOAD_SECONDS = 600.0
"""Between two signs of life while weights are pulled, checked and loaded."""
_STALL_SECONDS = 120.0
"""Between two signs of life while an answer is computed: one batch of the prompt, or one token."""
_STOP_SECONDS = 10.0
"""How long the process may take to stop writing before it is killed."""
_BETWEEN_LOGS = 5.0


def could_not_load(memory_bytes: int) -> EngineError:
    """What a model that did not load is for the caller."""
    mib = memory_bytes >> 20
    return EngineError(FailureCode.INTERNAL, f"the text model could not be loaded within {mib} MiB of memory")


class Process(ProcessGroup):
    """One child. It is asked one thing at a time; after an EngineError other than a refusal it is of no use."""

    def __init__(
        self, process: asyncio.subprocess.Process, memory_bytes: int, private: tempfile.TemporaryDirectory[str]
    ) -> None:
        super().__init__(process)
        self._memory_bytes = memory_bytes
        self._private = private
        self._logged = 0.0
        self.pid = process.pid
        self.model = ""
        """The name of the weights, once loaded."""

    @staticmethod
    async def spawn(setup: Setup) -> Process:
        """A child that begins to load."""
        # Made here, since a child that is killed while it loads could not remove it.
        private = tempfile.TemporaryDirectory(prefix="rushes-llm-", ignore_cleanup_errors=True)
        process = Process(
            await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "rushes.engines.local.llm.child",
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                cwd=Path("/"),
                start_new_session=True,
                limit=_LINE_LIMIT,
                env={**os.environ, **share(setup.threads or processors())},
            ),
            setup.memory_bytes,
            private,
        )
        await process._say(msgspec.structs.replace(setup, private=private.name))
        return process

    async def loaded(self) -> None:
        """Wait until the model can be asked. May be given up and called again. Raises EngineError."""
        while not self.model:
            match await self._hear(_LOAD_SECONDS):
                case Loaded(model=model):
                    self.model = model
                    self._private.cleanup()
                case Pulling(file=file, done=done, total=total):
                    self._log_pull(file, done, total)
                case Refused(code=code, message=message):
                    raise EngineError(code, message)

    async def ask(self, ask: Ask) -> None:
        """Put a question; then `hear` until Ended or Refused."""
        await self._say(ask)

    async def hear(self) -> Report:
        """The next report. Raises EngineError when the process died or does not move."""
        return await self._hear(_STALL_SECONDS)

    async def stop(self) -> bool:
        """End the answer that is being written. False: that did not work, and only `kill` is left."""
        try:
            async with asyncio.timeout(_STOP_SECONDS):
                await self._say(Stop())
                while not isinstance(await self._hear(_STOP_SECONDS), Ended | Refused):
                    pass
        except (EngineError, TimeoutError):
            return False
        return True

    def kill(self) -> None:
        """End the process, whatever it is doing."""
        super().kill()
        self._private.cleanup()

    async def gone(self) -> None:
        """Wait for the end of the process."""
        await self.process.wait()

    async def _say(self, order: Order) -> None:
        assert self.process.stdin is not None
        try:
            self.process.stdin.write(msgspec.json.encode(order) + b"\n")
            await self.process.stdin.drain()
        except (BrokenPipeError, ConnectionResetError) as error:
            raise await self._died() from error

    async def _hear(self, seconds: float) -> Report:
        assert self.process.stdout is not None
        try:
            async with asyncio.timeout(seconds):
                line = await self.process.stdout.readline()
        except TimeoutError:
            log.error("language model does not move", pid=self.pid, seconds=seconds)
            raise EngineError(FailureCode.TIMEOUT, "the text model stopped moving", retryable=True) from None
        if not line:
            raise await self._died()
        report: Report = msgspec.json.decode(line, type=Report)
        return report

    async def _died(self) -> EngineError:
        log.error("language model's process died", pid=self.pid, exit_code=await self.process.wait())
        if not self.model:
            # llama.cpp gives up with an abort more often than with an error.
            return could_not_load(self._memory_bytes)
        return EngineError(FailureCode.INTERNAL, "the text model's process died", retryable=True)

    def _log_pull(self, file: str, done: int, total: int | None) -> None:
        now = asyncio.get_running_loop().time()
        if now - self._logged >= _BETWEEN_LOGS:
            self._logged = now
            log.info("pulling the language model", file=file, megabytes=done // 10**6, of=total and total // 10**6)
