"""`Prefer`: whether a caller waits for the result, and how long (RFC 7240, 4.1 and 4.3)."""

from __future__ import annotations

from starlette.requests import Request

USUAL = 8.0
"""Seconds that are waited where the caller does not say."""
MOST = 120.0


def patience(request: Request) -> float:
    """Seconds to wait for a result before answering with the job: 0 for `respond-async` alone, else as `wait` says."""
    asked: float | None = None
    later = False
    for text in request.headers.getlist("prefer"):
        for preference in text.split(","):
            name, _, value = preference.partition(";")[0].strip().partition("=")
            if name.lower() == "respond-async":
                later = True
            elif name.lower() == "wait" and value.strip(' "').isdigit():
                asked = float(value.strip(' "'))
    if asked is None:
        return 0.0 if later else USUAL
    return min(asked, MOST)
