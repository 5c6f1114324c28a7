"""POST /api/edit/… and the tools that edit: what comes of it, what it costs, what is refused."""

from __future__ import annotations

import base64
import io
import zipfile
from typing import Any

import httpx
import pytest
from PIL import Image

from tests.e2e.server import Server
from tests.studio.editing.conftest import Make
from tests.studio.editing.working import bring, fetched, film_of, seconds_of, sound_of, status, work
from tests.studio.generation.asking import balance


def test_every_edit_makes_what_it_says(client: httpx.Client, clip: bytes) -> None:
    name = bring(client, clip)["filename"]
    before = balance(client)

    trimmed = work(client, "/api/edit/trim", {"video_filename": name, "start_seconds": 1, "end_seconds": 2.5})
    assert (trimmed["credits_charged"], trimmed["engine"]) == (3, "editing")
    pictures = film_of(fetched(client, trimmed))
    assert len(pictures) == 36
    assert abs(float(pictures[0].mean()) - (20 + 3 * 24)) < 3

    faster = work(client, "/api/edit/speed", {"video_filename": name, "speed_factor": 2})
    assert abs(seconds_of(fetched(client, faster)) - 1.5) < 0.06

    cropped = work(client, "/api/edit/crop", {"video_filename": name, "x": 20, "y": 10, "width": 100, "height": 80})
    assert (cropped["width"], cropped["height"]) == (100, 80)

    resized = work(client, "/api/edit/resize", {"video_filename": name, "preset": "720p"})
    assert (resized["width"], resized["height"]) == (1280, 720)

    titled = work(
        client,
        "/api/edit/text-overlay",
        {"video_filename": name, "text": "Hello: 'world' %{pts} {\\b1}", "position": "top_left", "color": "#ff0000",
         "font_size": 24, "start_time": 1, "end_time": 2},
    )  # fmt: skip
    frames = [picture.astype(int) for picture in film_of(fetched(client, titled))]
    reds = [int((picture[..., 0] - picture[..., 1] > 60).sum()) for picture in frames]
    assert max(reds[:23]) == 0
    assert min(reds[26:46]) > 20
    assert max(reds[50:]) == 0

    merged = work(client, "/api/edit/merge", {"video_filenames": [name, trimmed["filename"], faster["filename"]]})
    assert merged["credits_charged"] == 6
    assert abs(seconds_of(fetched(client, merged)) - (3 + 1.5 + 1.5)) < 0.1
    assert balance(client) == before - 5 * 3 - 6


def test_tools_cost_one_credit(client: httpx.Client, clip: bytes, picture: bytes) -> None:
    name = bring(client, clip)["filename"]
    before = balance(client)
    work(client, "/api/tools/trim-video", {"video_filename": name, "start_time": 0.5, "end_time": 1})
    for mode, at in (("first", 20), ("last", 20 + 3 * 71)):
        frame = work(client, "/api/tools/extract-frames", {"video_filename": name, "mode": mode})
        image = Image.open(io.BytesIO(fetched(client, frame)))
        assert (image.format, image.size) == ("PNG", (160, 120))
        assert abs(image.convert("L").getpixel((80, 60)) - at) < 5
    every = work(client, "/api/tools/extract-frames", {"video_filename": name, "mode": "all_1fps"})
    with zipfile.ZipFile(io.BytesIO(fetched(client, every))) as archive:
        assert len(archive.namelist()) == 3
    moving = work(client, "/api/tools/video-to-gif", {"video_filename": name, "width": 80, "fps": 5})
    gif: Any = Image.open(io.BytesIO(fetched(client, moving)))
    assert (gif.format, gif.size, gif.n_frames) == ("GIF", (80, 60), 15)
    form = {"video_filename": name, "type": "text", "text": "© Ada", "position": "bottom-right"}
    files = {"image": ("a.png", picture, "image/png")}
    written = work(client, "/api/tools/add-watermark", None, data=form, files={"x": ("", b"", "text/plain")})
    pictured = work(
        client, "/api/tools/add-watermark", None, data={"video_filename": name, "type": "image"}, files=files
    )
    for marked in (written, pictured):
        first = film_of(fetched(client, marked))[0].astype(int)
        assert abs(first[90:, 100:] - 20).max() > 30
        assert abs(first[:40, :60] - 20).max() < 12
    assert balance(client) == before - 7


