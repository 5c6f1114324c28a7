"""What an operation holds: enough to ask for a prompt again, in another process of ours too."""

from __future__ import annotations

import uuid

import msgspec
from msgspec import Struct

from rushes.engines.comfyui.progress import Track
from rushes.engines.contract import Kind, Operation


class Sent(Struct, frozen=True, kw_only=True):
    """A graph on a host. `kind`: what is wanted of it; `samplers` and `nodes`: see Track."""

    host: str
    prompt: str
    job: str
    kind: Kind
    samplers: dict[str, int]
    nodes: int
    warnings: tuple[str, ...] = ()

    @property
    def second(self) -> str:
        """The id of a second try: the same after a restart of ours, so that there is never a third."""
        return str(uuid.uuid5(uuid.UUID(self.prompt), "again"))

    def track(self) -> Track:
        """Nothing done yet."""
        return Track(self.samplers, self.nodes)


def to_operation(sent: Sent) -> Operation:
    """As the caller keeps it."""
    made: Operation = msgspec.to_builtins(sent)
    return made


def of_operation(operation: Operation) -> Sent:
    """As we left it."""
    return msgspec.convert(operation, Sent)
