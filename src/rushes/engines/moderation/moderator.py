"""The hook that every prompt passes: what breaks a rule is refused, and costs nothing."""

from __future__ import annotations

from typing import Literal

import structlog

from rushes.engines.contract import EngineError, FailureCode, Kind
from rushes.engines.moderation.rules import broken
from rushes.engines.moderation.upstream import UpstreamModerator

log = structlog.get_logger("moderation")


class Moderator:
    """Judges prompts: by the rules, then by the upstream where there is one; not at all when `rules` is off."""

    def __init__(self, *, rules: bool, upstream: UpstreamModerator | None = None) -> None:
        self._rules = rules
        self._upstream = upstream

    async def judge(self, text: str, kind: Kind, job: str = "") -> None:
        """Let a prompt for something of `kind` pass, or raise EngineError: CONTENT_VIOLATION, or UNAVAILABLE."""
        if not text.strip():
            return
        name = broken(text, kind) if self._rules else None
        if name is None and self._upstream is not None:
            name = await self._upstream.broken(text)
        if name is not None:
            log.warning("a prompt was refused", job=job, rule=name)
            raise EngineError(
                FailureCode.CONTENT_VIOLATION, f"the prompt does not meet the content rules of this server: {name}"
            )

    async def close(self) -> None:
        """Close the upstream's connections."""
        if self._upstream is not None:
            await self._upstream.close()


def make_moderator(mode: Literal["rules", "upstream", "off"], url: str, key: str, model: str) -> Moderator:
    """The moderator of the settings. Raises ValueError for an upstream without an address."""
    if mode != "upstream":
        return Moderator(rules=mode == "rules")
    if not url.startswith(("http://", "https://")):
        raise ValueError("moderation_url: the address of the moderator is needed, beginning with http:// or https://")
    import httpx

    return Moderator(rules=True, upstream=UpstreamModerator(httpx.AsyncClient(trust_env=False), url, key, model))
