"""The catalogue over HTTP, and the promise that a quote is what is charged."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from rushes.catalog import load_catalog
from rushes.media.sound import SoundWriter
from tests.catalog.test_studio_models import DOCUMENT, IMAGES
from tests.conformance.web import clip
from tests.e2e.server import Server

CATALOG = load_catalog()


@pytest.fixture(scope="module")
def idle(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that accepts jobs and makes nothing."""
    server = Server(tmp_path_factory.mktemp("models") / "home", text_model="off")
    server.home.mkdir()
    yield server.start("--no-worker")
    server.close()


@pytest.fixture(scope="module")
def client(idle: Server) -> Iterator[httpx.Client]:
    with idle.client(idle.key("models@example.com", dialect="studio", credits=10**9)) as client:
        yield client


def data_url(mime: str, content: bytes) -> str:
    return f"data:{mime};base64,{base64.b64encode(content).decode()}"


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """An input of every kind, by its field."""
    picture, sound = io.BytesIO(), tmp_path_factory.mktemp("sound") / "a.wav"
    Image.new("RGB", (64, 64), (90, 120, 30)).save(picture, "PNG")
    with SoundWriter(sound, "wav", rate=16_000) as writer:
        writer.write(np.zeros(16_000, np.float32))
    image = data_url("image/png", picture.getvalue())
    return {
        "image_filename": image,
        "end_image": image,
        "video_filename": data_url("video/mp4", clip(128, 72, 1)),
        "audio_filename": data_url("audio/wav", sound.read_bytes()),
    }


def test_every_video_model_is_listed(client: httpx.Client) -> None:
    models = {model["id"]: model for model in client.get("/api/models").json()["models"]}
    assert list(models)[:2] == ["wan-t2v", "ltx-t2v"]
    assert set(models) == {*DOCUMENT, "v2v"}
    wan = models["wan-t2v"]
    assert wan["name"] == "WAN 2.2"
    assert wan["description"] == "Rich cinematic visuals, longer videos"
    assert (wan["type"], wan["available"]) == ("text-to-video", "draft")
    assert wan["defaults"] == {
        "seed": -1, "width": 832, "height": 480, "frames": 81, "seconds": 3.375, "frame_rate": 24, "steps": 4,
        "cfg": 1.0, "sampler": "euler", "scheduler": "simple", "shift": 5.0,
    }  # fmt: skip
    assert wan["limits"]["frames"] == {"min": 5, "max": 999}
    assert {"sa_solver", "euler", "dpmpp_2m"} <= set(wan["limits"]["samplers"]), "the document's examples"
    assert {"beta", "normal", "karras"} <= set(wan["limits"]["schedulers"])
    assert wan["cost"] == {"base": 10.0, "per_frame": 0.2, "per_step": 0.5, "example": 29}
    assert models["v2v"]["cost"] == {
        "base": 3.0,
        "per_frame": 0.0,
        "per_step": 0.0,
        "example": 3,
        "block_seconds": 10.0,
    }
    assert "steps" not in models["liveportrait"]["limits"]
    assert models["hunyuan3d"]["available"] == "no", "nothing here makes meshes, and nothing pretends to"
    drafts = {name for name, model in models.items() if model["available"] == "draft"}
    assert drafts == set(models) - {"hunyuan3d"}
    for name, (base, frame, step, _) in DOCUMENT.items():
        cost = models[name]["cost"]
        assert (cost["base"], cost["per_frame"], cost["per_step"]) == (base, float(frame), float(step))


def test_every_image_model_is_listed(client: httpx.Client) -> None:
    models = client.get("/api/image-models").json()["models"]
    assert {model["id"]: model["credit_cost"] for model in models} == IMAGES
    assert models[0]["name"] == "Stable Diffusion 1.5"
    assert models[0]["defaults"]["width"] == 512
    assert models[3]["type"] == "image-to-image"


@pytest.mark.parametrize("path", ["/api/models", "/api/image-models", "/api/generation-cost?model=wan-t2v"])
def test_a_key_is_needed(idle: Server, path: str) -> None:
    answer = idle.client().get(path)
    assert answer.status_code == 401
    assert answer.json()["error"]


@pytest.mark.parametrize("name", DOCUMENT)
def test_the_document_s_quote(client: httpx.Client, name: str) -> None:
    answer = client.get("/api/generation-cost", params={"model": name, "frames": 41, "steps": 4})
    assert answer.status_code == 200
    assert answer.json()["cost"] == DOCUMENT[name][3]
    assert answer.json()["required_tier"] is None


def test_a_quote_of_defaults_and_of_other_kinds(client: httpx.Client) -> None:
    quote = client.get("/api/generation-cost").json()
    assert (quote["model"], quote["frames"], quote["steps"], quote["cost"]) == ("wan-t2v", 81, 4, 29)
    clip_of = {"model": "v2v", "seconds": 20.5}
    assert client.get("/api/generation-cost", params=clip_of).json()["cost"] == 9
    assert client.get("/api/generation-cost", params={"model": "flux-dev", "count": 3}).json()["cost"] == 24


