"""The embedded engine for embeddings, seen from the server."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import AsyncGenerator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import msgspec

from rushes.engines.contract import EngineError, FailureCode, Health, Mode
from rushes.engines.local.asked import Asked
from rushes.engines.local.embedding.wire import DIMENSIONS, MODEL, Embedded
from rushes.engines.local.host import RenderHost
from rushes.engines.local.store import ModelStore
from rushes.engines.text import Chat, End, Piece

_FLOAT = 4


class LocalEmbeddings:
    """A text engine (engines/text.py) whose answer has a piece for each message: its vector, base64 of float32.

    `response_format` is {"type": "embedding", "dimensions": n}. Nothing of a text is kept.
    """

    name = "embedding"

    def __init__(self, host: RenderHost, scratch: Path, settings: dict[str, Any]) -> None:
        self._asked = Asked(self.name, Mode.TEXT_TO_EMBEDDING, host, scratch, settings)
        self._settings = settings

    async def write(self, chat: Chat) -> AsyncGenerator[Piece | End, None]:
        """See TextEngine."""
        texts = [str(message["content"]) for message in chat.messages]
        size = int((chat.response_format or {}).get("dimensions") or DIMENSIONS)
        if not 1 <= size <= DIMENSIONS:
            raise EngineError(FailureCode.INVALID_INPUT, f"dimensions: {MODEL} has {DIMENSIONS}")
        extra = {"texts": texts, "dimensions": size}
        answer = await self._asked.answer(extra, characters=sum(map(len, texts)))
        made = msgspec.msgpack.decode(answer, type=Embedded)
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
        await self._asked.close()
