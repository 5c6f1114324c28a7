"""A provider of video on loopback that misbehaves on demand, and the adapter that speaks to it.

What goes wrong is scripted by prompt: for each step (submit, poll, file) a list of acts in turn, and then "ok".
"""

from __future__ import annotations

import email.utils
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from rushes.engines.cloud.exchange import Call, Exchange
from rushes.engines.cloud.faults import expect, refusal
from rushes.engines.contract import Done, Mode, Operation, Output, Pending, Request, Status
from tests.conformance.web import clip

SECONDS = 0.6
"""How long the adapter waits for an answer."""
SUBMIT_SECONDS = 3.0
"""The same for a start: on a machine that is busy a late answer would be one that is lost."""


class Peer:
    """`submits` are the prompts of every POST that came, `accepted` those that it made a job of, `polls` by prompt."""

    def __init__(self) -> None:
        self.url = ""
        self.scripts: dict[str, dict[str, list[str]]] = {}
        self.submits: list[str] = []
        self.accepted: list[str] = []
        self.polls: list[str] = []
        self.film: Callable[[str], bytes] = lambda _: clip(64, 48, 1)
        """What it makes of a prompt."""
        self.healthy = True
        self.release = threading.Event()
        """Ends every silence."""
        self._lock = threading.Lock()

    def act(self, step: str, prompt: str) -> str:
        """What happens now; the last act of a script that ends in * happens again and again."""
        with self._lock:
            acts = self.scripts.get(prompt, {}).get(step, [])
            if not acts:
                return "ok"
            return acts[0].removesuffix("*") if acts[0].endswith("*") else acts.pop(0)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    peer: Peer

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        prompt = asked["prompt"]
        self.peer.submits.append(prompt)
        act = self.peer.act("submit", prompt)
        if act in ("ok", "garbage", "half", "silence", "hang up", "500 accepted"):
            self.peer.accepted.append(prompt)
        self._do(act, json.dumps({"id": f"{len(self.peer.accepted)}-{prompt}"}).encode(), 201)

    def do_GET(self) -> None:
        _, _, rest = self.path.partition("-")
        prompt = rest.replace("%20", " ").removesuffix(".mp4")
        if self.path == "/me":
            self._do("ok" if self.peer.healthy else "500", b"{}", 200)
        elif self.path.endswith(".mp4"):
            self._do(self.peer.act("file", prompt), self.peer.film(prompt), 200)
        else:
            self.peer.polls.append(prompt)
            act = self.peer.act("poll", prompt)
            state = act if act in ("running", "empty") else "done"
            files = [f"{self.path}.mp4"] if state == "done" else []
            body = json.dumps({"state": "done" if state == "empty" else state, "files": files}).encode()
            self._do("ok" if act == state else act, body, 200)

    def _do(self, act: str, body: bytes, status: int) -> None:
        number, _, more = act.partition(" ")
        if number.isdecimal():
            self._answer(int(number), b'{"error": "no"}', more)
        elif act == "garbage":
            self._answer(200, b"<html>\xff\x00 not what you expected", "")
        elif act == "half":
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body[: len(body) // 2])
            self.close_connection = True
        elif act == "silence":
            self.peer.release.wait(30)
            self.close_connection = True
        elif act == "hang up":
            self.close_connection = True
        else:
            self._answer(status, body, "")

    def _answer(self, status: int, body: bytes, more: str) -> None:
        self.send_response_only(status)
        if more == "skewed":  # its clock is an hour ahead, and it means one second
            self.send_header("Date", email.utils.formatdate(time.time() + 3600, usegmt=True))
            self.send_header("Retry-After", email.utils.formatdate(time.time() + 3601, usegmt=True))
        elif more and more != "accepted":
            self.send_header("Retry-After", more)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def running_peer() -> Iterator[Peer]:
    """The provider, for as long as the block lasts."""
    peer = Peer()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"peer": peer}))
    server.daemon_threads = True
    server.handle_error = lambda *_: None  # type: ignore[method-assign] # whoever asks may be killed in the middle
    peer.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        yield peer
    finally:
        peer.release.set()
        server.shutdown()
        server.server_close()


class PeerProvider:
    """The peer's words. See Provider."""

    title = "Peer"
    base = ""
    modes = frozenset({Mode.TEXT_TO_VIDEO})
    paid = True

    def headers(self, key: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {key}"}

    def start(self, request: Request) -> Exchange[Operation]:
        body = {"prompt": request.prompt, "model": request.upstream}
        reply = yield Call(method="POST", url="jobs", json=body, paid=True, seconds=SUBMIT_SECONDS)
        if not reply.ok:
            raise refusal(reply, self.title)
        return {"id": reply.read(dict[str, Any])["id"]}

    def status(self, operation: Operation) -> Exchange[Status]:
        reply = yield Call(method="GET", url=f"jobs/{operation['id']}", seconds=SECONDS)
        expect(reply)
        found = reply.read(dict[str, Any])
        if found["state"] == "running":
            return Pending()
        files = (Output(kind="video", mime="video/mp4", location=each) for each in found["files"])
        return Done(outputs=tuple(files), usage={"credits": "2.5"})

    def cancel(self, operation: Operation) -> Exchange[None]:
        yield Call(method="DELETE", url=f"jobs/{operation['id']}", seconds=SECONDS)

    def fetch(self, output: Output) -> Call:
        return Call(method="GET", url=output.location.lstrip("/"), seconds=SECONDS)

    def check(self) -> Call:
        return Call(method="GET", url="me", seconds=SECONDS)
