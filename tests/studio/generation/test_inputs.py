"""Uploads, input images, and the last frame of a video."""

from __future__ import annotations

from io import BytesIO

import httpx
import pytest
from PIL import Image

from tests.e2e.server import Server, files_on_disk
from tests.studio.generation.asking import SMALL, drawn, made, uploaded


def image_bytes(form: str, size: tuple[int, int] = (64, 48)) -> bytes:
    data = BytesIO()
    Image.new("RGB", size, (200, 60, 20)).save(data, form)
    return data.getvalue()


@pytest.mark.parametrize(("form", "suffix"), [("PNG", ".png"), ("JPEG", ".jpg"), ("WEBP", ".webp")])
def test_an_upload_comes_back_as_it_was(client: httpx.Client, form: str, suffix: str) -> None:
    content = image_bytes(form)
    # Neither the name nor the declared type is believed.
    answer = client.post("/api/upload-image", files={"file": ("a.txt", content, "text/plain")})
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert (body["width"], body["height"], body["size"]) == (64, 48, len(content))
    assert body["filename"].endswith(suffix)
    assert body["url"] == f"/api/input-image/{body['filename']}"
    assert client.get(body["url"]).content == content
    assert client.get(body["url"], headers={"Range": "bytes=0-3"}).content == content[:4]


def test_an_upload_is_the_owner_s(client: httpx.Client, stranger: httpx.Client, server: Server, picture: bytes) -> None:
    name = uploaded(client, picture)
    foreign = stranger.get(f"/api/input-image/{name}")
    missing = stranger.get("/api/input-image/asset_x.png")
    assert (foreign.status_code, foreign.json()) == (missing.status_code, missing.json())
    assert foreign.status_code == 404
    assert server.client().get(f"/api/input-image/{name}").status_code == 401
    assert client.get(f"/api/input-image/{name.replace('.png', '.jpg')}").status_code == 404
    assert client.get(f"/api/image/{name}").status_code == 404  # it was brought in, not made


def test_what_is_no_image_is_refused_and_leaves_nothing(client: httpx.Client, server: Server) -> None:
    before = files_on_disk(server.home)
    gif = image_bytes("GIF")
    for content in (b"", b"hello", gif, image_bytes("PNG")[:60], image_bytes("PNG", (8, 8))):
        answer = client.post("/api/upload-image", files={"image": ("a.png", content, "image/png")})
        assert answer.status_code == 400, answer.text
        assert answer.json()["field"] == "image"
    large = client.post("/api/upload-image", files={"image": ("a.png", b"\x89PNG\r\n\x1a\n" + bytes(10_000_001))})
    assert large.status_code == 400
    assert client.post("/api/upload-image", json={}).status_code == 400
    assert client.post("/api/upload-image", files={}, data={"a": "b"}).status_code == 400
    two = client.post("/api/upload-image", files=[("a", ("a", gif)), ("b", ("b", gif))])
    assert two.status_code == 400
    assert files_on_disk(server.home) == before


def test_the_last_frame_of_a_video_extends_it(client: httpx.Client) -> None:
    video = made(client, width=128, height=96)
    answer = client.post("/api/extend-video", json={"video_filename": video["filename"]})
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert (body["width"], body["height"]) == (128, 96)
    assert body["generation_id"] == video["job_id"]
    frame = client.get(body["url"])
    assert frame.headers["content-type"] == "image/png"
    assert frame.content == last_frame(client.get(video["video_url"]).content)
    by_id = client.post("/api/extend-video", json={"generation_id": video["job_id"]})
    assert by_id.json()["video_filename"] == video["filename"]
    made(client, model="wan-i2v", image_filename=body["filename"])


def last_frame(video: bytes) -> bytes:
    """Every frame decoded from the start; the last one as PNG."""
    import av

    with av.open(BytesIO(video)) as container:
        frames = list(container.decode(video=0))
    assert len(frames) > 2
    data = BytesIO()
    frames[-1].to_image().save(data, "PNG")
    return data.getvalue()


def test_extending_what_is_not_there(client: httpx.Client, stranger: httpx.Client, picture: bytes) -> None:
    video = made(client)
    for body in ({"video_filename": video["filename"]}, {"generation_id": video["job_id"]}):
        assert stranger.post("/api/extend-video", json=body).status_code == 404
    missing = ({"video_filename": "asset_x.mp4"}, {"generation_id": 1}, {"video_filename": uploaded(client, picture)})
    for body in missing:
        assert client.post("/api/extend-video", json=body).status_code == 404
    assert client.post("/api/extend-video", json={}).status_code == 400
    assert client.post("/api/extend-video", json={"video_filename": 5}).status_code == 400
    other = made(client, seed=8)
    mixed = {"video_filename": video["filename"], "generation_id": other["job_id"]}
    assert client.post("/api/extend-video", json=mixed).status_code == 400


def test_only_a_video_that_is_there_can_be_extended(client: httpx.Client) -> None:
    slow = client.post("/api/generate", json={**SMALL, "prompt": "a slow fox"}).json()["job_id"]
    for _ in ("while it is made", "once it is cancelled"):
        answer = client.post("/api/extend-video", json={"generation_id": slow})
        assert (answer.status_code, answer.json()["code"]) == (409, "not_completed")
        client.post("/api/cancel", json={"job_id": slow})
    answer = client.post("/api/extend-video", json={"generation_id": drawn(client)["job_id"]})
    assert (answer.status_code, answer.json()["field"]) == (400, "generation_id")
