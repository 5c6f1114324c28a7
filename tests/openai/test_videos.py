"""/videos through the openai package."""

from __future__ import annotations

import base64
import io
import os
from typing import Any

import httpx
import pytest
from PIL import Image

import openai
from openai import OpenAI
from tests.e2e.peer import png
from tests.e2e.server import Server, files_on_disk, wait_for
from tests.openai.conftest import client_of

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@pytest.fixture(scope="module")
def own(server: Server) -> OpenAI:
    """A client whose account has only this module's videos."""
    return client_of(server, server.key("videos@example.com", dialect="openai"))


@pytest.fixture(scope="module")
def done(own: OpenAI) -> openai.types.Video:
    return own.videos.create_and_poll(prompt="a red boat", poll_interval_ms=50)


def test_a_video_with_nothing_but_a_prompt(done: openai.types.Video) -> None:
    assert done.id.startswith("job_")
    assert (done.object, done.status, done.progress, done.error) == ("video", "completed", 100, None)
    assert (done.model, done.seconds, done.size, done.prompt) == ("sora-2", "4", "720x1280", "a red boat")
    assert done.completed_at is not None
    assert done.expires_at is not None
    assert done.created_at <= done.completed_at < done.expires_at
    assert done.remixed_from_video_id is None
    assert (done.model_extra or {})["draft"] is True, "the draft engine is not named"


def test_what_is_made_is_what_is_said(own: OpenAI) -> None:
    made = own.videos.create_and_poll(
        prompt="x", model="sora-2-pro", seconds="8", size="1792x1024", poll_interval_ms=50
    )
    assert (made.model, made.seconds, made.size, made.status) == ("sora-2-pro", "8", "1792x1024", "completed")


def test_create_takes_json_too(own: OpenAI, server: Server) -> None:
    with server.client(own.api_key) as http:
        made = http.post("/openai/v1/videos", json={"prompt": "x", "seconds": 12, "model": "sora-2"})
        assert made.status_code == 200
        assert made.json()["seconds"] == "12"
        assert made.json()["warnings"] == []
        odd = http.post("/openai/v1/videos", json={"prompt": "x", "colour": "red"})
    assert odd.json()["warnings"] == ["colour: ignored"]
    assert odd.headers["x-rushes-warnings"] == "colour: ignored"


def test_any_video_model_has_its_own_name(own: OpenAI) -> None:
    made = own.videos.create_and_poll(
        prompt="x",
        model="composer",
        seconds="1",
        size="128x72",
        poll_interval_ms=50,  # type: ignore[arg-type]
    )
    assert (made.model, made.size, made.seconds) == ("composer", "128x72", "1")
    assert (made.model_extra or {})["draft"] is False


DATA_URL = "data:image/png;base64," + base64.b64encode(png()).decode()


@pytest.mark.parametrize(
    "reference",
    [
        {"input_reference": png()},
        {"input_reference": ("boat.png", png(), "image/png")},
        # The package's own check lets no object through as the argument that it documents.
        {"extra_body": {"input_reference": {"image_url": DATA_URL}}},
        {"extra_body": {"input_reference": DATA_URL}},
    ],
    ids=["bytes", "file", "object", "address"],
)
def test_a_picture_to_begin_with(own: OpenAI, server: Server, reference: dict[str, Any]) -> None:
    made = own.videos.create(prompt="x", **reference)
    assert mode_of(server, own, made.id) == "image-to-video"


def test_a_picture_in_json(own: OpenAI, server: Server) -> None:
    with server.client(own.api_key) as http:
        for reference in (DATA_URL, {"image_url": DATA_URL}):
            made = http.post("/openai/v1/videos", json={"prompt": "x", "input_reference": reference})
            assert mode_of(server, own, made.json()["id"]) == "image-to-video"


def mode_of(server: Server, own: OpenAI, job: str) -> str:
    with server.client(own.api_key) as http:
        return str(http.get(f"/rushes/v1/generations/{job}").json()["mode"])


def test_a_picture_that_is_none(own: OpenAI) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        own.videos.create(prompt="x", input_reference=b"not a picture")
    assert caught.value.param == "input_reference"
    with pytest.raises(openai.BadRequestError) as caught:
        own.videos.create(prompt="x", extra_body={"input_reference": {"file_id": "file-1"}})
    assert (caught.value.param, caught.value.code) == ("input_reference", "unsupported")


