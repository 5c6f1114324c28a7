"""A conversation with a provider without the wire: an adapter yields calls and receives replies.

An adapter's functions are generators, as transactions are in `db/steps.py`: they yield a `Call` and receive its
`Reply`. So an adapter is pure and small, a test drives it by hand, and one driver (`engine.py`) holds every rule about
the wire: what may be sent again, how long to wait, what is read of an answer.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from pathlib import Path
from typing import Any, Literal, TypeVar

import msgspec
from msgspec import Struct, field

T = TypeVar("T")


class Part(Struct, frozen=True, kw_only=True):
    """One field of a multipart form: a value, or a file on local disk with its media type."""

    name: str
    value: str = ""
    file: Path | None = None
    filename: str = ""
    mime: str = ""


class Call(Struct, frozen=True, kw_only=True):
    """One request. `url` is a path under the provider's base address, or a whole address.

    Its body is one of `json`, `parts` (multipart), `form` (url-encoded) and `file` (the bytes of a file). The key goes
    only to the base address' own origin, unless the adapter writes headers itself. `paid` calls are sent at most once.
    """

    method: Literal["GET", "POST", "PUT", "DELETE"]
    url: str
    headers: dict[str, str] = field(default_factory=dict)
    query: dict[str, str] = field(default_factory=dict)
    json: Any = None
    parts: tuple[Part, ...] = ()
    form: dict[str, str] | None = None
    file: Path | None = None
    paid: bool = False
    longest: int = 1 << 20
    """Bytes of the answer's body that are read; a longer one is garbage."""
    seconds: float = 60.0
    """How long the answer may take in all."""


class Garbage(Exception):
    """A reply that cannot be read: not JSON, cut off, or without what the document promises."""


class Reply(Struct, frozen=True, kw_only=True):
    """What came back. Header names are in lower case."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    def json(self) -> Any:
        """The body as JSON. Raises Garbage."""
        try:
            return msgspec.json.decode(self.body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise Garbage("the answer is not JSON") from None

    def read(self, shape: type[T]) -> T:
        """The body as a struct with the fields that the adapter needs; others are ignored. Raises Garbage."""
        try:
            return msgspec.json.decode(self.body, type=shape)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise Garbage(f"the answer lacks what was promised: {error}") from None


Exchange = Generator[Call, Reply, T]
"""Calls out, replies in, and what comes of it."""