def test_sound_is_put_to_a_video_for_nothing(client: httpx.Client, clip: bytes) -> None:
    silent = work(client, "/api/edit/speed", {"video_filename": bring(client, clip)["filename"], "speed_factor": 1})
    before = balance(client)
    form = {"video_filename": silent["filename"], "mode": "replace", "offset_seconds": "1.5"}
    made = work(client, "/api/video/add-audio", None, data=form, files={"audio": ("a.mp4", clip, "video/mp4")})
    assert balance(client) == before
    samples = sound_of(fetched(client, made))
    half = len(samples) // 2
    assert abs(samples[: half - 4000]).max() < 0.01
    assert abs(samples[half + 4000 :]).max() > 0.03


def test_who_does_not_wait_gets_the_job(client: httpx.Client, clip: bytes) -> None:
    name = bring(client, clip)["filename"]
    body = {"video_filename": name, "speed_factor": 0.5}
    answer = client.post("/api/edit/speed", json=body, headers={"Prefer": "respond-async"}).json()
    assert answer["status"] in ("queued", "processing")
    assert answer["filename"] is None
    done = status(client, answer["job_id"])
    assert done["status"] == "completed"
    assert client.get(done["video_url"]).headers["content-type"] == "video/mp4"
    listed = [entry["filename"] for entry in client.get("/api/generations").json()["generations"]]
    assert done["filename"] in listed


def test_an_edit_can_be_cancelled_and_costs_nothing(client: httpx.Client, clip: bytes) -> None:
    name = bring(client, clip)["filename"]
    large = work(client, "/api/edit/resize", {"video_filename": name, "width": 1920, "height": 1080})["filename"]
    before = balance(client)
    body = {"video_filename": large, "speed_factor": 0.25}
    job = client.post("/api/edit/speed", json=body, headers={"Prefer": "respond-async"}).json()["job_id"]
    assert client.post("/api/cancel", json={"job_id": job}).json()["cancelled"] is True
    assert status(client, job)["status"] == "error"
    assert balance(client) == before


def test_the_same_key_is_one_edit(client: httpx.Client, clip: bytes) -> None:
    name = bring(client, clip)["filename"]
    before = balance(client)
    body = {"video_filename": name, "width": 80, "height": 60}
    answers = [work(client, "/api/edit/crop", body, headers={"Idempotency-Key": "once"}) for _ in range(2)]
    assert answers[0]["job_id"] == answers[1]["job_id"]
    assert balance(client) == before - 3


WRONG: list[tuple[str, dict[str, Any], str]] = [
    ("/api/edit/trim", {"start_seconds": 5}, "start_seconds"),
    ("/api/edit/trim", {"start_seconds": 2, "end_seconds": 1}, "end_seconds"),
    ("/api/edit/trim", {"start_seconds": -1}, "start_seconds"),
    ("/api/tools/trim-video", {"start_time": 9}, "start_time"),
    ("/api/edit/speed", {"speed_factor": 5}, "speed_factor"),
    ("/api/edit/speed", {}, "speed_factor"),
    ("/api/edit/crop", {"x": 100, "y": 0, "width": 100, "height": 50}, "width"),
    ("/api/edit/resize", {"preset": "4k"}, "preset"),
    ("/api/edit/resize", {}, "width"),
    ("/api/edit/resize", {"preset": "720p", "width": 64}, "preset"),
    ("/api/edit/text-overlay", {"text": ""}, "text"),
    ("/api/edit/text-overlay", {"text": "a", "position": "nowhere"}, "position"),
    ("/api/edit/text-overlay", {"text": "a", "color": "no colour:x=1"}, "color"),
    ("/api/edit/text-overlay", {"text": " \n "}, "text"),
    ("/api/edit/text-overlay", {"text": "a", "x": 4000, "y": 0}, "x"),
    ("/api/tools/extract-frames", {"mode": "all"}, "mode"),
    ("/api/tools/video-to-gif", {"fps": 0}, "fps"),
    ("/api/tools/add-watermark", {}, "text"),
    ("/api/tools/add-watermark", {"type": "text"}, "text"),
    ("/api/tools/add-watermark", {"type": "image"}, "image_filename"),
    ("/api/video/add-audio", {}, "audio_filename"),
    ("/api/tts/add-to-video", {"tts_filename": "asset_none.mp3"}, "tts_filename"),
]


