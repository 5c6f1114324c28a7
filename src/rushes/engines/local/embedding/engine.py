"""The embedded engine for embeddings, seen from the server."""

from __future__ import annotations

import asyncio
import shutil
from base64 import b64encode
from collections.abc import AsyncGenerator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import msgspec

from rushes.engines.contract import Done, EngineError, Failed, FailureCode, Health, Mode, Request
from rushes.engines.local.embedding.wire import DIMENSIONS, MODEL, Embedded
from rushes.engines.local.host import RenderHost
from rushes.engines.local.store import ModelStore
from rushes.engines.local.wire import Task
from rushes.engines.text import Chat, End, Piece
from rushes.ids import new_id

_SHORT = 60_000
"""Characters that are read while somebody waits; what has more is long work."""
_FLOAT = 4


class LocalEmbeddings:
    """A text engine (engines/text.py) whose answer has a piece for each message: its vector, base64 of float32.

    `response_format` is {"type": "embedding", "dimensions": n}. Nothing of a text is kept.
    """

    name = "embedding"

    def __init__(self, host: RenderHost, scratch: Path, settings: dict[str, Any]) -> None:
        self._host = host
        self._scratch = scratch
        self._settings = settings

    async def write(self, chat: Chat) -> AsyncGenerator[Piece | End, None]:
        """See TextEngine."""
        texts = [str(message["content"]) for message in chat.messages]
        size = int((chat.response_format or {}).get("dimensions") or DIMENSIONS)
        if not 1 <= size <= DIMENSIONS:
            raise EngineError(FailureCode.INVALID_INPUT, f"dimensions: {MODEL} has {DIMENSIONS}")
        made = await self._embed(texts, size)
        step = size * _FLOAT
        for at in range(0, len(made.vectors), step):
            yield Piece(text=b64encode(made.vectors[at : at + step]).decode())
        yield End(finish="stop", prompt_tokens=sum(made.tokens), completion_tokens=0, model=MODEL)

    async def health(self) -> Health:
        """See TextEngine. Weights that are still to be pulled count as ready."""
        if find_spec("onnxruntime") is None:
            return Health(ready=False, reason="the package onnxruntime is not installed (rushes[local])")
        store = ModelStore(Path(self._settings["models"]))
        return Health(ready=True, downloads=not any(each.name == "embed" and each.present for each in store.groups()))

    async def close(self) -> None:
        """See TextEngine."""
        await self._host.close()

    async def _embed(self, texts: list[str], size: int) -> Embedded:
        name = new_id("embedding_")
        folder = self._scratch / name
        request = Request(
            job=name,
            model=MODEL,
            mode=Mode.TEXT_TO_EMBEDDING,
            prompt="",
            width=0,
            height=0,
            seconds=0.0,
            seed=0,
            extra={"texts": texts, "dimensions": size},
        )
        short = sum(map(len, texts)) <= _SHORT
        task = Task(engine=self.name, request=request, folder=str(folder), settings=self._settings, short=short)
        running = self._host.submit(task)
        try:
            match await self._host.ended(running):
                case Done(outputs=(output,)):
                    data = await asyncio.to_thread(Path(output.location).read_bytes)
                    return msgspec.msgpack.decode(data, type=Embedded)
                case Failed(code=code, message=message):
                    raise EngineError(code, message)
            raise EngineError(FailureCode.INTERNAL, "the texts could not be read")
        finally:
            self._host.forget(running)
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
