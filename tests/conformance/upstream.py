"""An OpenAI-compatible service on loopback that answers one sentence and remembers what it was asked."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

SENTENCE = "AI video generation just hit a new level..."


class Upstream:
    """`asked` are the bodies it got; `status` 200, or what it answers instead of a text."""

    def __init__(self) -> None:
        self.url = ""
        self.asked: list[dict[str, Any]] = []
        self.status = 200
        self.sentence = SENTENCE
        self.prompt_tokens, self.completion_tokens = 15, 42


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    upstream: Upstream

    def do_POST(self) -> None:
        upstream = self.upstream
        upstream.asked.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        if upstream.status != 200:
            body = b'{"error": {"message": "it broke", "type": "server_error"}}'
            kind = "application/json"
        else:
            body = b"".join(_event(chunk) for chunk in _chunks(upstream)) + b"data: [DONE]\n\n"
            kind = "text/event-stream"
        self.send_response(upstream.status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


def _event(chunk: dict[str, Any]) -> bytes:
    return b"data: " + json.dumps(chunk).encode() + b"\n\n"


def _chunks(upstream: Upstream) -> Iterator[dict[str, Any]]:
    common = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "fake-1"}
    for piece in re.findall(r" ?\S+", upstream.sentence):
        yield {**common, "choices": [{"index": 0, "delta": {"content": piece}, "finish_reason": None}]}
    yield {**common, "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}
    tokens = {"prompt_tokens": upstream.prompt_tokens, "completion_tokens": upstream.completion_tokens}
    yield {**common, "choices": [], "usage": {**tokens, "total_tokens": sum(tokens.values())}}


@contextmanager
def text_service() -> Iterator[Upstream]:
    """The service, for as long as the block lasts. Its address ends in /v1."""
    upstream = Upstream()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"upstream": upstream}))
    server.daemon_threads = True
    upstream.url = f"http://127.0.0.1:{server.server_port}/v1"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield upstream
    finally:
        server.shutdown()
        server.server_close()
