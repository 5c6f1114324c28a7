"""An OpenAI-compatible moderator: POST {base}/moderations with {"model", "input"}, `results[].flagged` and categories
(OpenAI's API reference, "Create moderation").
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import structlog
from msgspec import Struct

from rushes.engines.contract import EngineError, FailureCode

if TYPE_CHECKING:
    import httpx

log = structlog.get_logger("moderation")

_SECONDS = 10.0
_LONGEST = 20_000
_LONGEST_ANSWER = 1 << 20


class _Result(Struct):
    flagged: bool
    categories: dict[str, bool | None] = {}


class _Answer(Struct):
    results: list[_Result]


class UpstreamModerator:
    """Asks the service named by the operator. `client` is its own from now on."""

    def __init__(self, client: httpx.AsyncClient, base: str, key: str, model: str) -> None:
        self._client = client
        self._url = f"{base.rstrip('/')}/moderations"
        self._headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._model = model

    async def broken(self, text: str) -> str | None:
        """What a text is flagged for, None when it is not.

        Raises EngineError when the service does not tell: then nothing is made.
        """
        import httpx

        body = {"input": text[:_LONGEST], **({"model": self._model} if self._model else {})}
        try:
            answer = await self._client.post(self._url, json=body, headers=self._headers, timeout=_SECONDS)
            if answer.status_code != 200 or len(answer.content) > _LONGEST_ANSWER:
                raise ValueError(f"status {answer.status_code}")
            results = msgspec.json.decode(answer.content, type=_Answer).results
            if not results:
                raise ValueError("no results")
        except (httpx.HTTPError, ValueError) as error:
            log.error("the moderator does not answer", error=repr(error))
            message = "prompts cannot be checked at the moment, try again later"
            raise EngineError(FailureCode.UNAVAILABLE, message, retryable=True) from None
        names = {name for result in results if result.flagged for name, is_so in result.categories.items() if is_so}
        if any(result.flagged for result in results):
            return ", ".join(sorted(names)) or "the moderator's rules"
        return None

    async def close(self) -> None:
        """Close its connections."""
        await self._client.aclose()
