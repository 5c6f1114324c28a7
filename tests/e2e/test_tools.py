"""The embedded engines through HTTP, with their weights: each makes what it says, is paid and leaves nothing over."""

from __future__ import annotations

import base64
import io
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image, ImageDraw

from tests.e2e.server import Server, finished
from tests.media.test_media import write_video

MODELS = Path(os.environ.get("RUSHES_TEST_MODELS", "/nonexistent"))


def needs(*groups: str) -> pytest.MarkDecorator:
    missing = [group for group in groups if not (MODELS / group).is_dir()]
    return pytest.mark.skipif(bool(missing), reason=f"weights not installed: {', '.join(missing)}")


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    home = tmp_path_factory.mktemp("tools") / "home"
    home.mkdir()
    if MODELS.is_dir():
        (home / "models").symlink_to(MODELS)
    server = Server(home, text_model="off")
    server.start()
    with server.client(server.key(dialect="rushes")) as opened:
        yield opened
        assert server.audit()["ok"]
    server.close()


def data(content: bytes, mime: str) -> str:
    return f"data:{mime};base64,{base64.b64encode(content).decode()}"


@pytest.fixture(scope="module")
def picture() -> str:
    """Something round before a plain wall: a subject."""
    image = Image.new("RGB", (192, 128), (150, 190, 220))
    pen = ImageDraw.Draw(image)
    pen.ellipse((60, 20, 132, 118), fill=(190, 40, 30))
    pen.ellipse((80, 40, 95, 60), fill=(250, 240, 230))
    made = io.BytesIO()
    image.save(made, "PNG")
    return data(made.getvalue(), "image/png")


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("clip") / "clip.mp4"
    write_video(path)
    return data(path.read_bytes(), "video/mp4")


def make(client: httpx.Client, **body: Any) -> dict[str, Any]:
    answer = client.post("/rushes/v1/generations", json=body)
    assert answer.status_code == 202, answer.text
    return finished(client, f"/rushes/v1/generations/{answer.json()['id']}", 120)


def only(job: dict[str, Any]) -> dict[str, Any]:
    assert job["state"] == "succeeded", job
    [output] = job["outputs"]
    assert not job["draft"]
    return dict(output)


@needs("span")
def test_a_picture_becomes_larger(client: httpx.Client, picture: str) -> None:
    output = only(make(client, model="span", image=picture, options={"scale": 2}))
    assert (output["width"], output["height"]) == (384, 256)


@needs("rife")
def test_a_clip_gets_another_rate(client: httpx.Client, clip: str) -> None:
    job = make(client, model="rife", video=clip, options={"factor": 2})
    assert only(job)["kind"] == "video"
    assert job["seconds"] > 0, "it is as long as the clip"


@needs("matte")
def test_a_subject_is_cut_out(client: httpx.Client, picture: str) -> None:
    output = only(make(client, model="u2netp", image=picture))
    assert output["mime"] == "image/png"
    made = Image.open(io.BytesIO(httpx.get(output["url"]).content))
    assert made.mode == "RGBA"


@needs("style")
def test_a_picture_is_painted_anew(client: httpx.Client, picture: str) -> None:
    job = make(client, model="styletransfer", image=picture, prompt="in the style of Van Gogh", size="128x96")
    assert (only(job)["width"], only(job)["height"]) == (128, 96)


@needs("faces")
def test_a_picture_without_a_face_says_so_and_costs_nothing(client: httpx.Client, picture: str) -> None:
    job = make(client, model="face-mesh", image=picture, references=[picture])
    assert (job["state"], job["cost"]) == ("failed", 0)
    assert "no face" in job["failure"]["message"]


def test_music_is_as_long_as_asked(client: httpx.Client) -> None:
    job = make(client, model="composer-music", prompt="rain", seconds=1.5, format="wav")
    output = only(job)
    assert output["duration"] == pytest.approx(1.5, abs=0.01)
    assert job["cost"] == 1


@needs("voice", "hearing", "denoise")
def test_what_is_said_is_cleaned_and_heard(client: httpx.Client) -> None:
    spoken = only(make(client, model="kokoro", prompt="The lighthouse stands on a rock.", voice="nova", format="wav"))
    sound = data(httpx.get(spoken["url"]).content, "audio/wav")
    cleaned = only(make(client, model="denoise", audio=sound))
    assert cleaned["duration"] == pytest.approx(spoken["duration"], abs=0.01)
    heard = only(make(client, model="whisper-base", audio=data(httpx.get(cleaned["url"]).content, cleaned["mime"])))
    assert "lighthouse" in httpx.get(heard["url"]).json()["text"].lower()


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"model": "span"}, "image"),
        ({"model": "rife"}, "video"),
        ({"model": "denoise"}, "audio"),
        ({"model": "face-mesh", "image": "PICTURE"}, "references"),
        ({"model": "span", "image": "PICTURE", "options": {"scale": 5}}, "options"),
        ({"model": "span", "image": "PICTURE", "options": {"sclae": 2}}, "options"),
        ({"model": "rife", "video": "PICTURE"}, "video"),
        ({"model": "span", "image": "CLIP"}, "image"),
        ({"model": "composer-music", "prompt": "x", "seconds": 1000}, "seconds"),
        ({"model": "composer-music", "prompt": "x", "format": "mp5"}, "format"),
        ({"model": "kokoro", "prompt": "x", "voice": "nobody"}, "voice"),
        ({"model": "gpt-4o", "prompt": "x"}, "model"),
    ],
)
def test_what_is_wrong_is_named(
    client: httpx.Client, picture: str, clip: str, body: dict[str, Any], field: str
) -> None:
    given = {
        name: {"PICTURE": picture, "CLIP": clip}.get(value, value) if isinstance(value, str) else value
        for name, value in body.items()
    }
    answer = client.post("/rushes/v1/generations", json=given)
    assert answer.status_code == 400, answer.text
    assert answer.json()["error"]["field"] == field
