"""A stand-in for the network of /embeddings, for servers of tests that have no weights: words in common are near."""

from __future__ import annotations

import base64
import hashlib
import math
from array import array
from collections.abc import AsyncGenerator

from rushes.engines.contract import Health
from rushes.engines.text import Chat, End, Piece

SIZE = 384


class Vectors:
    """Counts words, each at a place of its own."""

    name = "vectors"

    async def write(self, chat: Chat) -> AsyncGenerator[Piece | End, None]:
        words = [str(message["content"]).lower().split() for message in chat.messages]
        for each in words:
            counts = [0.0] * SIZE
            for word in each:
                counts[int(hashlib.sha256(word.encode()).hexdigest(), 16) % SIZE] += 1
            length = math.hypot(*counts)
            yield Piece(text=base64.b64encode(array("f", [count / length for count in counts])).decode())
        yield End(finish="stop", prompt_tokens=sum(map(len, words)), completion_tokens=0, model="vectors")

    async def health(self) -> Health:
        return Health(ready=True)

    async def close(self) -> None:
        pass
