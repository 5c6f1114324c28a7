"""The models that the xpilot document and its server list, with their prices."""

from __future__ import annotations

import re

import httpx
import pytest

from tests.e2e.server import Server

MODELS_VIDEO = [  # id, tier, price, durations, audio, lock
    ("wavespeed-ai/wan-2.2/t2v-480p-ultra-fast", "fast", 25, [5, 8], False, False),
    ("wavespeed-ai/wan-2.2/t2v-720p", "standard", 150, [5, 8], False, False),
    ("alibaba/wan-2.6/text-to-video", "standard", 200, [5, 10, 15], True, False),
    ("bytedance/seedance-v1.5-pro/text-to-video", "premium", 250, None, True, False),
    ("kwaivgi/kling-video-o3-std/text-to-video", "premium", 300, None, False, False),
    ("seedance-2.0/text-to-video", "premium", 300, [4, 8, 12], True, True),
    ("wavespeed-ai/wan-2.2/i2v-480p-ultra-fast", "fast", 25, [5, 8], False, False),
    ("wavespeed-ai/wan-2.2/i2v-720p", "standard", 150, [5, 8], False, False),
    ("bytedance/seedance-v1.5-pro/image-to-video", "premium", 250, None, True, False),
    ("seedance-2.0/image-to-video", "premium", 300, [4, 8, 12], True, True),
]
MODELS_IMAGE = [  # id, price
    ("bytedance/seedream-4.5", 5),
    ("bytedance/seedream-v4", 20),
    ("bytedance/dreamina-v3.1/text-to-image", 30),
    ("wavespeed-ai/qwen-image/text-to-image", 25),
    ("alibaba/wan-2.6/text-to-image", 40),
    ("wavespeed-ai/uno", 25),
    ("wavespeed-ai/real-esrgan", 25),
    ("wavespeed-ai/flux-kontext-pro", 40),
    ("wavespeed-ai/flux-kontext-pro/multi", 40),
]
MODELS_TEXT = [
    "openai/gpt-4o",
    "openai/gpt-4o-mini",
    "openai/gpt-5",
    "anthropic/claude-sonnet-4",
    "anthropic/claude-3.5-haiku",
    "google/gemini-2.5-flash",
    "google/gemini-2.5-pro",
    "xai/grok-3",
    "xai/grok-3-mini",
    "mistral/mistral-small",
    "mistral/mistral-medium",
]


@pytest.fixture(scope="module")
def client(idle: Server) -> httpx.Client:
    return idle.client(idle.key("xpilot-models@example.com", dialect="xpilot"))


def test_every_video_model_in_the_documents_order(client: httpx.Client) -> None:
    listed = client.get("/api/v1/models").json()["models"]["video"][: len(MODELS_VIDEO)]
    assert [
        (
            model["id"],
            model["tier"],
            model["cost_cents_per_5s"],
            model.get("durations"),
            model["supports_audio"],
            model["supports_lock_camera"],
        )
        for model in listed
    ] == MODELS_VIDEO
    for model in listed:
        assert model["provider"] == ("seedance" if model["id"].startswith("seedance-2.0/") else "wavespeed")
        assert model["mode"] == ("image-to-video" if re.search("i2v|image-to", model["id"]) else "text-to-video")


def test_every_image_and_text_model(client: httpx.Client) -> None:
    models = client.get("/api/v1/models").json()["models"]
    images = [(model["id"], model["cost_cents"]) for model in models["image"]]
    assert images[: len(MODELS_IMAGE)] == MODELS_IMAGE
    texts = [model["id"] for model in models["text"]]
    assert texts[: len(MODELS_TEXT)] == MODELS_TEXT
    assert all(model["label"] and model["provider"] and model["description"] for model in models["text"])


def test_the_rest_of_the_catalogue_is_there_too(client: httpx.Client) -> None:
    models = client.get("/api/v1/models").json()["models"]
    everything = client.get("/rushes/v1/models").json()["models"]
    for kind in ("video", "image"):
        # What only changes a clip or a picture has no place in this API.
        makes = {f"text-to-{kind}", "image-to-video" if kind == "video" else "image-to-image"}
        expected = {model["id"] for model in everything if makes & set(model["modes"])}
        assert {model["id"] for model in models[kind]} == expected
    assert "span" not in str(models)


@pytest.mark.parametrize(("model", "price"), [(row[0], row[2]) for row in MODELS_VIDEO[:6]])
def test_a_call_costs_the_same_whatever_its_length(client: httpx.Client, model: str, price: int) -> None:
    lengths = {"alibaba/wan-2.6/text-to-video": (5, 15), "kwaivgi/kling-video-o3-std/text-to-video": (3, 15)}
    for seconds in lengths.get(model, (8,)):
        body = {"model": model, "prompt": "a cat", "duration": seconds}
        before = client.get("/v1/account").json()["balance_cents"]
        answer = client.post("/api/v1/video/generate", json=body).json()
        assert (answer["cost_cents"], answer["remaining_credits_cents"]) == (price, before - price)
