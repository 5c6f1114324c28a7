"""What every part of the studio dialect works with, and how it answers errors."""

from __future__ import annotations

from typing import Any

from msgspec import Struct
from starlette.responses import Response

from rushes.dialects.kit.answers import json
from rushes.dialects.kit.gate import Gate
from rushes.dialects.kit.links import Links
from rushes.dialects.kit.problems import Problem
from rushes.dialects.kit.submitting import Submitter
from rushes.services import Services


class Context(Struct, frozen=True):
    """The services and helpers that the endpoints share."""

    services: Services
    gate: Gate
    links: Links
    submitter: Submitter


class ErrorBody(Struct, kw_only=True, omit_defaults=True):
    """Every error ("Error Handling"): `error`, and what helps to do better."""

    error: str
    code: str = ""
    field: str | None = None
    required: int | None = None
    balance: int | None = None
    required_tier: str | None = None
    current_tier: str | None = None
    retry_after: int | None = None


STATUSES = {402: 403, 405: 405, 409: 409, 413: 400, 502: 503}
"""The document has no 402 and no 413: credits that do not suffice are a 403, a body that is too large a 400."""


def render(problem: Problem) -> Response:
    """The dialect's error envelope."""
    known: dict[str, Any] = {
        name: value for name, value in problem.extra.items() if name in ErrorBody.__struct_fields__
    }
    message = "Insufficient credits" if problem.kind == "insufficient_credits" else problem.message
    body = ErrorBody(error=message, code=problem.kind, field=problem.field, retry_after=problem.retry_after, **known)
    return json(body, STATUSES.get(problem.status, problem.status))
