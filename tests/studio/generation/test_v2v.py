"""POST /api/generate-v2v."""

from __future__ import annotations

import math

import httpx

from tests.studio.generation.asking import balance, ended, made
from tests.studio.generation.conftest import Make


def test_a_video_in_another_style(client: httpx.Client) -> None:
    video = made(client, width=128, height=96, frames=49)
    before = balance(client)
    answer = client.post(
        "/api/generate-v2v", json={"video_filename": video["filename"], "prompt": "watercolour", "strength": 0.4}
    )
    assert answer.status_code == 200, answer.text
    assert answer.json()["credits_charged"] == 3
    status = ended(client, answer.json()["job_id"])
    assert status["status"] == "completed", status
    assert balance(client) == before - 3
    entry, source = client.get("/api/generations").json()["generations"]
    assert (entry["mode"], entry["model"]) == ("video-to-video", "v2v")
    assert (entry["parameters"]["width"], entry["parameters"]["height"]) == (128, 96)
    assert entry["parameters"]["strength"] == 0.4
    assert entry["parameters"]["duration_seconds"] == round(source["duration"], 3)


def test_every_started_ten_seconds_cost_three_credits(client: httpx.Client) -> None:
    video = made(client, frames=300, frame_rate=24)
    [source] = client.get("/api/generations").json()["generations"]
    assert source["duration"] > 10
    answer = client.post("/api/generate-v2v", json={"video_filename": video["filename"], "prompt": "sketch"}).json()
    assert answer["credits_charged"] == 3 * math.ceil(source["duration"] / 10) == 6


def test_a_lower_tier_gets_a_smaller_copy_and_is_told(user: Make, client: httpx.Client) -> None:
    large = made(client, width=640, height=560)
    entry = client.get("/api/generations").json()["generations"][0]
    assert entry["height"] == 560
    free = user("free", tier="free")
    address = client.post(f"/api/generations/{large['job_id']}/share").json()["file_url"]
    answer = free.post("/api/generate-v2v", json={"video_filename": address, "prompt": "sketch"})
    assert answer.status_code == 200, answer.text
    [entry] = free.get("/api/generations").json()["generations"]
    assert min(entry["parameters"]["width"], entry["parameters"]["height"]) == 480
    assert any(warning.startswith("size") for warning in answer.json()["warnings"])


def test_what_is_wrong_is_said(client: httpx.Client, stranger: httpx.Client) -> None:
    video = made(client)
    good = {"video_filename": video["filename"], "prompt": "sketch"}
    for change, field in (({"prompt": ""}, "prompt"), ({"strength": 2}, "strength"), ({"video_filename": 1}, None)):
        answer = client.post("/api/generate-v2v", json={**good, **change})
        assert answer.status_code == 400
        assert field is None or answer.json()["field"] == field
    assert stranger.post("/api/generate-v2v", json=good).status_code == 404
    assert client.post("/api/generate-v2v", json={**good, "video_filename": "asset_x.mp4"}).status_code == 404
    assert client.post("/api/generate-v2v", json={"prompt": "sketch"}).json()["field"] == "video_filename"
