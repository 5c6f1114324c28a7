"""Where webhooks arrive: every signature is checked, every delivery counted. Edits get their clip here too."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from msgspec import Struct, field
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from tests.conformance.web import clip


class Told(Struct):
    """What came about one job: deliveries that were taken by their id, with how often each came; the ends they told."""

    taken: dict[str, int] = field(default_factory=dict)
    ends: set[str] = field(default_factory=set)


class Receiver:
    """`deaf` are the prompts whose deliveries are answered with an error the first time."""

    def __init__(self) -> None:
        self.url = ""
        self.secrets: dict[int, str] = {}
        """By account."""
        self.deaf: frozenset[str] = frozenset()
        self.forged: list[str] = []
        """Why a signature did not verify."""
        self.changed: list[str] = []
        """Deliveries whose body was not that of the attempt before."""
        self.repeats = 0
        self._told: dict[str, Told] = {}
        self._bodies: dict[str, bytes] = {}
        self._news = threading.Condition()

    def hook(self, account: int) -> str:
        """Where an account's webhooks go."""
        return f"{self.url}/hook/{account}"

    @property
    def clip(self) -> str:
        """The address of a clip."""
        return f"{self.url}/clip.mp4"

    def told(self, job: str) -> Told:
        """What is known of a job."""
        with self._news:
            return self._told.get(job, Told())

    def wait(self, job: str, seconds: float) -> bool:
        """Wait until something is told of a job; whether it was."""
        with self._news:
            return self._news.wait_for(lambda: job in self._told, seconds)

    def receive(self, account: int, headers: dict[str, str], body: bytes) -> int:
        """Take a delivery; the status to answer."""
        try:
            event: dict[str, Any] = Webhook(self.secrets[account]).verify(body, headers)
        except WebhookVerificationError as error:
            self.forged.append(f"account {account}: {error}")
            return 401
        name, data = headers["webhook-id"], event["data"]
        with self._news:
            before = self._bodies.setdefault(name, body)
            if before != body:
                self.changed.append(name)
            told = self._told.setdefault(data["id"], Told())
            first = name not in told.taken
            if first and data["prompt"] in self.deaf:
                told.taken[name] = 0  # the next attempt is taken
                return 500
            told.taken[name] = told.taken.get(name, 0) + 1
            self.repeats += told.taken[name] > 1
            told.ends.add(event["type"].partition(".")[2])
            self._news.notify_all()
        return 204


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    receiver: Receiver

    def do_POST(self) -> None:
        size = int(self.headers["Content-Length"])
        body = self.rfile.read(size)
        if len(body) < size:  # its sender was killed in the middle
            self.close_connection = True
            return
        headers = {name.lower(): value for name, value in self.headers.items()}
        self._answer(self.receiver.receive(int(self.path.rpartition("/")[2]), headers, body), b"")

    def do_GET(self) -> None:
        self._answer(200, clip(64, 48, 2))

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response_only(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A sender that was killed is no error."""


@contextmanager
def running_receiver() -> Iterator[Receiver]:
    """The receiver, for as long as the block lasts."""
    receiver = Receiver()
    server = _Server(("127.0.0.1", 0), type("Handler", (_Handler,), {"receiver": receiver}))
    receiver.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()


def describe(told: Told) -> str:
    """For messages."""
    return json.dumps({"taken": told.taken, "ends": sorted(told.ends)})