@pytest.mark.parametrize(
    ("query", "field"),
    [({"model": "nothing"}, "model"), ({"model": "gpt-4o"}, "model"), ({"model": "upscale"}, "model"),
     ({"model": "edit"}, "model"), ({"frames": "many"}, "frames"),
     ({"frames": "0"}, "frames"), ({"steps": "1000"}, "steps"), ({"frame_rate": "61"}, "frame_rate"),
     ({"count": "0"}, "count"), ({"seconds": "nan"}, "seconds"), ({"width": "33"}, "size")],
)  # fmt: skip
def test_a_quote_of_what_cannot_be_made(client: httpx.Client, query: dict[str, str], field: str) -> None:
    answer = client.get("/api/generation-cost", params=query)
    assert answer.status_code == 400, answer.text
    assert answer.json()["field"] == field


@pytest.mark.parametrize(
    ("tier", "query", "required"),
    [("free", {}, None), ("free", {"frames": 82}, "starter"), ("free", {"width": 1280, "height": 720}, "starter"),
     ("free", {"width": 480, "height": 832}, None), ("starter", {"frames": 122}, "creator"),
     ("starter", {"width": 1920, "height": 1080, "frames": 121}, None),
     ("starter", {"model": "ltx-quality", "width": 3840, "height": 2160}, "creator"),
     ("creator", {"frames": 202}, "pro"), ("pro", {"frames": 302}, "enterprise"), ("studio", {"frames": 301}, None),
     ("enterprise", {"frames": 999}, None), ("free", {"model": "flux", "width": 1024, "height": 1024}, None)],
)  # fmt: skip
def test_a_quote_says_which_tier_it_needs(idle: Server, tier: str, query: dict[str, Any], required: str | None) -> None:
    key = idle.key(f"{tier}@example.com", dialect="studio", tier=tier)
    with idle.client(key) as client:
        quote = client.get("/api/generation-cost", params=query).json()
        assert quote["required_tier"] == required
        if "model" in query:
            return
        answer = client.post("/api/generate", json={"prompt": "a fox", **query})
    if required is None:
        assert answer.status_code == 200, answer.text
        assert answer.json()["credits_charged"] == quote["cost"]
    else:
        assert answer.status_code == 403
        assert (answer.json()["required_tier"], answer.json()["current_tier"]) == (required, tier)


_WISHES = st.fixed_dictionaries(
    {"model": st.sampled_from([name for name in DOCUMENT if name != "hunyuan3d"])},
    optional={
        "frames": st.integers(-5, 1005),
        "steps": st.integers(-1, 102),
        "width": st.sampled_from([480, 640, 831, 1280, 1920]),
        "height": st.sampled_from([480, 720, 1080]),
        "frame_rate": st.integers(0, 61),
    },
)


@given(wish=_WISHES)
@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_quote_is_the_charge(client: httpx.Client, inputs: dict[str, str], wish: dict[str, Any]) -> None:
    quote = client.get("/api/generation-cost", params=wish)
    answer = client.post("/api/generate", json={"prompt": "a fox", **wish, **_needed(wish["model"], inputs)})
    assert answer.status_code == quote.status_code
    if answer.status_code == 200:
        assert answer.json()["credits_charged"] == quote.json()["cost"]
    else:
        assert quote.status_code == 400
        assert quote.json() == answer.json()


def _needed(model: str, inputs: dict[str, str]) -> dict[str, str]:
    fields = {
        "image-to-video": ("image_filename",),
        "reference-to-video": ("image_filename",),
        "first-last-frame": ("image_filename", "end_image"),
        "sound-to-video": ("image_filename", "audio_filename"),
        "motion-transfer": ("image_filename", "video_filename"),
    }
    return {name: inputs[name] for name in fields.get(CATALOG.models[model].modes[0], ())}


@given(model=st.sampled_from(sorted(IMAGES)), count=st.integers(1, 8), steps=st.integers(1, 100))
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_quote_of_images_is_the_charge(
    client: httpx.Client, inputs: dict[str, str], model: str, count: int, steps: int
) -> None:
    wish = {"model": model, "count": count, "steps": steps}
    quote = client.get("/api/generation-cost", params=wish).json()
    image = {"image_filename": inputs["image_filename"]} if model == "flux-edit" else {}
    answer = client.post("/api/generate-image", json={"prompt": "a fox", **wish, **image})
    assert answer.status_code == 200, answer.text
    assert answer.json()["credits_charged"] == quote["cost"] == IMAGES[model] * count


def test_a_clip_is_charged_as_quoted(client: httpx.Client, inputs: dict[str, str], tmp_path: Path) -> None:
    for seconds, cost in ((1, 3), (11, 6)):
        path = tmp_path / f"{seconds}.mp4"
        path.write_bytes(clip(64, 64, seconds))
        quote = client.get("/api/generation-cost", params={"model": "v2v", "seconds": seconds}).json()["cost"]
        body = {"video_filename": data_url("video/mp4", path.read_bytes()), "prompt": "a cartoon"}
        answer = client.post("/api/generate-v2v", json=body)
        assert answer.status_code == 200, answer.text
        assert answer.json()["credits_charged"] == quote == cost


def test_what_nothing_here_makes_is_refused_and_free(client: httpx.Client) -> None:
    answer = client.post("/api/generate", json={"model": "hunyuan3d", "prompt": "a chair", "steps": 4})
    assert answer.status_code == 503
    assert "hunyuan3d" in answer.json()["error"]
