"""Bad input: the right status, a message that names the field, no charge, nothing left behind."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.e2e.peer import Peer, peer
from tests.e2e.server import Server, files_on_disk

TEXT = {"prompt": "a cat", "mode": "text_to_video"}


@pytest.fixture(scope="module")
def web() -> Iterator[Peer]:
    with peer() as running:
        yield running


@pytest.fixture(scope="module")
def idle(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that renders nothing: what is refused must not need a worker."""
    home = tmp_path_factory.mktemp("idle") / "home"
    home.mkdir()
    running = Server(home, fetch_timeout=2).start("--no-worker")
    yield running
    running.close()


@pytest.fixture(scope="module")
def client(idle: Server) -> httpx.Client:
    return idle.client(idle.key())


@pytest.fixture(autouse=True)
def nothing_is_charged_or_left(idle: Server, client: httpx.Client) -> Iterator[None]:
    yield
    account = client.get("/v1/account").json()
    assert (account["balance_cents"], account["total_jobs"]) == (100_000, 0)
    assert client.get("/v1/videos").json()["videos"] == []
    assert files_on_disk(idle.home) == set()
    assert [path for path in (idle.home / "tmp").rglob("*") if path.is_file()] == []


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"prompt": ""}, "prompt"),
        ({"prompt": "   \n"}, "prompt"),
        ({"prompt": "x" * 2001}, "prompt"),
        ({"prompt": 5}, "prompt"),
        ({"prompt": None}, "prompt"),
        ({"prompt": ["a"]}, "prompt"),
        ({"mode": "video_to_text"}, "mode"),
        ({"mode": ""}, "mode"),
        ({"mode": 1}, "mode"),
        ({"mode": None}, "mode"),
        ({"duration": 0}, "duration"),
        ({"duration": 11}, "duration"),
        ({"duration": -1}, "duration"),
        ({"duration": 1e9}, "duration"),
        ({"duration": 10**30}, "duration"),
        ({"duration": "5"}, "duration"),
        ({"duration": 2.5}, "duration"),
        ({"duration": True}, "duration"),
        ({"resolution": "480p"}, "resolution"),
        ({"resolution": 720}, "resolution"),
        ({"resolution": ""}, "resolution"),
        ({"seed": "x"}, "seed"),
        ({"seed": -2}, "seed"),
        ({"seed": 2**63}, "seed"),
        ({"model": "no-such-model"}, "model"),
        ({"aspect_ratio": "5:4"}, "aspect_ratio"),
        ({"mode": "image_to_video"}, "image_url"),
        ({"mode": "image_to_video", "image_url": ""}, "image_url"),
        ({"mode": "image_to_video", "image_url": 7}, "image_url"),
        ({"mode": "reference"}, "reference_url"),
    ],
)
def test_wrong_fields(client: httpx.Client, change: dict[str, object], field: str) -> None:
    answer = client.post("/v1/videos", json={**TEXT, **change})
    assert answer.status_code == 400
    assert answer.json()["field"] == field
    assert answer.json()["error"].startswith(f"{field}: ")


def test_a_prompt_of_2000_characters_is_accepted(client: httpx.Client) -> None:
    answer = client.post("/v1/videos", json={**TEXT, "prompt": "x" * 2000, "duration": 11})
    assert answer.json()["field"] == "duration"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b'{"prompt": "x"',
        b"[]",
        b'"text"',
        b"null",
        b"\xff\xfe",
        b'{"prompt": "\\ud800"}',
        b"[" * 100_000,
    ],
)
def test_broken_json(client: httpx.Client, body: bytes) -> None:
    answer = client.post("/v1/videos", content=body)
    assert answer.status_code == 400
    assert answer.json()["field"]


def test_fifty_megabytes(client: httpx.Client) -> None:
    answer = client.post("/v1/videos", content=b"x" * 50_000_000)
    assert answer.status_code == 413
    assert answer.json()["error"].startswith("body: ")


def test_fifty_megabytes_without_saying_so(client: httpx.Client) -> None:
    def chunks() -> Iterator[bytes]:
        for _ in range(50):
            yield b"x" * 1_000_000

    try:
        assert client.post("/v1/videos", content=chunks()).status_code == 413
    except httpx.TransportError:
        pass  # the server may hang up before it has read what it refuses


@pytest.mark.parametrize(
    "path",
    [
        "/half.png",
        "/truncated.png",
        "/bomb.png",
        "/page.png",
        "/empty.png",
        "/playlist.mp4",
        "/tiny.png",
        "/huge.png",
        "/slow.png",
        "/missing.png",
        "/loop",
        "/to-file",
    ],
)
@pytest.mark.parametrize(("mode", "field"), [("image_to_video", "image_url"), ("reference", "reference_url")])
def test_pictures_that_cannot_be_used(client: httpx.Client, web: Peer, path: str, mode: str, field: str) -> None:
    answer = client.post("/v1/videos", json={**TEXT, "mode": mode, field: web.url + path})
    assert answer.status_code == 400, answer.text
    assert answer.json()["field"] == field
    assert "/home" not in answer.text


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.com/a.png",
        "file:///etc/passwd",
        "gopher://example.com/",
        "not a url",
        "http://",
        "http://user:pw@example.com/a.png",
        "http://[::1",
        "http://localhost:99999/a.png",
        "data:image/png;base64,@@@",
        "data:text/plain,hello",
        "data:image/png;base64,aGVsbG8=",
    ],
)
def test_urls_that_are_none(client: httpx.Client, url: str) -> None:
    answer = client.post("/v1/videos", json={**TEXT, "mode": "image_to_video", "image_url": url})
    assert answer.status_code == 400
    assert answer.json()["field"] == "image_url"


def test_wrong_methods_and_paths(client: httpx.Client) -> None:
    assert client.put("/v1/videos", json=TEXT).status_code == 405
    assert client.put("/v1/videos", json=TEXT).headers["allow"] == "POST, GET, HEAD"
    missing = client.get("/v1/nothing")
    assert missing.status_code == 404
    assert missing.json()["error"]


class TestPrivateAddresses:
    """With the network guard as it is by default."""

    @pytest.fixture(scope="class")
    def strict(self, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
        home: Path = tmp_path_factory.mktemp("strict") / "home"
        home.mkdir()
        running = Server(home, net_allow_private=0, fetch_timeout=2).start("--no-worker")
        yield running
        running.close()

    @pytest.mark.parametrize(
        "address",
        [
            "http://127.0.0.1:{port}/good.png",
            "http://localhost:{port}/good.png",
            "http://2130706433:{port}/good.png",
            "http://0x7f.1:{port}/good.png",
            "http://[::1]:{port}/good.png",
            "http://[::ffff:127.0.0.1]:{port}/good.png",
            "http://0.0.0.0:{port}/good.png",
            "http://10.0.0.1/a.png",
            "http://192.168.1.1/a.png",
            "http://172.16.0.1/a.png",
            "http://169.254.169.254/latest/meta-data/",
            "http://100.64.0.1/a.png",
            "http://[fe80::1]/a.png",
            "http://[fd00::1]/a.png",
            "http://[64:ff9b::7f00:1]/a.png",
        ],
    )
    def test_are_refused(self, strict: Server, web: Peer, address: str) -> None:
        client = strict.client(strict.key())
        before = len(web.fetched)
        url = address.format(port=web.url.rpartition(":")[2])
        answer = client.post("/v1/videos", json={**TEXT, "mode": "image_to_video", "image_url": url})
        assert answer.status_code == 400
        assert answer.json()["field"] == "image_url"
        assert len(web.fetched) == before, "the address was contacted"
