"""What an adapter to a provider is: the provider's words, and nothing about the wire.

A new provider is a folder here with one class of this shape, a table of routes in `catalog/routes`, and a line in
`cloud/table.py`.
"""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from rushes.engines.cloud.exchange import Call, Exchange
from rushes.engines.contract import Mode, Operation, Output, Request, Status


class Provider(Protocol):
    """One provider's API. Functions yield calls; `Request.upstream` is the provider's name for the model."""

    title: str
    """As users read it in messages: "fal", "Google"."""
    base: str
    """The API's usual address."""
    modes: frozenset[Mode]
    paid: bool
    """Whether a start costs money; not so on the operator's own machines."""

    def headers(self, key: str) -> dict[str, str]:
        """What carries the key to the provider's own origin."""
        ...

    def start(self, request: Request) -> Exchange[Operation]:
        """Upload what has to be uploaded, then submit with one `paid` call.

        Raises EngineError or AmbiguousStart (`faults.refusal`), Garbage (a 2xx that cannot be read is ambiguous).
        """
        ...

    def status(self, operation: Operation) -> Exchange[Status]:
        """Ask once. Raises Trouble and Garbage, which are asked again later (`faults.expect`)."""
        ...

    def cancel(self, operation: Operation) -> Exchange[None]:
        """Stop the work, where the provider can. Faults are ignored."""
        ...

    def fetch(self, output: Output) -> Call:
        """The call that brings an output's bytes; `output.location` is what the adapter wrote there."""
        ...

    def check(self) -> Call:
        """A call that costs nothing and says whether the provider can be reached and knows the key."""
        ...


@runtime_checkable
class Finder(Protocol):
    """A provider that can be asked whether it has taken a request whose answer was lost, by our own name for it."""

    def find(self, request: Request) -> Exchange[Operation | None]:
        """The operation of `request.job`, None where the provider does not tell. No paid calls; faults are ignored."""
        ...
