"""Registered webhooks and callbacks, from a real server to a real receiver."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest
from standardwebhooks import Webhook as Verifier

from tests.conformance.engines import ScriptedServer
from tests.e2e.server import finished, wait_for

AT = "/rushes/v1/webhooks"


class Receiver:
    """Keeps what it is sent: (path, headers, body)."""

    def __init__(self) -> None:
        self.got: list[tuple[str, dict[str, str], bytes]] = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.got.append((self.path, {k.lower(): v for k, v in self.headers.items()}, body))
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def at(self, path: str) -> list[tuple[dict[str, str], bytes]]:
        return [(headers, body) for found, headers, body in self.got if found == path]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    running = Receiver()
    yield running
    running.close()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ScriptedServer]:
    home = tmp_path_factory.mktemp("webhooks") / "home"
    home.mkdir()
    running = ScriptedServer(home, text_model="off")
    running.start()
    yield running
    running.close()


def make(client: httpx.Client, **more: Any) -> str:
    """A finished generation's id."""
    answer = client.post("/rushes/v1/generations", json={"prompt": "a boat", "seconds": 1, **more})
    assert answer.status_code == 202, answer.text
    job = str(answer.json()["id"])
    finished(client, f"/rushes/v1/generations/{job}")
    return job


def test_events_arrive_signed_and_can_be_sent_again(server: ScriptedServer, receiver: Receiver) -> None:
    with server.client(server.key("hooks@example.com", dialect="rushes")) as client:
        made = client.post(AT, json={"url": f"{receiver.url}/all", "events": ["generation.*"]}).json()
        secret = made["secret"]
        job = make(client)
        [(headers, body)] = wait_for(lambda: receiver.at("/all"), 20)
        event = Verifier(secret).verify(body.decode(), headers)
        assert event["type"] == "generation.completed"
        assert event["data"]["id"] == job
        assert httpx.get(event["data"]["outputs"][0]["url"]).status_code == 200

        rotated = client.post(f"{AT}/secret/rotate").json()
        [delivery] = client.get(f"{AT}/deliveries").json()["deliveries"]
        assert delivery["id"] == headers["webhook-id"]
        assert client.post(f"{AT}/deliveries/{delivery['id']}/redeliver").status_code in (200, 202)
        wait_for(lambda: len(receiver.at("/all")) == 2, 20)
        again, same = receiver.at("/all")[1]
        assert same == body
        assert again["webhook-id"] == headers["webhook-id"]
        for known in (secret, rotated["secret"]):
            Verifier(known).verify(same.decode(), again)
        assert len(again["webhook-signature"].split()) == 2, "the old secret signs beside the new one for a while"

        def attempts() -> list[int] | None:
            log = client.get(f"{AT}/deliveries/{delivery['id']}").json()["attempts"]
            return [attempt["status"] for attempt in log] if len(log) == 2 else None

        assert wait_for(attempts, 20) == [204, 204]


def test_a_callback_of_one_job_and_a_cancelled_one(server: ScriptedServer, receiver: Receiver) -> None:
    with server.client(server.key("once@example.com", dialect="rushes")) as client:
        job = make(client, callback_url=f"{receiver.url}/one")
        [(_, body)] = wait_for(lambda: receiver.at("/one"), 20)
        assert job.encode() in body
        make(client)
        assert len(receiver.got) == 1, "other jobs do not call it"


def test_deliveries_of_others_look_missing(server: ScriptedServer, receiver: Receiver) -> None:
    with (
        server.client(server.key("one@example.com", dialect="rushes")) as one,
        server.client(server.key("two@example.com", dialect="rushes")) as two,
    ):
        hook = one.post(AT, json={"url": f"{receiver.url}/mine"}).json()["id"]
        make(one)
        wait_for(lambda: receiver.at("/mine"), 20)
        [delivery] = one.get(f"{AT}/deliveries").json()["deliveries"]
        for path in (f"{AT}/{hook}", f"{AT}/deliveries/{delivery['id']}"):
            assert one.get(path).status_code == 200
            assert two.get(path).status_code == 404
        assert two.post(f"{AT}/deliveries/{delivery['id']}/redeliver").status_code == 404
        assert two.get(f"{AT}/deliveries").json()["deliveries"] == []


def test_private_addresses_are_refused_before_anything_is_charged(tmp_path_factory: pytest.TempPathFactory) -> None:
    home = tmp_path_factory.mktemp("strict") / "home"
    home.mkdir()
    server = ScriptedServer(home, net_allow_private=0, text_model="off")
    server.start()
    try:
        with server.client(server.key(dialect="rushes")) as client:
            before = client.get("/v1/account").json()["balance_cents"]
            for url in ("http://127.0.0.1/x", "http://169.254.169.254/latest", "http://[::1]/", "ftp://example.com/"):
                refused = client.post("/rushes/v1/generations", json={"prompt": "x", "callback_url": url})
                assert refused.status_code == 400, url
                assert refused.json()["error"]["field"] == "callback_url"
                assert client.post(AT, json={"url": url}).status_code == 400
            assert client.get("/v1/account").json()["balance_cents"] == before
            assert client.get("/rushes/v1/generations").json()["generations"] == []
    finally:
        server.close()
