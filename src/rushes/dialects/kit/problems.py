"""What can go wrong, once: the core's typed exceptions as a status, a code and a sentence.

Each dialect puts a Problem into its own envelope and may give a kind another status.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from rushes.accounts import InvalidUsername, TierTooLow, UsernameTaken
from rushes.accounts.passwords import TooManyTries, WeakPassword
from rushes.accounts.users import EmailTaken, InvalidEmail
from rushes.catalog import InvalidParameter, PriceError, UnknownModel
from rushes.db import Unavailable
from rushes.engines.contract import EngineError, FailureCode
from rushes.jobs import NoEngine, QuotaExceeded, TooManyJobs
from rushes.jobs.claims import KeyReused
from rushes.ledger import InsufficientCredits


class Problem(Exception):
    """An answer that is not a success. `kind` names it in the core's words, `field` what is wrong in the input."""

    def __init__(
        self,
        status: int,
        kind: str,
        message: str,
        *,
        field: str | None = None,
        retry_after: int | None = None,
        limit: int | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.kind = kind
        self.message = message
        self.field = field
        self.retry_after = retry_after
        self.limit = limit
        """The request limit that was hit, for APIs that say it in a header."""
        self.extra = extra or {}
        """Further facts, for APIs whose errors carry them: required, balance, required_tier, current_tier."""


class Row(Struct, frozen=True):
    """One line of the table below."""

    status: int
    kind: str


TABLE: dict[type[Exception], Row] = {
    UnknownModel: Row(400, "unknown_model"),
    InvalidEmail: Row(400, "invalid_email"),
    WeakPassword: Row(400, "weak_password"),
    EmailTaken: Row(400, "email_taken"),
    InvalidUsername: Row(400, "invalid_username"),
    UsernameTaken: Row(400, "username_taken"),
    QuotaExceeded: Row(400, "quota_exceeded"),
    InsufficientCredits: Row(402, "insufficient_credits"),
    TierTooLow: Row(403, "tier_too_low"),
    KeyReused: Row(409, "key_reused"),
    TooManyTries: Row(429, "too_many_tries"),
    TooManyJobs: Row(429, "too_many_jobs"),
    NoEngine: Row(502, "unavailable"),
    Unavailable: Row(503, "unavailable"),
    PriceError: Row(500, "no_price"),
}

FAILURES: dict[str, Row] = {
    FailureCode.CONTENT_VIOLATION: Row(400, "content_violation"),
    FailureCode.NSFW: Row(400, "content_violation"),
    FailureCode.INVALID_INPUT: Row(400, "invalid_parameter"),
    FailureCode.QUOTA: Row(503, "unavailable"),
    FailureCode.UNAVAILABLE: Row(503, "unavailable"),
    FailureCode.MODEL_MISSING: Row(503, "model_missing"),
    FailureCode.TIMEOUT: Row(504, "timeout"),
}
"""How a failure is answered where the caller waits for the result; any other is a 500 "generation_failed"."""

_FIELDS: dict[type[Exception], str] = {
    UnknownModel: "model",
    InvalidEmail: "email",
    EmailTaken: "email",
    InvalidUsername: "username",
    UsernameTaken: "username",
    WeakPassword: "password",
}
_JOB_RETRY = 5


def to_problem(error: Exception, names: Mapping[str, str]) -> Problem | None:
    """The problem behind one of the core's exceptions, None for a bug. `names` are the dialect's field names."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, InvalidParameter):
        field = names.get(error.field, error.field)
        return Problem(400, "invalid_parameter", f"{field}: {error.reason}", field=field)
    if isinstance(error, EngineError):
        return failed(error.code, error.message)
    row = TABLE.get(type(error))
    if row is None:
        return None
    named = _FIELDS.get(type(error))
    message = str(error)
    if named and not message.startswith(named):
        message = f"{names.get(named, named)}: {message}"
    retry_after = error.retry_after if isinstance(error, (TooManyTries, Unavailable)) else None
    if isinstance(error, TooManyJobs):
        retry_after = _JOB_RETRY
    return Problem(row.status, row.kind, message, field=named, retry_after=retry_after, extra=_extra(error))


def _extra(error: Exception) -> dict[str, Any]:
    if isinstance(error, InsufficientCredits):
        return {"required": error.required, "balance": error.available}
    if isinstance(error, TierTooLow):
        return {"required_tier": error.required, "current_tier": error.current}
    return {}


def failed(code: str, message: str) -> Problem:
    """A generation that failed while its caller waited. `code` is a FailureCode."""
    row = FAILURES.get(code, Row(500, "generation_failed"))
    return Problem(row.status, row.kind, message)


def invalid(field: str, reason: str) -> Problem:
    """A 400 that names the field."""
    return Problem(400, "invalid_parameter", f"{field}: {reason}", field=field)


def not_found(what: str) -> Problem:
    """A 404: missing, or somebody else's."""
    return Problem(404, "not_found", f"{what} not found")