def test_content_with_ranges(own: OpenAI, done: openai.types.Video, server: Server) -> None:
    content = own.videos.download_content(done.id)
    assert content.response.headers["content-type"] == "video/mp4"
    data = content.read()
    assert data[4:8] == b"ftyp"
    with server.client(own.api_key) as http:
        url = f"/openai/v1/videos/{done.id}/content"
        part = http.get(url, headers={"Range": "bytes=10-19"})
        head = http.head(url)
        again = http.get(url, headers={"If-None-Match": part.headers["etag"]})
    assert (part.status_code, part.content) == (206, data[10:20])
    assert (head.status_code, head.content, head.headers["content-length"]) == (200, b"", str(len(data)))
    assert again.status_code == 304


def test_pictures_of_a_video(own: OpenAI, done: openai.types.Video, server: Server) -> None:
    thumbnail = own.videos.download_content(done.id, variant="thumbnail")
    sheet = own.videos.download_content(done.id, variant="spritesheet")
    assert thumbnail.response.headers["content-type"] == "image/webp"
    assert sheet.response.headers["content-type"] == "image/jpeg"
    small, grid = (Image.open(io.BytesIO(answer.read())) for answer in (thumbnail, sheet))
    assert (small.format, grid.format) == ("WEBP", "JPEG")
    assert small.height > small.width
    # os.walk passes over folders that other jobs remove meanwhile; rglob trips over them.
    names = [name for _, folders, files in os.walk(server.home / "tmp") for name in (*folders, *files)]
    assert not [name for name in names if name.startswith("rendition_")], "left behind"
    with pytest.raises(openai.BadRequestError) as caught:
        own.videos.download_content(done.id, variant="film")  # type: ignore[arg-type]
    assert caught.value.param == "variant"


def test_content_before_the_end_and_after_a_failure(own: OpenAI) -> None:
    slow = own.videos.create(prompt="slow")
    wait_for(lambda: own.videos.retrieve(slow.id).status == "in_progress")
    with pytest.raises(openai.NotFoundError, match="not ready"):
        own.videos.download_content(slow.id)
    with pytest.raises(openai.NotFoundError, match="not ready"):
        own.videos.remix(slow.id, prompt="x")
    assert own.videos.delete(slow.id).deleted
    failed = own.videos.create_and_poll(prompt="forbidden", poll_interval_ms=50)
    assert failed.status == "failed"
    assert failed.error is not None
    assert failed.error.code == "content_violation"
    assert failed.completed_at is None
    with pytest.raises(openai.NotFoundError, match="failed"):
        own.videos.download_content(failed.id)


def test_a_remix_keeps_length_size_and_source(own: OpenAI, server: Server) -> None:
    source = own.videos.create_and_poll(prompt="a", seconds="8", size="1280x720", poll_interval_ms=50)
    remix = own.videos.remix(source.id, prompt="at night")
    assert (remix.seconds, remix.size, remix.model, remix.prompt) == ("8", "1280x720", "sora-2", "at night")
    over = own.videos.poll(remix.id, poll_interval_ms=50)
    assert (over.status, over.remixed_from_video_id) == ("completed", source.id)
    assert mode_of(server, own, remix.id) == "reference-to-video"


def test_an_edit_of_an_own_video_or_of_a_file(own: OpenAI, server: Server, done: openai.types.Video) -> None:
    with server.client(own.api_key) as http:
        by_id = http.post("/openai/v1/videos/edits", json={"prompt": "at night", "video": {"id": done.id}}).json()
        assert by_id["remixed_from_video_id"] == done.id
        nothing = http.post("/openai/v1/videos/edits", json={"prompt": "at night"})
        assert (nothing.status_code, nothing.json()["error"]["param"]) == (400, "video")
    clip = own.videos.download_content(done.id).read()
    by_file = own.videos.edit(prompt="at night", video=("clip.mp4", clip))
    assert own.videos.poll(by_file.id, poll_interval_ms=50).status == "completed"
    with pytest.raises(openai.BadRequestError) as caught:
        own.videos.edit(prompt="x", video=b"not a video")
    assert caught.value.param == "video"


