"""What can go wrong, once: the core's typed exceptions as a status, a code and a sentence.

Each dialect puts a Problem into its own envelope and may give a kind another status.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from rushes.accounts.passwords import TooManyTries, WeakPassword
from rushes.accounts.users import EmailTaken, InvalidEmail
from rushes.catalog import InvalidParameter, PriceError, UnknownModel
from rushes.jobs import NoEngine, QuotaExceeded, TooManyJobs
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
    ) -> None:
        super().__init__(message)
        self.status = status
        self.kind = kind
        self.message = message
        self.field = field
        self.retry_after = retry_after


class Row(Struct, frozen=True):
    """One line of the table below."""

    status: int
    kind: str


TABLE: dict[type[Exception], Row] = {
    UnknownModel: Row(400, "unknown_model"),
    InvalidEmail: Row(400, "invalid_email"),
    WeakPassword: Row(400, "weak_password"),
    EmailTaken: Row(400, "email_taken"),
    QuotaExceeded: Row(400, "quota_exceeded"),
    InsufficientCredits: Row(402, "insufficient_credits"),
    TooManyTries: Row(429, "too_many_tries"),
    TooManyJobs: Row(429, "too_many_jobs"),
    NoEngine: Row(502, "unavailable"),
    PriceError: Row(500, "no_price"),
}

_FIELDS: dict[type[Exception], str] = {
    UnknownModel: "model",
    InvalidEmail: "email",
    EmailTaken: "email",
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
    row = TABLE.get(type(error))
    if row is None:
        return None
    named = _FIELDS.get(type(error))
    message = str(error)
    if named and not message.startswith(named):
        message = f"{names.get(named, named)}: {message}"
    retry_after = error.retry_after if isinstance(error, TooManyTries) else None
    if isinstance(error, TooManyJobs):
        retry_after = _JOB_RETRY
    return Problem(row.status, row.kind, message, field=named, retry_after=retry_after)


def invalid(field: str, reason: str) -> Problem:
    """A 400 that names the field."""
    return Problem(400, "invalid_parameter", f"{field}: {reason}", field=field)


def not_found(what: str) -> Problem:
    """A 404: missing, or somebody else's."""
    return Problem(404, "not_found", f"{what} not found")
