"""What the dialects have in common as upstreams: behind each may be its own service, or another Rushes.

A Rushes adds fields to the documents' answers: which engine ran, whether that was a stand-in, what was ignored. And it
honours Idempotency-Key on everything that creates; the documents do not name that header, so it is sent and not relied
on but by the native adapter, which has a Rushes before it for certain.
"""

from __future__ import annotations

from msgspec import Struct

from rushes.engines.cloud.exchange import Garbage, Reply
from rushes.engines.cloud.faults import message_of
from rushes.engines.contract import Request

LARGEST = 7_000_000
"""Bytes of a file in a body: in base64 it is under the ten million that a Rushes takes unless told otherwise."""


class Told(Struct):
    """What a Rushes adds to a job's answer; empty from others."""

    engine: str = ""
    draft: bool = False
    warnings: tuple[str, ...] = ()

    def notes(self) -> tuple[str, ...]:
        """Its warnings, and that it was a draft there too."""
        drafted = (f"draft: made by the provider's stand-in, {self.engine}",) if self.draft else ()
        return (*self.warnings, *drafted)


def once(request: Request, kind: str) -> dict[str, str]:
    """The header that makes a create the same when it is sent again. Each kind has its own: bodies differ."""
    return {"Idempotency-Key": f"{request.job}.{kind}"}


def said(reply: Reply) -> tuple[str, str]:
    """The code and the sentence of a refusal: beside one another, or under `error`."""
    try:
        body = reply.json()
    except Garbage:
        return "", ""
    if not isinstance(body, dict):
        return "", ""
    inner = body.get("error")
    code = inner.get("code") if isinstance(inner, dict) else body.get("code")
    return code if isinstance(code, str) else "", message_of(reply)
