"""A service's refusals in our words. What concerns the operator's contract with the service is not shown to users."""

from __future__ import annotations

from typing import Any

import msgspec

from rushes.engines.contract import EngineError, FailureCode

_LONGEST = 500
_UNAVAILABLE = "the text service is not available"


def fault_of(status: int, body: bytes, secret: str) -> EngineError:
    """What a status other than 200 means. `secret` is kept out of the message."""
    if status in (400, 413, 422):
        message = message_of(body).replace(secret or "\0", "…")
        return EngineError(FailureCode.INVALID_INPUT, message or "the text service refused the request")
    if status == 429:
        return EngineError(FailureCode.QUOTA, "the text service takes no more requests at the moment", retryable=True)
    if status == 402:
        return EngineError(FailureCode.QUOTA, "the text service takes no more requests")
    # 503 says that nothing was done; any other 5xx leaves open whether the answer was computed, and paid for.
    return EngineError(FailureCode.UNAVAILABLE, _UNAVAILABLE, retryable=status == 503)


def fault_within(error: Any, secret: str) -> EngineError:
    """What an error object in the middle of a stream means."""
    code = error.get("code") if isinstance(error, dict) else None
    if isinstance(code, int):
        return fault_of(code, msgspec.json.encode({"error": error}), secret)
    return EngineError(FailureCode.UNAVAILABLE, "the text service failed in the middle of the answer")


def message_of(body: bytes) -> str:
    """The message in an error body: OpenAI's form, and those seen elsewhere. Empty where there is none."""
    try:
        found = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ""
    for key in ("error", "message", "detail"):
        if isinstance(found, dict) and key in found:
            found = found[key]
            if isinstance(found, str):
                return " ".join(found.split())[:_LONGEST]
    return ""
