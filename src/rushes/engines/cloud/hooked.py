"""Where a provider takes an address of ours to call when a generation has changed, and submits that carry it.

Such a call only makes us poll sooner (`jobs/hooks.py`), so nothing hangs on it: what a provider refuses because of the
address is submitted without it. A refusal says that nothing was accepted, so that is no second start.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
from msgspec import Struct

from rushes.engines.cloud.exchange import Call, Exchange, Reply

HERE = "{hook}"
"""Stands for the address."""


def refuses(reply: Reply) -> bool:
    """Whether an answer says clearly that nothing was accepted of what it was sent."""
    return reply.status in (400, 422)


class Hook(Struct, frozen=True, kw_only=True):
    """What a submit carries so that the provider calls us: parameters of its query, or fields of its JSON body.

    Values have HERE where the address goes. The first name is the one that a refusal of the address names.
    """

    query: dict[str, str] = {}
    body: dict[str, Any] = {}

    def put(self, call: Call, address: str) -> Call:
        """The call with the address in it; where there is none, as it is."""
        if not address:
            return call
        query = {**call.query, **_filled(self.query, address)}
        body = {**call.json, **_filled(self.body, address)}
        return msgspec.structs.replace(call, query=query, json=body)

    def submit(self, call: Call, address: str, refused: Callable[[Reply], bool] = refuses) -> Exchange[Reply]:
        """The answer to a submit that carries the address, or to one without where the provider refuses the address."""
        reply = yield self.put(call, address)
        name = next(iter((*self.query, *self.body)))
        if address and refused(reply) and name.encode() in reply.body:
            reply = yield call
        return reply


def _filled(value: Any, address: str) -> Any:
    if isinstance(value, dict):
        return {name: _filled(each, address) for name, each in value.items()}
    if isinstance(value, list):
        return [_filled(each, address) for each in value]
    return address if value == HERE else value
