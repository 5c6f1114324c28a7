"""The lists of videos and images, deletion, favourites, share links, the community gallery."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.e2e.server import Server, files_on_disk
from tests.studio.generation.asking import SMALL, drawn, made


def generations(client: httpx.Client, **query: Any) -> dict[str, Any]:
    answer = client.get("/api/generations", params=query)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def test_the_list_pages_newest_first(client: httpx.Client, stranger: httpx.Client) -> None:
    jobs = [made(client, seed=seed)["job_id"] for seed in range(3)]
    drawn(client)
    everything = generations(client)
    assert [entry["id"] for entry in everything["generations"]] == jobs[::-1]
    assert (everything["total"], everything["limit"], everything["offset"]) == (3, 50, 0)
    page = generations(client, limit=1, offset=1)
    assert ([entry["id"] for entry in page["generations"]], page["total"]) == ([jobs[1]], 3)
    assert generations(client, offset=9)["generations"] == []
    assert generations(stranger)["total"] == 0
    for query in ({"limit": 0}, {"limit": 201}, {"limit": "x"}, {"offset": -1}):
        assert client.get("/api/generations", params=query).status_code == 400
        assert client.get("/api/image-generations", params=query).status_code == 400


def test_an_entry_says_everything(client: httpx.Client) -> None:
    status = made(client, negative_prompt="fog")
    [entry] = generations(client)["generations"]
    assert entry["job_id"] == entry["id"] == status["job_id"]
    assert (entry["status"], entry["progress"], entry["error"]) == ("completed", 100, None)
    assert (entry["filename"], entry["url"]) == (status["filename"], status["video_url"])
    assert (entry["prompt"], entry["negative_prompt"], entry["mode"]) == ("a red fox", "fog", "text-to-video")
    assert (entry["width"], entry["height"]) == (128, 96)
    assert entry["duration"] > 0
    assert entry["cost"] == 17  # 10 + 24 * 0.20 + 4 * 0.50 = 16.8
    assert (entry["is_favorite"], entry["is_public"], entry["share_token"]) == (False, False, None)
    assert entry["created_at"] <= entry["completed_at"]


def test_deleting_takes_the_file_and_the_marks(client: httpx.Client, stranger: httpx.Client, server: Server) -> None:
    status = made(client, seed=123_456)
    path = f"/api/generations/{status['job_id']}"
    shared = client.post(f"{path}/share").json()
    client.post(f"{path}/public")
    stored = client.get(status["video_url"]).headers["ETag"].strip('"')
    assert stored in files_on_disk(server.home)
    assert stranger.delete(path).status_code == 404
    assert client.delete(path).json() == {"id": status["job_id"], "deleted": True, "cancelled": False}
    assert stored not in files_on_disk(server.home)
    assert generations(client)["total"] == 0
    assert client.get("/api/status", params={"job_id": status["job_id"]}).status_code == 404
    assert server.client().get(shared["url"]).status_code == 404
    assert client.post(f"{path}/favorite").status_code == 404
    assert client.delete(path).status_code == 404


def test_favourites_toggle_and_can_be_set(client: httpx.Client, stranger: httpx.Client) -> None:
    job = made(client)["job_id"]
    path = f"/api/generations/{job}/favorite"
    assert client.post(path).json() == {"id": job, "is_favorite": True}
    assert generations(client)["generations"][0]["is_favorite"] is True
    assert client.post(path).json()["is_favorite"] is False
    for wanted in (True, True, False, False):
        assert client.post(path, json={"is_favorite": wanted}).json()["is_favorite"] is wanted
    foreign, missing = stranger.post(path), stranger.post("/api/generations/job_x/favorite")
    assert (foreign.status_code, foreign.json()) == (missing.status_code, missing.json())
    assert foreign.status_code == 404
    assert client.post(path, json={"is_favorite": "maybe"}).status_code == 400


def test_an_image_is_marked_like_a_video(client: httpx.Client) -> None:
    job = drawn(client)["job_id"]
    client.post(f"/api/generations/{job}/favorite")
    token = client.post(f"/api/generations/{job}/share").json()["share_token"]
    [entry] = client.get("/api/image-generations").json()["generations"]
    assert (entry["is_favorite"], entry["share_token"]) == (True, token)


def test_a_share_link_is_stable_and_shows_nothing_private(
    client: httpx.Client, stranger: httpx.Client, server: Server
) -> None:
    status = made(client, negative_prompt="my secret")
    path = f"/api/generations/{status['job_id']}/share"
    shared = client.post(path).json()
    assert client.post(path).json() == shared
    assert len(shared["share_token"]) >= 22  # 128 bits in base 64
    assert stranger.post(path).status_code == 404
    seen = server.client().get(shared["url"])
    assert seen.status_code == 200
    body = seen.json()
    assert (body["kind"], body["filename"], body["prompt"]) == ("video", status["filename"], "a red fox")
    assert server.client().get(body["url"]).status_code == 200
    for private in ("cost", "job_id", "id", "account", "negative_prompt", "parameters", "is_favorite"):
        assert private not in body
    assert status["job_id"] not in seen.text
    assert server.client().get("/api/share/nothing").status_code == 404
    assert client.post(path, json={"shared": 1}).status_code == 400


@pytest.mark.parametrize("mark", ["share", "public"])
def test_only_what_is_completed_can_be_shown(client: httpx.Client, mark: str) -> None:
    job = client.post("/api/generate", json={**SMALL, "prompt": "a slow fox"}).json()["job_id"]
    answer = client.post(f"/api/generations/{job}/{mark}")
    assert answer.status_code == 409
    client.post("/api/cancel", json={"job_id": job})
    assert client.post(f"/api/generations/{job}/{mark}").status_code == 409
    assert client.post(f"/api/generations/job_x/{mark}").status_code == 404


def test_the_community_gallery_shows_public_ones_only(
    client: httpx.Client, stranger: httpx.Client, server: Server
) -> None:
    private, first, second = (made(client, seed=seed, prompt=f"fox number {seed}") for seed in (1, 2, 3))
    assert stranger.post(f"/api/generations/{first['job_id']}/public").status_code == 404
    for status in (second, first):  # the order of publishing counts
        assert client.post(f"/api/generations/{status['job_id']}/public", json={"is_public": True}).json()["is_public"]
    picture = drawn(stranger)
    stranger.post(f"/api/generations/{picture['job_id']}/public")
    anybody = server.client()
    body = anybody.get("/api/gallery/community", params={"limit": 200}).json()
    names = [item["filename"] for item in body["items"]]
    ours = [name for name in names if name in (private["filename"], first["filename"], second["filename"])]
    assert ours == [first["filename"], second["filename"]]
    assert picture["filename"] in names
    for item in body["items"]:
        assert {"id", "job_id", "cost", "account", "negative_prompt", "parameters"}.isdisjoint(item)
        assert anybody.get(item["url"]).status_code == 200
    one = anybody.get("/api/gallery/community", params={"limit": 1, "offset": 1}).json()
    assert [item["filename"] for item in one["items"]] == names[1:2]
    assert one["has_more"] is (len(names) > 2)
    assert anybody.get("/api/gallery/community", params={"limit": 0}).status_code == 400
    client.post(f"/api/generations/{first['job_id']}/public", json={"is_public": False})
    body = anybody.get("/api/gallery/community", params={"limit": 200}).json()
    assert first["filename"] not in [item["filename"] for item in body["items"]]
