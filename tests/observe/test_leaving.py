"""A server that is told to end: it says so first, answers what still comes, and nobody notices behind a proxy."""

from __future__ import annotations

import http.client
import signal
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest

from tests.conformance.engines import ScriptedServer
from tests.e2e.server import finished, wait_for


class Proxy:
    """A reverse proxy as they all are: it asks /readyz, keeps its connections, and tries another server only where
    one could not be reached."""

    def __init__(self, servers: list[ScriptedServer]) -> None:
        self.servers = servers
        self.ready: set[str] = set()
        self.ended = threading.Event()
        self._kept = threading.local()
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                status, body = proxy.forward("GET", self.path, dict(self.headers), b"")
                self.answer(status, body)

            def do_POST(self) -> None:
                sent = self.rfile.read(int(self.headers["Content-Length"]))
                self.answer(*proxy.forward("POST", self.path, dict(self.headers), sent))

            def answer(self, status: int, body: bytes) -> None:
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        self.check()
        threading.Thread(target=self._keep_checking, daemon=True).start()

    def close(self) -> None:
        self.ended.set()
        self._server.shutdown()
        self._server.server_close()

    def check(self) -> None:
        for server in self.servers:
            try:
                ready = httpx.get(f"{server.url}/readyz", timeout=5).status_code == 200
            except httpx.HTTPError:
                ready = False
            (self.ready.add if ready else self.ready.discard)(server.url)

    def _keep_checking(self) -> None:
        while not self.ended.wait(0.05):
            self.check()

    def forward(self, method: str, path: str, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
        kept: dict[str, http.client.HTTPConnection] = self._kept.__dict__
        for url in sorted(self.ready, key=lambda _: time.monotonic_ns() % 7):
            connection = kept.get(url)
            if connection is None:
                connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=30)
                try:
                    connection.connect()
                except OSError:
                    continue
                kept[url] = connection
            try:
                connection.request(method, path, body, headers)
                answer = connection.getresponse()
                read = answer.read()
            except (OSError, http.client.HTTPException) as error:
                kept.pop(url).close()
                return 502, repr(error).encode()
            if answer.will_close:
                kept.pop(url).close()
            return answer.status, read
        return 503, b"no server is ready"


@pytest.fixture
def servers(tmp_path: Path) -> Iterator[list[ScriptedServer]]:
    """Two servers on one data folder."""
    home = tmp_path / "home"
    home.mkdir()
    first = ScriptedServer(home, text_model="off", drain_seconds=2, shutdown_grace_seconds=3).start()
    made = [first, first.beside().start()]
    yield made
    for server in reversed(made):
        server.close()


def test_no_request_fails_while_servers_are_replaced(servers: list[ScriptedServer]) -> None:
    key = servers[0].key(dialect="rushes")
    proxy = Proxy(servers)
    stop = threading.Event()
    answers: list[tuple[int, bytes]] = []
    made: list[str] = []

    def hammer() -> None:
        with httpx.Client(base_url=proxy.url, headers={"Authorization": f"Bearer {key}"}, timeout=60) as client:
            while not stop.is_set():
                answer = client.post("/rushes/v1/generations", json={"prompt": "a boat", "seconds": 1})
                answers.append((answer.status_code, answer.content))
                if answer.status_code == 202:
                    made.append(answer.json()["id"])
                    answer = client.get(f"/rushes/v1/generations/{made[-1]}")
                    answers.append((answer.status_code, answer.content))
                stop.wait(0.01)

    threads = [threading.Thread(target=hammer) for _ in range(4)]
    for thread in threads:
        thread.start()
    for old in list(servers):  # one after the other: a rolling restart
        before = len(answers)
        wait_for(lambda before=before: len(answers) > before + 20)
        assert old.stop() == 0
        new = old.beside().start()
        servers.append(new)
        proxy.servers.append(new)
        wait_for(lambda new=new: new.url in proxy.ready)
    before = len(answers)
    wait_for(lambda: len(answers) > before + 20)
    stop.set()
    for thread in threads:
        thread.join()
    proxy.close()
    assert {status for status, _ in answers} == {200, 202}, [body for status, body in answers if status > 299][:3]
    with servers[-1].client(key) as client:
        for job in made:
            assert finished(client, f"/rushes/v1/generations/{job}")["state"] == "succeeded"
    assert not servers[-1].audit()["findings"]


def test_a_stream_of_events_ends_whole(servers: list[ScriptedServer]) -> None:
    old, _ = servers
    with old.client(old.key(dialect="rushes")) as client:
        job = client.post("/rushes/v1/generations", json={"prompt": "wait here", "seconds": 1}).json()["id"]
        with client.stream("GET", f"/rushes/v1/generations/{job}/events") as events:
            lines = events.iter_lines()
            assert next(lines) in ("event: queued", "event: running")
            assert old.process is not None
            old.process.send_signal(signal.SIGTERM)
            ready = wait_for(lambda: _not_ready(old.url))
            assert ready.headers["connection"] == "close"
            assert httpx.get(f"{old.url}/healthz").status_code == 200, "it still answers"
            rest = list(lines)  # raises where the stream breaks off
    assert rest[-1] == ""
    assert old.process.wait(60) == 0


def _not_ready(url: str) -> httpx.Response | None:
    answer = httpx.get(f"{url}/readyz")
    return answer if answer.status_code == 503 else None


def test_a_worker_says_how_it_is(tmp_path: Path) -> None:
    import socket
    import subprocess

    home = tmp_path / "home"
    home.mkdir()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = ScriptedServer(home, text_model="off", worker_port=port)
    process = subprocess.Popen([*server.program, "worker"], env=server.environ)
    try:
        url = f"http://127.0.0.1:{port}"

        def ready() -> bool:
            try:
                return httpx.get(f"{url}/readyz").status_code == 200
            except httpx.TransportError:
                return False

        wait_for(ready)
        assert "rushes_worker 1.0" in httpx.get(f"{url}/metrics").text
        assert httpx.get(f"{url}/rushes/v1/models").status_code == 404
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
    finally:
        process.kill()
        process.wait()
