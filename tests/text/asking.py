"""Asking a text engine, and looking at the process behind the embedded one."""

from __future__ import annotations

import asyncio
import os
import socket
from pathlib import Path
from typing import Any

from rushes.engines.contract import EngineError
from rushes.engines.text import Chat, End, Piece, TextEngine

LONG_STORY = "Write a very long story about a lighthouse and its keeper."

_WORDS = {"type": "array", "items": {"type": "string", "minLength": 900}, "minItems": 900}
NO_END = {"type": "json_schema", "json_schema": {"name": "words", "schema": _WORDS}}
"""A form of answer that takes minutes to write."""


def chat(text: str = "Name three colours.", **more: Any) -> Chat:
    """One user message, 30 tokens of answer."""
    return Chat(**{"model": "m", "messages": ({"role": "user", "content": text},), "max_tokens": 30, **more})


class Said:
    """A whole answer: its pieces, and the end."""

    def __init__(self, heard: list[Piece | End]) -> None:
        *pieces, end = heard
        assert isinstance(end, End)
        assert all(isinstance(piece, Piece) for piece in pieces)
        self.pieces = [piece for piece in pieces if isinstance(piece, Piece)]
        self.end = end
        self.text = "".join(piece.text for piece in self.pieces)
        self.calls = [call for piece in self.pieces for call in piece.tool_calls]


async def said(engine: TextEngine, question: Chat) -> Said:
    return Said([item async for item in engine.write(question)])


async def refused(engine: TextEngine, question: Chat) -> EngineError:
    """The error that a question ends with."""
    try:
        answer = await said(engine, question)
    except EngineError as error:
        return error
    raise AssertionError(f"an error was expected, not {answer.text!r}")


async def started(engine: TextEngine, question: Chat) -> Any:
    """An answer of which the first piece was read."""
    answer = engine.write(question)
    assert isinstance(await anext(answer), Piece)
    return answer


def children(parent: int | None = None) -> list[int]:
    """The language model processes that `parent` (else we) started and that are not dead."""
    found = []
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            command = (folder / "cmdline").read_bytes()
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if (
            b"rushes.engines.local.llm.child" in command
            and fields[0] != "Z"
            and int(fields[1]) == (parent or os.getpid())
        ):
            found.append(int(folder.name))
    return found


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


async def until(condition: Any, seconds: float = 30.0) -> None:
    """Wait for something to become true; fails when it does not."""
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.05)


async def until_idle(pid: int) -> None:
    """Wait until a process uses no processor time for half a second; fails after ten seconds."""

    def used() -> int:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return int(fields[11]) + int(fields[12])

    async with asyncio.timeout(10):
        before = -1
        while before != (before := used()):
            await asyncio.sleep(0.5)


def listening(pid: int) -> tuple[list[str], list[str]]:
    """What a process can be reached at: (internet sockets, paths of listening Unix sockets)."""
    mine = set()
    for link in Path(f"/proc/{pid}/fd").iterdir():
        try:
            target = os.readlink(link)
        except OSError:
            continue
        if target.startswith("socket:["):
            mine.add(target[8:-1])
    internet, unix = [], []
    for table in ("tcp", "tcp6", "udp", "udp6"):
        path = Path(f"/proc/{pid}/net/{table}")
        rows = path.read_text().splitlines()[1:] if path.exists() else []
        internet += [f"{table} {row.split()[1]}" for row in rows if row.split()[9] in mine]
    for row in Path(f"/proc/{pid}/net/unix").read_text().splitlines()[1:]:
        fields = row.split()
        if fields[6] in mine and int(fields[3], 16) & 0x10000:  # the flag of a listening socket
            unix.append(fields[7] if len(fields) > 7 else "")
    return internet, unix


def listen_twice(folder: Path) -> list[socket.socket]:
    """Two open sockets of our own, so that `listening` has something to find."""
    internet, unix = socket.socket(), socket.socket(socket.AF_UNIX)
    internet.bind(("127.0.0.1", 0))
    unix.bind(str(folder / "s"))
    for each in (internet, unix):
        each.listen()
    return [internet, unix]
