"""Limits on how often: fixed windows that begin with their first hit."""

from __future__ import annotations

import math
import time
from typing import Protocol

from msgspec import Struct

_SWEEP_AT = 10_000


class Verdict(Struct, frozen=True, gc=False):
    """Whether a hit is allowed, how many more are, and the whole seconds until the window ends."""

    allowed: bool
    remaining: int
    retry_after: int


class Limiter(Protocol):
    """Counts hits by key, for this process or for all of a database (net/shared_limits.py)."""

    async def take(self, key: str, limit: int, window: float) -> Verdict:
        """Count a hit on `key`, at most `limit` in `window` seconds. A refused hit is not counted."""


class _Window(Struct, gc=False):
    ends: float
    hits: int


class WindowLimiter:
    """Counts this process's hits. Memory is bounded: windows that are over are swept when many have piled up."""

    def __init__(self) -> None:
        self._windows: dict[str, _Window] = {}
        self._sweep_at = _SWEEP_AT

    async def take(self, key: str, limit: int, window: float) -> Verdict:
        """Count a hit now."""
        return self.hit(key, limit, window, time.monotonic())

    def hit(self, key: str, limit: int, window: float, now: float) -> Verdict:
        """Count a hit on `key`, at most `limit` in `window` seconds. A refused hit is not counted."""
        current = self._windows.get(key)
        if current is None or current.ends <= now:
            if len(self._windows) >= self._sweep_at:
                self._sweep(now)
            current = self._windows[key] = _Window(now + window, 0)
        left = max(1, math.ceil(current.ends - now))
        if current.hits >= limit:
            return Verdict(False, 0, left)
        current.hits += 1
        return Verdict(True, limit - current.hits, left)

    def _sweep(self, now: float) -> None:
        self._windows = {key: window for key, window in self._windows.items() if window.ends > now}
        self._sweep_at = max(_SWEEP_AT, 2 * len(self._windows))
