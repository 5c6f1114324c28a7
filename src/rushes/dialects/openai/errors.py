"""Errors in OpenAI's shape: status, `type` and `code` of every kind of problem, as its clients know them."""

from __future__ import annotations

from msgspec import Struct
from starlette.responses import Response

from rushes.dialects.kit.answers import json
from rushes.dialects.kit.problems import Problem, to_problem


class ErrorDetail(Struct, kw_only=True):
    """What went wrong; `param` names the field at fault."""

    message: str
    type: str
    param: str | None = None
    code: str | None = None


class ErrorBody(Struct, kw_only=True):
    """Every error."""

    error: ErrorDetail


class Row(Struct, frozen=True):
    """One line of the table below. `retry` False tells the client's own retries that they would not help."""

    status: int
    type: str
    code: str | None
    retry: bool = True


_REQUEST = "invalid_request_error"
TABLE = {
    "invalid_parameter": Row(400, _REQUEST, "invalid_value"),
    "unsupported": Row(400, _REQUEST, "unsupported"),
    "content_violation": Row(400, _REQUEST, "content_policy_violation"),
    "quota_exceeded": Row(400, _REQUEST, "storage_quota_exceeded"),
    "unauthorized": Row(401, _REQUEST, "invalid_api_key"),
    "unknown_model": Row(404, _REQUEST, "model_not_found"),
    "not_found": Row(404, _REQUEST, "not_found"),
    "not_ready": Row(404, _REQUEST, "not_ready"),
    "method_not_allowed": Row(405, _REQUEST, "method_not_allowed"),
    "key_reused": Row(409, "idempotency_error", "idempotency_key_reused", retry=False),
    "request_in_progress": Row(409, "idempotency_error", "request_in_progress"),
    "too_large": Row(413, _REQUEST, "content_too_large"),
    "insufficient_credits": Row(429, "insufficient_quota", "insufficient_quota", retry=False),
    "rate_limited": Row(429, "requests", "rate_limit_exceeded"),
    "too_many_jobs": Row(429, "requests", "rate_limit_exceeded"),
    "too_many_tries": Row(429, "requests", "rate_limit_exceeded"),
    "generation_failed": Row(500, "server_error", "generation_failed", retry=False),
    "unavailable": Row(503, "server_error", "unavailable"),
    "model_missing": Row(503, "server_error", "model_missing", retry=False),
    "timeout": Row(504, "server_error", "timeout", retry=False),
}
"""By the core's kind of problem; any other keeps its status."""


def render(problem: Problem) -> Response:
    """The dialect's error envelope."""
    row = _row(problem)
    response = json(ErrorBody(error=detail(problem)), row.status)
    if not row.retry:
        response.headers["x-should-retry"] = "false"
    if problem.limit is not None:
        response.headers["x-ratelimit-limit-requests"] = str(problem.limit)
        response.headers["x-ratelimit-remaining-requests"] = "0"
    return response


def detail(problem: Problem) -> ErrorDetail:
    """What the envelope says."""
    row = _row(problem)
    return ErrorDetail(message=problem.message, type=row.type, param=problem.field, code=row.code)


def detail_of(error: Exception) -> ErrorDetail:
    """The same for what goes wrong in the middle of a stream, when there is no status any more."""
    return detail(to_problem(error, {}) or Problem(500, "internal", "internal error"))


def unsupported(what: str, instead: str, field: str | None = None) -> Problem:
    """A 400 about something that OpenAI has and this server does not: says what to do instead."""
    return Problem(400, "unsupported", f"{what} is not supported here: {instead}", field=field)


def _row(problem: Problem) -> Row:
    known = TABLE.get(problem.kind)
    if known is not None:
        return known
    return Row(problem.status, "server_error" if problem.status >= 500 else _REQUEST, problem.kind)
