"""Refusals of a provider in our words, by status; adapters put their own codes before it."""

from __future__ import annotations

import email.utils
import time
from typing import Any

from rushes.engines.cloud.exchange import Garbage, Reply
from rushes.engines.contract import AmbiguousStart, EngineError, FailureCode

_LONGEST = 500
_TIMES = 3600.0
_BUSY = 5.0
"""Seconds to wait when a provider names none."""


class Trouble(Exception):
    """The provider did not answer this time: a poll is worth trying again after so many seconds (None: its usual)."""

    def __init__(self, why: str, retry_after: float | None = None) -> None:
        super().__init__(why)
        self.retry_after = retry_after


def refusal(reply: Reply, provider: str, message: str = "") -> EngineError | AmbiguousStart:
    """What a status other than 2xx means as the answer to a start.

    `message` is the provider's own, shown only where it is about the request. What concerns the operator's contract
    with the provider (keys, money) is not shown. 429 and 503 say that nothing was done; other 5xx leave it open.
    """
    status = reply.status
    if status in (400, 404, 405, 409, 413, 415, 422):
        return EngineError(FailureCode.INVALID_INPUT, clean(message) or f"{provider} refused the request")
    if status in (401, 403):
        return EngineError(FailureCode.UNAVAILABLE, f"{provider} is not available: its key is not accepted")
    if status == 402:
        return EngineError(FailureCode.QUOTA, f"{provider} takes no more requests")
    if status == 429:
        return EngineError(FailureCode.QUOTA, f"{provider} takes no more requests at the moment", retryable=True)
    if status == 503:
        return EngineError(FailureCode.UNAVAILABLE, f"{provider} is not available", retryable=True)
    return AmbiguousStart(f"{provider} answered {status}")


def expect(reply: Reply) -> None:
    """Let a poll go on only with a 2xx. Raises Trouble for what may pass (408, 429, 5xx), Garbage for the rest."""
    if reply.ok:
        return
    if reply.status in (408, 425, 429) or reply.status >= 500:
        raise Trouble(f"status {reply.status}", retry_after(reply))
    raise Garbage(f"status {reply.status}")


def retry_after(reply: Reply, now: float | None = None) -> float | None:
    """Seconds that the header Retry-After asks to wait, as a number or a date (RFC 9110, 10.2.3); at most an hour.

    A date is read by the provider's own clock, where it says the time: ours may differ.
    """
    text = reply.headers.get("retry-after", "").strip()
    if not text:
        return None
    if text.replace(".", "", 1).isdecimal():
        return min(float(text), _TIMES)
    try:
        at = email.utils.parsedate_to_datetime(text).timestamp()
    except (TypeError, ValueError):
        return None
    if now is None:
        now = _their_time(reply)
    return min(max(at - now, 0.0), _TIMES)


def _their_time(reply: Reply) -> float:
    try:
        return email.utils.parsedate_to_datetime(reply.headers.get("date", "")).timestamp()
    except (TypeError, ValueError):
        return time.time()


def message_of(reply: Reply) -> str:
    """The message in an error body, wherever the usual services put it; empty where there is none."""
    try:
        found: Any = reply.json()
    except Garbage:
        return ""
    for _ in range(3):
        if isinstance(found, list) and found:
            found = found[0]
        if isinstance(found, str):
            return clean(found)
        if not isinstance(found, dict):
            return ""
        found = next((found[key] for key in ("error", "message", "msg", "detail", "title") if found.get(key)), None)
    return clean(found) if isinstance(found, str) else ""


def clean(message: str) -> str:
    """A provider's sentence, fit to be shown: in one line and not endless."""
    return " ".join(message.split())[:_LONGEST]