@pytest.mark.parametrize(("path", "change", "field"), WRONG)
def test_what_is_wrong_is_named_and_free(
    client: httpx.Client, clip: bytes, path: str, change: dict[str, Any], field: str
) -> None:
    address = "data:video/mp4;base64," + base64.b64encode(clip).decode()
    before = balance(client)
    answer = client.post(path, json={"video_filename": address, **change})
    assert answer.status_code in (400, 404), answer.text
    assert answer.json()["field"] == field
    assert answer.json()["error"].startswith(field)
    assert balance(client) == before


BAD = {
    "truncated": lambda clip: clip[: len(clip) // 2],
    "empty": lambda clip: b"",
    "no media": lambda clip: b"just some words, and not a clip at all",
    "a playlist": lambda clip: b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n",
    "a concat script": lambda clip: b"ffconcat version 1.0\nfile /etc/passwd\n",
}


@pytest.mark.parametrize("name", BAD)
def test_bad_media_is_refused(client: httpx.Client, server: Server, clip: bytes, name: str) -> None:
    before = balance(client)
    content = BAD[name](clip)
    answer = client.post(
        "/api/edit/speed", data={"speed_factor": "2"}, files={"video": ("a.mp4", content, "video/mp4")}
    )
    assert answer.status_code == 400, answer.text
    assert "video" in answer.json()["error"]
    assert balance(client) == before


def test_others_files_are_not_there(client: httpx.Client, user: Make, clip: bytes) -> None:
    name = bring(client, clip)["filename"]
    answer = user("stranger").post("/api/edit/speed", json={"video_filename": name, "speed_factor": 2})
    assert answer.status_code == 404
    assert client.post("/api/edit/merge", json={"video_filenames": [name]}).status_code == 400
    assert client.post("/api/edit/merge", json={"video_filenames": [name, "asset_x.mp4"]}).status_code == 404


def test_a_tier_bounds_what_is_made(user: Make, clip: bytes) -> None:
    free = user("free", tier="free", credits=50)
    address = "data:video/mp4;base64," + base64.b64encode(clip).decode()
    answer = free.post("/api/edit/resize", json={"video_filename": address, "preset": "1080p"})
    assert (answer.status_code, answer.json()["required_tier"]) == (403, "starter")
    for side, required in (({"width": 1920}, "creator"), ({"height": 720}, "starter"), ({"width": 642}, "starter")):
        answer = free.post("/api/edit/resize", json={"video_filename": address, **side})
        assert (answer.status_code, answer.json()["required_tier"]) == (403, required)
    assert work(free, "/api/edit/resize", {"video_filename": address, "width": 640})["height"] == 480
    answer = free.post("/api/tools/upscale-video", json={"video_filename": address})
    assert (answer.status_code, answer.json()["required_tier"]) == (403, "creator")
    poor = user("poor", credits=2)
    answer = poor.post("/api/edit/speed", json={"video_filename": address, "speed_factor": 2})
    assert (answer.status_code, answer.json()["required"]) == (403, 3)
