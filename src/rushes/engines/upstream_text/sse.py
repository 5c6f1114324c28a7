"""Server-sent events, as far as chat completions use them."""

from __future__ import annotations

from collections.abc import AsyncIterator

_LONGEST_EVENT = 1 << 20


class TooLongEvent(Exception):
    """An event grew past any size that makes sense."""


async def events(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The data of each event. Raises TooLongEvent.

    Lines end at line feeds only: texts inside the JSON may hold other characters that count as line ends elsewhere.
    """
    rest = b""
    data: list[bytes] = []
    size = 0
    async for chunk in chunks:
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            line = line.removesuffix(b"\r")
            if line.startswith(b"data:"):
                data.append(line.removeprefix(b"data:").removeprefix(b" "))
                size += len(line)
            elif not line and data:
                yield b"\n".join(data)
                data, size = [], 0
        if len(rest) + size > _LONGEST_EVENT:
            raise TooLongEvent
    # Some services do not send the empty line behind their last event.
    if rest.startswith(b"data:"):
        data.append(rest.removeprefix(b"data:").removeprefix(b" ").removesuffix(b"\r"))
    if data:
        yield b"\n".join(data)
