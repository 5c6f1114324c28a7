"""`callback_url`: told as OpenAI's webhooks are, in a way that the package can check."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from openai import OpenAI
from rushes.ids import now_ms
from rushes.webhooks.secrets import signing
from tests.e2e.server import Server, wait_for


class Listener:
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.heard: list[tuple[dict[str, str], bytes]] = []
        self.url = ""


@pytest.fixture
def listener() -> Iterator[Listener]:
    made = Listener()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            made.heard.append((dict(self.headers), body))
            self.send_response(200)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    web = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.url = f"http://127.0.0.1:{web.server_port}/told"
    threading.Thread(target=web.serve_forever, daemon=True).start()
    yield made
    web.shutdown()


def secret_of(server: Server, job: str) -> str:
    """The signing secret of a job's account."""
    with server.database() as database:
        account = str(database.value(f"SELECT account_id FROM jobs WHERE id = '{job}'"))
        [secret, *_] = database.do(signing(account, (server.home / "secret").read_text().strip(), now_ms()))
    return secret


@pytest.mark.parametrize(("prompt", "kind"), [("x", "video.completed"), ("broken", "video.failed")])
def test_a_video(client: OpenAI, server: Server, listener: Listener, prompt: str, kind: str) -> None:
    video = client.videos.create(prompt=prompt, extra_body={"callback_url": listener.url})
    [(headers, body)] = wait_for(lambda: listener.heard)
    event: Any = client.webhooks.unwrap(body, headers, secret=secret_of(server, video.id))
    assert (event.type, event.data.id, event.object) == (kind, video.id, "event")
    lower = {name.lower(): value for name, value in headers.items()}
    assert event.id == lower["webhook-id"]
    assert event.created_at >= video.created_at


def test_images_and_remixes(client: OpenAI, server: Server, listener: Listener) -> None:
    raw = client.images.with_raw_response.generate(prompt="x", extra_body={"callback_url": listener.url})
    wait_for(lambda: listener.heard)
    secret = secret_of(server, raw.headers["x-rushes-job"])
    event: Any = client.webhooks.unwrap(listener.heard[0][1], listener.heard[0][0], secret=secret)
    assert (event.type, event.data.id) == ("image.completed", raw.headers["x-rushes-job"])
    source = client.videos.create_and_poll(prompt="x", poll_interval_ms=50)
    remix = client.videos.remix(source.id, prompt="y", extra_body={"callback_url": listener.url})
    wait_for(lambda: len(listener.heard) == 2)
    event = client.webhooks.unwrap(listener.heard[1][1], listener.heard[1][0], secret=secret)
    assert (event.type, event.data.id) == ("video.completed", remix.id)


def test_an_address_that_is_none(client: OpenAI, server: Server) -> None:
    with server.client(client.api_key) as http:
        answer = http.post("/openai/v1/videos", json={"prompt": "x", "callback_url": "ftp://example.com"})
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, "callback_url")
