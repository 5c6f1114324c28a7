"""The job record as code sees it."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Struct

from rushes.catalog import Plan
from rushes.db import Row
from rushes.engines.contract import Kind
from rushes.jobs.states import TERMINAL, State
from rushes.webhooks.outbox import Callback


class JobOutput(Struct, frozen=True, kw_only=True):
    """One stored result. Sizes in pixels and bytes, duration in seconds."""

    asset: str
    kind: Kind
    mime: str
    width: int = 0
    height: int = 0
    duration: float = 0.0
    size: int = 0


class Job(Struct, frozen=True):
    """One job. JSON columns are kept as text and read on demand; times are milliseconds since 1970."""

    id: str
    account_id: str
    dialect: str
    model: str
    mode: str
    request: str
    state: str
    progress: float
    quote: int
    cost: int | None
    engine: str
    draft: int
    queue: str
    submission: str
    operation: str | None
    attempts: int
    lease_owner: str | None
    outputs: str
    warnings: str
    error_code: str | None
    error_message: str | None
    created_at: int
    started_at: int | None
    finished_at: int | None
    expires_at: int | None
    origin: str = ""
    """The server's address as the client saw it, for links in callbacks."""
    callbacks: str = "[]"
    upstream: str = ""
    """The engine's own name for the model, on the route that the job takes."""
    tag: str = ""
    refusals: int = 0
    """How often an engine would not take it for now."""
    upstream_cost: int | None = None
    """What the provider asks for it, in millionths of a credit."""
    traceparent: str | None = None
    """The request's trace, for whoever runs the job and tells of it."""

    @property
    def terminal(self) -> bool:
        return self.state in TERMINAL

    @property
    def succeeded(self) -> bool:
        return self.state == State.SUCCEEDED

    def plan(self) -> Plan:
        """What is being made."""
        return _PLAN.decode(self.request)

    def output_list(self) -> list[JobOutput]:
        """The stored results, empty until succeeded."""
        return _OUTPUTS.decode(self.outputs)

    def callback_list(self) -> list[Callback]:
        """Whom to call when the job is over."""
        return _CALLBACKS.decode(self.callbacks)

    def warning_list(self) -> list[str]:
        """What was ignored, changed or could not be done."""
        return _WARNINGS.decode(self.warnings)


COLUMNS = ", ".join(Job.__struct_fields__)
_PLAN = msgspec.json.Decoder(Plan)
_OUTPUTS = msgspec.json.Decoder(list[JobOutput])
_CALLBACKS = msgspec.json.Decoder(list[Callback])
_WARNINGS = msgspec.json.Decoder(list[str])
_ENCODER = msgspec.json.Encoder()


def to_text(value: Any) -> str:
    """A value as JSON text, for a JSON column."""
    return _ENCODER.encode(value).decode()


def from_row(row: Row) -> Job:
    """A job of a row with COLUMNS."""
    return Job(*row)
