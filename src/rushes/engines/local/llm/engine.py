"""The embedded text engine: a small language model, in a process of its own, on this machine's cores."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from importlib.util import find_spec
from pathlib import Path

import structlog

from rushes.engines.contract import EngineError, FailureCode, Health
from rushes.engines.local.cores import Cores
from rushes.engines.local.llm import calls
from rushes.engines.local.llm.answer import Answer
from rushes.engines.local.llm.body import body_of
from rushes.engines.local.llm.process import Process
from rushes.engines.local.llm.wire import Ask, Ended, Refused, Setup, Wrote
from rushes.engines.local.store import ModelStore, UnknownGroupError
from rushes.engines.text import Chat, End, Piece

log = structlog.get_logger("llm")

_PULL_AGAIN = 60.0
"""Seconds after a failed pull before a request tries it again."""

_Heard = asyncio.Queue[Piece | End | EngineError]


class LocalText:
    """Writes text with the language model `group` of the store in the folder `models`.

    One answer is written at a time, the others wait in the order they came; more than `waiting` are turned away.
    The model is loaded (and pulled, unless `offline`) for the first request and unloaded after `idle_seconds`
    without one. `context_tokens` bounds a prompt with its answer: too long a prompt is refused, an answer that
    reaches the end finishes with "length". `memory_bytes` bounds the process's address space, which holds the
    weights up to twice; `threads` 0 means every core but one. Raises UnknownGroupError for a group not in the table.
    """

    name = "qwen"

    def __init__(
        self,
        models: Path,
        *,
        group: str = "llm",
        offline: bool = False,
        context_tokens: int = 4096,
        threads: int = 0,
        memory_bytes: int = 4 << 30,
        idle_seconds: float = 300.0,
        waiting: int = 32,
        cores: Cores | None = None,
    ) -> None:
        self._setup = Setup(
            models=str(models.absolute()),
            group=group,
            offline=offline,
            context_tokens=context_tokens,
            threads=threads,
            memory_bytes=memory_bytes,
        )
        self._store = ModelStore(models, offline=offline)
        if group not in (known := tuple(info.name for info in self._store.groups())):
            raise UnknownGroupError(group, known)
        self._idle_seconds = idle_seconds
        self._waiting = waiting
        self._cores = cores or Cores()
        self._turn = asyncio.Lock()
        self._runs: set[asyncio.Task[None]] = set()
        self._process: Process | None = None
        self._dying: set[asyncio.Task[None]] = set()
        self._unload: asyncio.TimerHandle | None = None
        self._missing: EngineError | None = None
        self._missing_until = 0.0
        self._closed = False

    async def write(self, chat: Chat) -> AsyncGenerator[Piece | End, None]:
        """See TextEngine."""
        offer = calls.offered(chat)
        ask = Ask(body=body_of(chat, offer, self._setup.context_tokens))
        if self._closed:
            raise _stopping()
        if len(self._runs) > self._waiting:
            raise EngineError(FailureCode.UNAVAILABLE, "too many texts are waiting to be written", retryable=True)
        # The model never waits for the reader: a slow one would hold up everybody behind it. What is written and
        # not yet read is bounded by the context.
        heard: _Heard = asyncio.Queue()
        run = asyncio.create_task(self._run(ask, offer, heard))
        self._runs.add(run)
        run.add_done_callback(self._runs.discard)
        # The last word where there is no other, even for a run that is cancelled before it begins.
        run.add_done_callback(lambda _: heard.put_nowait(_stopping()))
        try:
            while True:
                item = await heard.get()
                if isinstance(item, EngineError):
                    raise item
                yield item
                if isinstance(item, End):
                    return
        finally:
            # The run ends in its own time: it keeps its turn until the model has stopped.
            run.cancel()

    async def health(self) -> Health:
        """See TextEngine. A model that is still to be pulled counts as ready."""
        if find_spec("xllamacpp") is None:
            return Health(ready=False, reason="the package xllamacpp is not installed (rushes[local])")
        missing = self._known_missing()
        return Health(ready=missing is None, reason=missing.message if missing else "", downloads=not self._present())

    async def close(self) -> None:
        """Stop writing, and end the process. Readers get an EngineError."""
        self._closed = True
        for run in self._runs:
            run.cancel()
        self._drop()
        await asyncio.gather(*self._runs, return_exceptions=True)
        await asyncio.gather(*self._dying)

    async def _run(self, ask: Ask, offer: calls.Offer, heard: _Heard) -> None:
        try:
            async with self._turn:
                try:
                    await self._answer(ask, offer, heard)
                finally:
                    self._rest()
        except EngineError as error:
            heard.put_nowait(error)
        except Exception as error:
            log.error("text could not be written", exc_info=error)
            self._drop()
            heard.put_nowait(EngineError(FailureCode.INTERNAL, "the text model could not be used"))

    async def _answer(self, ask: Ask, offer: calls.Offer, heard: _Heard) -> None:
        process = await self._ready()
        answer = Answer(offer, process.model)
        try:
            async with self._cores.use(process, short=True):
                await process.ask(ask)
                while True:
                    match await process.hear():
                        case Wrote(text=text):
                            if (piece := answer.add(text)) is not None:
                                heard.put_nowait(piece)
                        case Ended() as ended:
                            for last in answer.end(ended):
                                heard.put_nowait(last)
                            return
                        case Refused(code=code, message=message):
                            heard.put_nowait(EngineError(code, message))
                            return
        except asyncio.CancelledError:
            if not await process.stop():
                self._drop()
            raise
        except BaseException:
            self._drop()
            raise

    async def _ready(self) -> Process:
        """The process with the model in it, begun anew where there is none."""
        if self._unload is not None:
            self._unload.cancel()
            self._unload = None
        if self._process is not None and not self._process.alive:
            self._drop()
        if self._process is None:
            if (missing := self._known_missing()) is not None:
                raise missing
            self._process = await Process.spawn(self._setup)
        try:
            await self._process.loaded()
        except EngineError as error:
            self._drop()
            if error.code is FailureCode.MODEL_MISSING:
                self._missing = error
                self._missing_until = asyncio.get_running_loop().time() + _PULL_AGAIN
            raise
        return self._process

    def _known_missing(self) -> EngineError | None:
        """Why a request would fail for want of weights, as far as that is known without trying."""
        if self._present():
            return None
        if self._setup.offline:
            message = f"the text model is not installed; `rushes models pull {self._setup.group}` gets it"
            return EngineError(FailureCode.MODEL_MISSING, message)
        return self._missing if asyncio.get_running_loop().time() < self._missing_until else None

    def _present(self) -> bool:
        return any(info.present for info in self._store.groups() if info.name == self._setup.group)

    def _rest(self) -> None:
        """Begin to count the idle time."""
        if self._process is not None and not self._closed:
            self._unload = asyncio.get_running_loop().call_later(self._idle_seconds, self._drop)

    def _drop(self) -> None:
        """End the process, if there is one; the next request begins a new one."""
        if self._unload is not None:
            self._unload.cancel()
            self._unload = None
        if self._process is not None:
            self._process.kill()
            dying = asyncio.create_task(self._process.gone())
            self._dying.add(dying)
            dying.add_done_callback(self._dying.discard)
            self._process = None


def _stopping() -> EngineError:
    return EngineError(FailureCode.UNAVAILABLE, "the server is stopping", retryable=True)
