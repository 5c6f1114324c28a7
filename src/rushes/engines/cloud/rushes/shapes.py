"""The native API's answers, as far as they are read (docs/dialects, /rushes/v1/generations)."""

from __future__ import annotations

from msgspec import Struct

from rushes.engines.cloud.peers import Told
from rushes.engines.contract import Kind


class File(Struct):
    """One result."""

    url: str
    kind: Kind
    mime: str


class Failure(Struct):
    """Why a generation failed: a FailureCode, or "cancelled"."""

    code: str
    message: str = ""


class Generation(Told, kw_only=True):
    """A generation as it stands; progress 0-1, cost in credits."""

    id: str
    state: str
    progress: float | None = None
    outputs: tuple[File, ...] = ()
    cost: float | None = None
    failure: Failure | None = None
