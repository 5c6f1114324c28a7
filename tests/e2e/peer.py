"""A misbehaving web server on loopback, for what callers may make us fetch."""

from __future__ import annotations

import io
import struct
import threading
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from PIL import Image


def png(width: int = 64, height: int = 48) -> bytes:
    """A small picture with something in it."""
    image = Image.new("RGB", (width, height), (40, 90, 200))
    image.paste((250, 200, 60), (width // 4, height // 4, width * 3 // 4, height * 3 // 4))
    data = io.BytesIO()
    image.save(data, "PNG")
    return data.getvalue()


def bomb() -> bytes:
    """A few bytes that say they are 50,000 × 50,000 pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 50_000, 50_000, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 999)) + chunk(b"IEND", b"")
    )


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    fetched: list[str]

    def do_GET(self) -> None:
        self.fetched.append(self.path)
        body = png()
        match self.path:
            case "/good.png":
                self._send(body)
            case "/half.png":
                self._send(body[: len(body) // 2], declared=len(body))
            case "/truncated.png":
                self._send(body[: len(body) // 2])
            case "/bomb.png":
                self._send(bomb())
            case "/page.png":
                self._send(b"<html>not an image</html>")
            case "/empty.png":
                self._send(b"")
            case "/playlist.mp4":
                self._send(b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n")
            case "/tiny.png":
                self._send(png(1, 1))
            case "/huge.png":
                self._send(body, declared=50_000_000)
            case "/slow.png":
                self._send(body[:10], declared=len(body), pause=30)
            case "/to-good":
                self._redirect("/good.png")
            case "/loop":
                self._redirect("/loop")
            case "/to-file":
                self._redirect("file:///etc/passwd")
            case _:
                self.send_error(404)

    def _send(self, body: bytes, declared: int | None = None, pause: float = 0) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "image/png")
        self.send_header("Content-Length", str(len(body) if declared is None else declared))
        self.end_headers()
        try:
            self.wfile.write(body)
            self.wfile.flush()
            until = time.monotonic() + pause
            while time.monotonic() < until and not self.server.stopping:  # type: ignore[attr-defined]
                time.sleep(0.05)
        except OSError:
            pass
        self.close_connection = True

    def _redirect(self, where: str) -> None:
        self.send_response(302)
        self.send_header("Location", where)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


class Peer:
    """Where the web server is, and which paths were fetched from it."""

    def __init__(self, url: str, fetched: list[str]) -> None:
        self.url = url
        self.fetched = fetched


@contextmanager
def peer() -> Iterator[Peer]:
    """The web server, for as long as the block lasts."""
    fetched: list[str] = []
    handler = type("Handler", (_Handler,), {"fetched": fetched})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    server.stopping = False  # type: ignore[attr-defined]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield Peer(f"http://127.0.0.1:{server.server_port}", fetched)
    finally:
        server.stopping = True  # type: ignore[attr-defined]
        server.shutdown()
        server.server_close()
