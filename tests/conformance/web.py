"""Somebody else's web server on loopback: pictures and clips to be fetched, and a receiver of callbacks."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.e2e.peer import png


class Web:
    """`files` are what it serves by path; `fetched` what was asked for; `received` the bodies posted to each path.

    `declared` are sizes that it says instead of the true ones; `answers` the statuses of a receiver, one after the
    other, the last again and again.
    """

    def __init__(self) -> None:
        self.url = ""
        self.files: dict[str, bytes] = {"/head.jpg": png(96, 64), "/tail.jpg": png(128, 64)}
        self.declared: dict[str, int] = {}
        self.fetched: list[str] = []
        self.received: dict[str, list[Any]] = {}
        self.answers: dict[str, list[int]] = {}

    def at(self, path: str) -> str:
        """The address of one of its files."""
        return f"{self.url}{path}"

    def put(self, path: str, content: bytes, declared: int | None = None) -> str:
        """Serve `content` at `path`; its address."""
        self.files[path] = content
        if declared is not None:
            self.declared[path] = declared
        return self.at(path)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    web: Web

    def do_GET(self) -> None:
        self.web.fetched.append(self.path)
        content = self.web.files.get(self.path)
        if content is None:
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Length", str(self.web.declared.get(self.path, len(content))))
        self.end_headers()
        try:
            self.wfile.write(content)
        except OSError:
            pass
        self.close_connection = True

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.web.received.setdefault(self.path, []).append(json.loads(body))
        answers = self.web.answers.get(self.path, [200])
        self.send_response(answers.pop(0) if len(answers) > 1 else answers[0])
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def web_server() -> Iterator[Web]:
    """The web server, for as long as the block lasts."""
    web = Web()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"web": web}))
    server.daemon_threads = True
    web.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield web
    finally:
        server.shutdown()
        server.server_close()


@cache
def clip(width: int, height: int, seconds: int) -> bytes:
    """A clip of two frames a second, which is enough to have a size and a length."""
    import av
    from PIL import Image

    with TemporaryDirectory() as folder:
        path = Path(folder) / "clip.mp4"
        with av.open(str(path), "w") as container:
            stream = container.add_stream("libx264", rate=2, options={"preset": "ultrafast"})
            stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
            for number in range(seconds * 2):
                picture = Image.new("RGB", (width, height), (40 * number % 255, 120, 200))
                container.mux(stream.encode(av.VideoFrame.from_image(picture)))  # type: ignore[no-untyped-call]
            container.mux(stream.encode())
        return path.read_bytes()
