"""A chat completions service on loopback, with failures to order: the model's name says which."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

KEY = "sk-very-secret"


def chunk(delta: dict[str, Any] | None = None, finish: str | None = None, **more: Any) -> bytes:
    """One event of an answer."""
    choices = [] if delta is None else [{"index": 0, "delta": delta, "finish_reason": finish}]
    return b"data: " + json.dumps({"id": "c", "model": "upstream-7b", "choices": choices, **more}).encode() + b"\n\n"


USAGE = chunk(usage={"prompt_tokens": 11, "completion_tokens": 3, "total_tokens": 14})
DONE = b"data: [DONE]\n\n"
HELLO = [chunk({"role": "assistant", "content": ""}), chunk({"content": "Hel"}), chunk({"content": "lo"})]
STOP = chunk({}, "stop")


def _call(**function: Any) -> bytes:
    return chunk({"tool_calls": [{"index": 0, "function": function}]})


STREAMS: dict[str, list[bytes]] = {
    "good": [*HELLO, STOP, USAGE, DONE],
    "no-empty-line-at-the-end": [*HELLO, STOP, USAGE.rstrip()],
    "crlf": [part.replace(b"\n", b"\r\n") for part in [b": hi\n\n", *HELLO, STOP, USAGE, DONE]],
    "cut-anywhere": [bytes([byte]) for byte in b"".join([*HELLO, chunk({"content": " – né"}), STOP, USAGE, DONE])],
    "line-separators": [
        'data: {"choices":[{"delta":{"content":"a\u2028b\u0085c"}}]}\n\n'.encode(),
        STOP,
        USAGE,
        DONE,
    ],
    "usage-with-last-choice": [
        *HELLO,
        chunk({}, "length", usage={"prompt_tokens": 1, "completion_tokens": 2}),
        DONE,
    ],
    "calls": [_call(name="add", arguments=""), _call(arguments='{"a":1}'), chunk({}, "tool_calls"), USAGE, DONE],
    "filtered": [chunk({"refusal": "No."}), chunk({}, "content_filter"), USAGE, DONE],
    "no-usage": [*HELLO, STOP, DONE],
    "half-usage": [*HELLO, STOP, chunk(usage={"prompt_tokens": 5}), DONE],
    "no-finish": [*HELLO, USAGE, DONE],
    "broken-off": HELLO,
    "error-within": [*HELLO, b'data: {"error": {"message": "GPU 3 is on fire", "code": 502}}\n\n'],
    "quota-within": [b'data: {"error": {"message": "slow down", "code": 429}}\n\n'],
    "nonsense": [b"data: <html>\n\n"],
    "endless-line": [b"data: " + b"x" * 3_000_000],
}
ANSWERS: dict[str, tuple[int, Any]] = {
    "401": (401, {"error": {"message": f"Incorrect API key provided: {KEY}"}}),
    "403": (403, {"error": {"message": "organisation 77 has no access"}}),
    "404": (404, {"error": {"message": "no such model in cluster 3"}}),
    "400": (400, {"error": {"message": "temperature must be below 2", "type": "invalid_request_error"}}),
    "400-key": (400, {"error": {"message": f"bad request with {KEY}"}}),
    "422": (422, {"detail": "messages must not be empty"}),
    "400-page": (400, "<html>"),
    "402": (402, {"error": "no money"}),
    "429": (429, {"error": {"message": "rate limit of org-77"}}),
    "500": (500, {"error": {"message": "stack trace"}}),
    "503": (503, {"error": {"message": "overloaded"}}),
    "200-json": (200, {"choices": [{"message": {"content": "hi"}}]}),
}


def translated(body: dict[str, Any]) -> list[bytes]:
    """The numbered texts of a question, each marked as what it would be in French."""
    given = json.loads(body["messages"][-1]["content"])
    answer = json.dumps({number: f"{text} (fr)" for number, text in given.items()})
    return [chunk({"content": answer}), STOP, USAGE, DONE]


class Peer:
    """Where the service is, what it was asked, and how many of its answers were hung up on."""

    def __init__(self) -> None:
        self.url = ""
        self.asked: list[tuple[str, dict[str, str], dict[str, Any]]] = []
        self.hung_up = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while line := await reader.readline():
                await self._one(line.decode().split()[1], reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _one(self, path: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        headers = {}
        while (line := (await reader.readline()).decode().strip()) != "":
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        body = json.loads(await reader.readexactly(int(headers.get("content-length", "0"))))
        self.asked.append((path, headers, body))
        model = body["model"]
        if model in ANSWERS:
            status, answer = ANSWERS[model]
            data = answer.encode() if isinstance(answer, str) else json.dumps(answer).encode()
            head = f"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {len(data)}\r\n\r\n"
            writer.write(head.encode() + data)
            return await writer.drain()
        if model == "redirect":
            writer.write(f"HTTP/1.1 307 X\r\nLocation: {self.url}/elsewhere\r\nContent-Length: 0\r\n\r\n".encode())
            return await writer.drain()
        if model == "hangs-up":
            raise ConnectionError
        if model == "silent":
            await reader.read()
            raise ConnectionError
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\nConnection: close\r\n\r\n")
        if model == "endless":
            await self._endless(reader, writer)
        for part in translated(body) if model == "french" else STREAMS.get(model, []):
            writer.write(part)
            await writer.drain()
        raise ConnectionError

    async def _endless(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        gone = asyncio.ensure_future(reader.read())
        while not gone.done():
            writer.write(chunk({"content": "and "}))
            await asyncio.sleep(0.01)
        self.hung_up += 1


@asynccontextmanager
async def peer() -> AsyncIterator[Peer]:
    """The service, for as long as the block lasts."""
    found = Peer()
    server = await asyncio.start_server(found.serve, "127.0.0.1", 0)
    found.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
    try:
        yield found
    finally:
        server.close()
