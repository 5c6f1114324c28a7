"""GET /api/video/… and /api/image/…: for owners, for holders of a token, for all when public."""

from __future__ import annotations

import httpx
import pytest

from tests.e2e.server import Server
from tests.studio.generation.asking import drawn, made


@pytest.mark.parametrize("kind", ["video", "image"])
def test_ranges_validators_and_head(client: httpx.Client, kind: str) -> None:
    url = (made if kind == "video" else drawn)(client)[f"{kind}_url"]
    whole = client.get(url)
    assert whole.headers["Accept-Ranges"] == "bytes"
    part = client.get(url, headers={"Range": "bytes=10-19"})
    assert (part.status_code, part.content) == (206, whole.content[10:20])
    assert part.headers["Content-Range"] == f"bytes 10-19/{len(whole.content)}"
    tail = client.get(url, headers={"Range": "bytes=-5"})
    assert tail.content == whole.content[-5:]
    assert client.get(url, headers={"Range": "bytes=99999999-"}).status_code == 416
    assert client.get(url, headers={"If-None-Match": whole.headers["ETag"]}).status_code == 304
    head = client.head(url)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["Content-Length"] == str(len(whole.content))


def test_a_file_is_the_owner_s(client: httpx.Client, stranger: httpx.Client, server: Server) -> None:
    status = made(client)
    url = status["video_url"]
    foreign, missing = stranger.get(url), stranger.get("/api/video/asset_x.mp4")
    assert (foreign.status_code, foreign.json()) == (missing.status_code, missing.json())
    assert foreign.status_code == 404
    assert server.client().get(url).status_code == 401
    assert server.client().get("/api/video/asset_x.mp4").status_code == 401
    assert client.get(url.replace(".mp4", ".png")).status_code == 404
    assert client.get(url.replace("/video/", "/image/")).status_code == 404


def test_a_token_opens_its_file_and_no_other_until_it_is_taken_back(
    client: httpx.Client, server: Server, stranger: httpx.Client
) -> None:
    one, other = made(client), made(client, seed=8)
    shared = client.post(f"/api/generations/{one['job_id']}/share").json()
    anybody = server.client()
    assert anybody.get(shared["file_url"]).content == client.get(one["video_url"]).content
    token = {"token": shared["share_token"]}
    assert stranger.get(one["video_url"], params=token).status_code == 200
    assert anybody.get(other["video_url"], params=token).status_code == 401
    assert stranger.get(other["video_url"], params=token).status_code == 404
    for wrong in ("", "x", shared["share_token"][:-1]):
        assert anybody.get(one["video_url"], params={"token": wrong}).status_code == 401
    assert client.get(one["video_url"], params={"token": "wrong"}).status_code == 200  # the owner needs none
    client.post(f"/api/generations/{one['job_id']}/share", json={"shared": False})
    assert anybody.get(shared["file_url"]).status_code == 401
    again = client.post(f"/api/generations/{one['job_id']}/share").json()
    assert again["share_token"] != shared["share_token"]
    assert anybody.get(shared["file_url"]).status_code == 401


def test_a_public_file_is_open_while_it_is_public(client: httpx.Client, server: Server) -> None:
    status = made(client)
    path = f"/api/generations/{status['job_id']}/public"
    assert client.post(path).json() == {"id": status["job_id"], "is_public": True}
    assert server.client().get(status["video_url"]).status_code == 200
    assert client.post(path).json()["is_public"] is False
    assert server.client().get(status["video_url"]).status_code == 401
