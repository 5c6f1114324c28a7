"""What every translator that ships promises: sentences of the pairs it knows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from rushes.engines.contract import Health


class Translator(Protocol):
    """What translates without a language model."""

    pairs: frozenset[tuple[str, str]]
    """From and to, as ISO 639-1 codes."""

    async def translate(self, sentences: Sequence[str], source: str, target: str) -> list[str]:
        """One translation for each sentence, plain text without line ends. Raises EngineError."""
        ...

    async def health(self) -> Health: ...

    async def close(self) -> None: ...