def test_delete_takes_the_files_too(own: OpenAI, server: Server) -> None:
    made = own.videos.create_and_poll(prompt="to be deleted", poll_interval_ms=50)
    sha256 = own.videos.download_content(made.id).response.headers["etag"].strip('"')
    assert sha256 in files_on_disk(server.home)
    gone = own.videos.delete(made.id)
    assert (gone.id, gone.deleted, gone.object) == (made.id, True, "video.deleted")
    assert sha256 not in files_on_disk(server.home)
    for call in (own.videos.retrieve, own.videos.delete, own.videos.download_content):
        with pytest.raises(openai.NotFoundError):
            call(made.id)


def test_nobody_sees_anothers_video(server: Server, done: openai.types.Video) -> None:
    other = client_of(server, server.key("other@example.com", dialect="openai"))
    for call in (other.videos.retrieve, other.videos.delete, other.videos.download_content):
        with pytest.raises(openai.NotFoundError) as caught:
            call(done.id)
        assert caught.value.code == "not_found"
    with pytest.raises(openai.NotFoundError):
        other.videos.remix(done.id, prompt="x")
    assert other.videos.list().data == []


def test_pages_follow_each_other(server: Server) -> None:
    key = server.key("pages@example.com", dialect="openai")
    own = client_of(server, key)
    made = [own.videos.create(prompt=f"number {number}").id for number in range(5)]
    own.images.generate(prompt="no video")
    with server.client(key) as http:
        of_others = http.post("/v1/videos", json={"prompt": "from elsewhere", "mode": "text_to_video"}).json()
    made.append(str(of_others["job_id"] if "job_id" in of_others else of_others["id"]))

    newest = own.videos.list(limit=4)
    assert [video.id for video in newest.data] == made[::-1][:4]
    assert newest.has_more
    raw: httpx.Response = httpx.get(
        f"{server.url}/openai/v1/videos?limit=4", headers={"Authorization": f"Bearer {key}"}
    )
    body = raw.json()
    assert (body["object"], body["first_id"], body["last_id"]) == ("list", made[5], made[2])

    assert [video.id for video in own.videos.list(limit=2)] == made[::-1], "pages in turn"
    assert [video.id for video in own.videos.list(limit=2, order="asc")] == made
    assert [video.id for video in own.videos.list(after=made[1], order="asc")] == made[2:]
    own.videos.poll(made[2], poll_interval_ms=50)
    own.videos.delete(made[2])
    assert [video.id for video in own.videos.list(after=made[2])] == [made[1], made[0]], "behind one that is gone"


@pytest.mark.parametrize("query", [{"limit": 0}, {"limit": 101}, {"order": "up"}])
def test_wrong_pages(own: OpenAI, query: dict[str, object]) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        own.videos.list(**query)  # type: ignore[arg-type]
    assert caught.value.param == next(iter(query))


@pytest.mark.parametrize(
    ("change", "param"),
    [
        ({"prompt": " "}, "prompt"),
        ({"seconds": "5"}, "seconds"),
        ({"seconds": "long"}, "seconds"),
        ({"size": "1792x1024"}, "size"),
        ({"size": "big"}, "size"),
        ({"model": "gpt-4o"}, "model"),
        ({"model": "whisper-1"}, "model"),
    ],
)
def test_what_cannot_be_made_is_named(own: OpenAI, change: dict[str, str], param: str) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        own.videos.create(**{"prompt": "x", **change})  # type: ignore[arg-type]
    assert caught.value.param == param
    assert caught.value.type == "invalid_request_error"


def test_what_is_not_done_says_what_to_do(own: OpenAI) -> None:
    with pytest.raises(openai.BadRequestError, match="last frame") as caught:
        own.videos.extend(prompt="x", seconds="4", video=b"x")
    assert caught.value.code == "unsupported"
    with pytest.raises(openai.BadRequestError, match="input_reference"):
        own.videos.create_character(name="x", video=b"x")
    with pytest.raises(openai.BadRequestError, match="input_reference"):
        own.videos.get_character("char_1")


def test_the_same_key_makes_one_video(own: OpenAI) -> None:
    first, second = (
        own.videos.create(prompt="once", extra_headers={"Idempotency-Key": "video-once"}) for _ in range(2)
    )
    assert first.id == second.id
    with pytest.raises(openai.ConflictError) as caught:
        own.videos.create(prompt="twice", extra_headers={"Idempotency-Key": "video-once"})
    assert caught.value.type == "idempotency_error"
