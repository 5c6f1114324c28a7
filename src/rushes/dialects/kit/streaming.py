"""Server-sent events: what can still be refused is refused before the stream begins."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

import msgspec
from starlette.responses import StreamingResponse

EVENTS = "text/event-stream"
_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


def event(data: Any, name: str = "") -> bytes:
    """One event; `data` becomes JSON unless it is bytes."""
    body = data if isinstance(data, bytes) else msgspec.json.encode(data)
    head = f"event: {name}\n".encode() if name else b""
    return head + b"data: " + body + b"\n\n"


async def stream(events: AsyncGenerator[bytes, None]) -> StreamingResponse:
    """The answer that sends `events`. What the first one raises is raised here, while it still has a status."""
    first = await anext(events, b"")

    async def rest() -> AsyncGenerator[bytes, None]:
        async with aclosing(events):
            yield first
            async for chunk in events:
                yield chunk

    return StreamingResponse(rest(), media_type=EVENTS, headers=_HEADERS)
