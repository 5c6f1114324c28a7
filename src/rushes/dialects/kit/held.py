"""Bodies of requests lie in memory until they are answered: how many bytes of them there may be at a time.

Whoever has an account, even without credits, could else send large bodies slowly on many connections, until the
server has no memory left for anybody.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import MutableMapping
from typing import Any

from rushes.dialects.kit.problems import Problem

SMALL = 1_000_000
"""Bytes of a body that are not counted."""
SHARE = 1_000_000_000
"""Bytes of one account's bodies."""
ROOM = 3_000_000_000
"""Bytes of all bodies in this process."""
SECONDS = 900.0
"""How long a body that is not small may be on its way."""
_AGAIN = 5
_COUNT = "rushes.held"
_HOLDING = "rushes.holding"


class Held:
    """Counts the bytes. One body alone, of an account or of all, is never too much: it has limits of its own."""

    def __init__(self) -> None:
        self._by_account: Counter[str] = Counter()

    def watch(self, scope: MutableMapping[str, Any]) -> None:
        """Count the body of this request (`hold`), from now until `leave`."""
        scope[_COUNT] = self

    def leave(self, scope: MutableMapping[str, Any]) -> None:
        """The request is answered: its body is no longer in memory."""
        if (holding := scope.pop(_HOLDING, None)) is not None:
            self.let_go(*holding)

    def add(self, account: str, size: int, own: int) -> None:
        """Another `size` bytes of a body of which `own` are counted already. Raises a 429 or 503 Problem."""
        before = self._by_account[account]
        if before > own and before + size > SHARE:
            message = "too many large requests at the same time; send the next one when one of them was answered"
            raise Problem(429, "rate_limited", message, retry_after=_AGAIN)
        total = self._by_account.total()
        if total > own and total + size > ROOM:
            message = "the server has no room for another large request now; send it again"
            raise Problem(503, "unavailable", message, retry_after=_AGAIN)
        self._by_account[account] = before + size

    def let_go(self, account: str, size: int) -> None:
        """These bytes are no longer in memory."""
        left = self._by_account[account] - size
        if left > 0:
            self._by_account[account] = left
        else:
            del self._by_account[account]


def hold(scope: MutableMapping[str, Any], account: str, size: int) -> None:
    """The body of this request, an account's or nobody's (""), has grown to `size` bytes.

    Raises a 429 or 503 Problem.
    """
    count: Held | None = scope.get(_COUNT)
    if count is None:
        return
    account, own = scope.get(_HOLDING, (account, 0))
    count.add(account, size - own, own)
    scope[_HOLDING] = (account, size)
