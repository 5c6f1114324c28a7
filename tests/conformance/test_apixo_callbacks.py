"""The apixo API's callbacks: their attempts, and that they outlive the server."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rushes.webhooks.policies import load_policies
from tests.conformance.engines import ScriptedServer
from tests.conformance.speaking import APIXO
from tests.conformance.web import Web
from tests.driving import Database
from tests.e2e.server import wait_for


class _Deliveries:
    """The outbox of a server, from the outside."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def row(self, path: str) -> Any:
        found = self._database.all(
            "SELECT state, attempts, due_at, lease_owner, id FROM webhook_deliveries WHERE url LIKE '%' || :path",
            {"path": path},
        )
        return found[0] if found else None

    def wait(self, path: str, attempts: int) -> None:
        wait_for(lambda: (row := self.row(path)) is not None and row[1] == attempts and row[3] is None, 30)

    def delay(self, path: str) -> int:
        """Milliseconds from the last attempt's start to the next one."""
        _, _, due, _, name = self.row(path)
        begun = "SELECT max(started_at) FROM webhook_attempts WHERE delivery_id = :name"
        [[last]] = self._database.all(begun, {"name": name})
        return int(due - last)

    def hurry(self) -> None:
        """What waits is due now."""
        self._database.run("UPDATE webhook_deliveries SET due_at = 0 WHERE state = 'waiting'")


def test_callbacks_are_tried_four_times_with_growing_delays_and_outlive_the_server(tmp_path: Path, web: Web) -> None:
    """Only a 200 counts. The task fails at once, for want of its picture."""
    (tmp_path / "home").mkdir()
    server = ScriptedServer(tmp_path / "home").start()
    try:
        web.answers = {"/flaky": [500, 200], "/never": [204]}
        with server.client(server.key()) as client:
            failing = {"mode": "image-to-video", "prompt": "a cat", "image_urls": [web.at("/missing.png")]}
            tasks = {}
            for path in ("/flaky", "/never"):
                body = {"input": failing, "request_type": "callback", "callback_url": web.at(path)}
                tasks[path] = APIXO.task(client.post(APIXO.create, json=body).json())
            told = {path: client.get(APIXO.poll(task)).json() for path, task in tasks.items()}
        with server.database() as database:
            books = _Deliveries(database)
            for path in tasks:
                books.wait(path, 1)
                assert 30_000 <= books.delay(path) < 60_000
            server.kill()
            books.hurry()
            server.start()
            books.wait("/flaky", 2)
            assert books.row("/flaky")[0] == "delivered"
            books.wait("/never", 2)
            assert 120_000 <= books.delay("/never") < 150_000
            books.hurry()
            books.wait("/never", 3)
            assert 480_000 <= books.delay("/never") < 510_000
            books.hurry()
            books.wait("/never", 4)
            assert books.row("/never")[0] == "failed"
            assert web.received["/flaky"] == [told["/flaky"]] * 2
            assert web.received["/never"] == [told["/never"]] * 4
            assert {body["data"]["failCode"] for body in told.values()} == {"INVALID_IMAGE_URL"}
    finally:
        server.close()
        web.answers = {}


def test_a_receiver_has_thirty_seconds() -> None:
    assert load_policies()["apixo"].timeout == 30
