"""A prompt that is refused costs nothing and is told in each API's own words; an upstream moderator decides too."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from rushes.engines.contract import EngineError, FailureCode
from rushes.engines.moderation import make_moderator
from tests.e2e.server import Server

BAD = "a naked child"
CREATES: list[tuple[str, str, dict[str, Any], Any]] = [
    ("rushes", "/rushes/v1/generations", {"prompt": BAD, "model": "composer"}, "content_violation"),
    ("usvideo", "/v1/videos", {"prompt": BAD, "mode": "text_to_video"}, None),
    ("xpilot", "/api/v1/video/generate", {"model": "seedance-2.0/text-to-video", "prompt": BAD}, "INVALID_PARAMS"),
    ("openai", "/openai/v1/videos", {"model": "sora-2", "prompt": BAD}, "content_policy_violation"),
    ("openai", "/openai/v1/images/generations", {"model": "gpt-image-1", "prompt": BAD}, "content_policy_violation"),
]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    home = tmp_path_factory.mktemp("moderated") / "home"
    home.mkdir()
    running = Server(home, text_model="off")
    try:
        yield running.start("--no-worker")
    finally:
        running.close()


def money(server: Server, key: str) -> tuple[int, int]:
    """What is left and held of a key's account, as the tables have it."""
    from rushes.accounts.keys import key_hash

    of_key = "FROM wallets w JOIN api_keys k ON k.account_id = w.account_id WHERE k.hash = :hash"
    with server.database() as database:
        [row] = database.all(f"SELECT w.available, w.held {of_key}", {"hash": key_hash(key)})
    return int(row[0]), int(row[1])


@pytest.mark.parametrize(("dialect", "path", "body", "word"), CREATES, ids=lambda value: str(value)[:30])
def test_it_is_refused_in_the_apis_own_words(
    server: Server, dialect: str, path: str, body: dict[str, Any], word: Any
) -> None:
    key = server.key(f"{dialect}@example.com", dialect=dialect, credits=500)
    before = money(server, key)
    with server.client(key) as client:
        answer = client.post(path, json=body)
        assert answer.status_code == 400, answer.text
        assert "content rules" in answer.text
        found = answer.json()
        inner = found.get("error")
        codes = {found.get("code"), inner.get("code") if isinstance(inner, dict) else None}
        assert word is None or word in codes, answer.text
    assert money(server, key) == before


def test_apixo_accepts_the_task_and_fails_it_for_free(server: Server) -> None:
    """Its document has CONTENT_VIOLATION among the fail codes of a task."""
    key = server.key("apixo@example.com", dialect="apixo", credits=500)
    with server.client(key) as client:
        body = {"input": {"mode": "text-to-video", "prompt": BAD, "duration": 8}}
        answer = client.post("/api/v1/generateTask/seedance-1-5-pro", json=body)
        assert answer.status_code == 200, answer.text
        task = answer.json()["data"]["taskId"]
        status = client.get("/api/v1/statusTask/seedance-1-5-pro", params={"taskId": task}).json()["data"]
        assert (status["state"], status["failCode"]) == ("failed", "CONTENT_VIOLATION")
    assert money(server, key) == (500, 0)
    assert server.audit()["ok"]


def test_series_accepts_the_task_and_fails_it_for_free(server: Server) -> None:
    """Its page on queries: a refusal for content is a task that failed, not an HTTP error; a create says queued."""
    key = server.key("series@example.com", dialect="series", credits=500)
    with server.client(key) as client:
        answer = client.post("/v1/videos/videos", json={"model": "videos", "prompt": BAD, "duration": 4})
        assert (answer.status_code, answer.json()["status"], answer.json()["error"]) == (200, "queued", None)
        result = client.get(f"/v1/result/{answer.json()['id']}").json()
        assert (result["status"], result["video_url"]) == ("failed", None)
        assert "content rules" in result["error"]
    assert money(server, key) == (500, 0)
    assert server.audit()["ok"]


class _Moderator(BaseHTTPRequestHandler):
    """What OpenAI's /v1/moderations answers; "break" breaks it."""

    def do_POST(self) -> None:
        assert self.path == "/v1/moderations"
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        assert self.headers["Authorization"] == "Bearer k"
        flagged = "violence" in asked["input"]
        body: Any = {"results": [{"flagged": flagged, "categories": {"violence": flagged, "hate": None}}]}
        if "break" in asked["input"]:
            body = {"nothing": 1}
        data = json.dumps(body).encode()
        self.send_response(500 if "down" in asked["input"] else 200)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def moderating() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Moderator)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1"
    finally:
        server.shutdown()
        server.server_close()


def judged(url: str, *texts: str) -> list[str]:
    """The codes that an upstream moderator refuses these texts with, "" for those that pass."""

    async def judge() -> list[str]:
        moderator = make_moderator("upstream", url, "k", "omni-moderation-latest")
        found = []
        for text in texts:
            try:
                await moderator.judge(text, "video")
                found.append("")
            except EngineError as error:
                found.append(f"{error.code} {error.message.rpartition(': ')[2]}".split()[0])
        await moderator.close()
        return found

    return asyncio.run(judge())


def test_an_upstream_moderator_decides_after_the_rules() -> None:
    with moderating() as url:
        violation = str(FailureCode.CONTENT_VIOLATION)
        assert judged(url, "a sea", "violence", BAD, "", "  ") == ["", violation, violation, "", ""]


@pytest.mark.parametrize("text", ["break", "down"])
def test_without_its_answer_nothing_is_made(text: str) -> None:
    with moderating() as url:
        assert judged(url, text) == ["unavailable"]


def test_one_that_cannot_be_reached_lets_nothing_pass() -> None:
    assert judged("http://127.0.0.1:9/v1", "a sea", BAD) == ["unavailable", "content_violation"]


def test_off_is_off() -> None:
    asyncio.run(make_moderator("off", "", "", "").judge(BAD, "video"))


def test_an_upstream_needs_an_address() -> None:
    with pytest.raises(ValueError, match="moderation_url"):
        make_moderator("upstream", "", "", "")
