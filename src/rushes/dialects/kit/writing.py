"""Texts for dialects that answer them whole."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing

from rushes.engines.text import Piece
from rushes.jobs import Written


async def whole(pieces: AsyncGenerator[Piece | Written, None]) -> tuple[str, Written]:
    """All pieces as one text, and how it ended."""
    texts = []
    written: Written | None = None
    async with aclosing(pieces):
        async for item in pieces:
            if isinstance(item, Written):
                written = item
            else:
                texts.append(item.text)
    assert written is not None  # Texts.write ends with one, or raises
    return "".join(texts), written
