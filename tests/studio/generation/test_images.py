"""POST /api/generate-image, /api/image/…, /api/image-generations."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.studio.generation.asking import balance, drawn, ended, uploaded
from tests.studio.generation.conftest import Make

ASK: dict[str, Any] = {"prompt": "a lighthouse", "model": "sd15", "width": 128, "height": 128}


def test_an_image_from_request_to_file(client: httpx.Client) -> None:
    status = drawn(client)
    assert status["image_url"] == f"/api/image/{status['filename']}"
    assert "video_url" not in status
    image = client.get(status["image_url"])
    assert image.content.startswith(b"\x89PNG")
    assert client.get(f"/api/video/{status['filename']}").status_code == 404
    assert balance(client) == 10_000 - 2


def test_several_at_once_are_a_job_each(client: httpx.Client) -> None:
    answer = client.post("/api/generate-image", json={**ASK, "count": 3, "seed": 5}).json()
    assert len(set(answer["job_ids"])) == 3
    assert (answer["status"], answer["credits_charged"], answer["credits_remaining"]) == ("queued", 6, 9_994)
    for job in answer["job_ids"]:
        assert ended(client, job)["status"] == "completed"
    entries = client.get("/api/image-generations").json()["generations"]
    assert sorted(entry["parameters"]["seed"] for entry in entries) == [5, 6, 7]
    assert {entry["cost"] for entry in entries} == {2}
    assert client.get("/api/generations").json()["total"] == 0


def test_all_of_them_or_none(user: Make) -> None:
    poor = user(credits=5)
    answer = poor.post("/api/generate-image", json={**ASK, "count": 3})
    assert answer.status_code == 403
    assert (answer.json()["required"], answer.json()["balance"]) == (6, 5)
    assert poor.get("/api/image-generations").json()["total"] == 0
    assert balance(poor) == 5


def test_too_many_at_a_time_leaves_none(user: Make) -> None:
    free = user(tier="free")  # four jobs at a time
    answer = free.post("/api/generate-image", json={**ASK, "prompt": "slow", "count": 5})
    assert answer.status_code == 429
    assert answer.json()["retry_after"] == int(answer.headers["Retry-After"])
    assert free.get("/api/image-generations").json()["total"] == 0


def test_editing_takes_the_image_and_further_ones(client: httpx.Client, picture: bytes) -> None:
    name = uploaded(client, picture)
    answer = client.post(
        "/api/generate-image",
        json={**ASK, "model": "flux-edit", "image_filename": name, "reference_images": [name], "count": 2},
    )
    assert answer.status_code == 200, answer.text
    assert answer.json()["credits_charged"] == 12
    for job in answer.json()["job_ids"]:
        status = ended(client, job)
        assert status["status"] == "completed", status
    # The engine of these tests paints what it was given: two inputs in two roles.
    from io import BytesIO

    from PIL import Image

    with Image.open(BytesIO(client.get(status["image_url"]).content)) as image:
        assert image.getpixel((0, 0)) == (0, 20, 20)


def test_an_idempotency_key_makes_all_of_them_once(client: httpx.Client) -> None:
    headers = {"Idempotency-Key": "three"}
    first, second = (client.post("/api/generate-image", json={**ASK, "count": 3}, headers=headers) for _ in range(2))
    assert first.json() == second.json()
    assert client.get("/api/image-generations").json()["total"] == 3


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"prompt": " "}, "prompt"),
        ({"model": "wan-t2v"}, "model"),
        ({"count": 0}, "count"),
        ({"count": 99}, "count"),
        ({"width": 9000}, "size"),
        ({"model": "flux-edit"}, "image_filename"),
        ({"model": "flux-edit", "image_filename": "nothing.png"}, "image_filename"),
        ({"model": "flux-edit", "reference_images": 3}, "reference_images"),
    ],
)
def test_bad_input_names_its_field(client: httpx.Client, change: dict[str, Any], field: str) -> None:
    answer = client.post("/api/generate-image", json={**ASK, **change})
    assert answer.status_code in (400, 404), answer.text
    assert answer.json()["field"] == field
    assert balance(client) == 10_000


def test_deleting_an_image_takes_its_file(client: httpx.Client, stranger: httpx.Client) -> None:
    status = drawn(client)
    path = f"/api/image-generations/{status['job_id']}"
    assert stranger.delete(path).status_code == 404
    assert client.delete(f"/api/generations/{status['job_id']}").status_code == 404  # it is no video
    assert client.get(status["image_url"]).status_code == 200
    assert client.delete(path).json() == {"id": status["job_id"], "deleted": True, "cancelled": False}
    assert client.get(status["image_url"]).status_code == 404
    assert client.delete(path).status_code == 404
