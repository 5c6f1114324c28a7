"""What the xpilot API refuses: every field's limits, its codes, 30 requests a minute."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.conformance.speaking import XPILOT, refused
from tests.conformance.tools import example
from tests.conformance.web import Web
from tests.e2e.server import Server

VIDEO = {"model": "seedance-2.0/text-to-video", "prompt": "a cat", "duration": 8}
IMAGE = {"model": "bytedance/seedream-4.5", "prompt": "a cat"}
TEXT = {"prompt": "a tweet"}
TO_VIDEO = {"model": "seedance-2.0/image-to-video"}
EDIT = {"model": "wavespeed-ai/flux-kontext-pro"}
COUNTED = [
    ("GET", "/api/v1/models", None),
    ("GET", "/api/v1/video/job_x", None),
    ("POST", "/api/v1/video/generate", VIDEO),
    ("POST", "/api/v1/video/generate", {}),
    ("POST", "/api/v1/image/generate", {}),
    ("POST", "/api/v1/text/generate", {}),
]


@pytest.fixture(scope="module")
def client(idle: Server) -> httpx.Client:
    return idle.client(idle.key("xpilot-refusals@example.com", dialect="xpilot"))


def refuse(client: httpx.Client, path: str, body: dict[str, Any], code: str = "INVALID_PARAMS") -> str:
    answer = client.post(f"/api/v1/{path}/generate", json=body)
    assert answer.status_code == 400, answer.text
    word, message = XPILOT.reads(answer.json())
    assert word == code
    return message


@pytest.mark.parametrize("path", ["video", "image", "text"])
@pytest.mark.parametrize("prompt", [{}, {"prompt": ""}, {"prompt": " \n"}], ids=["missing", "empty", "blank"])
def test_a_prompt_is_required(client: httpx.Client, path: str, prompt: dict[str, str]) -> None:
    assert refuse(client, path, {"model": "no-such-model", **prompt}) == "prompt is required"


@pytest.mark.parametrize("path", ["video", "image"])
@pytest.mark.parametrize("model", [{}, {"model": ""}, {"model": "  "}], ids=["missing", "empty", "blank"])
def test_a_model_is_required(client: httpx.Client, path: str, model: dict[str, str]) -> None:
    assert refuse(client, path, {"prompt": "a cat", **model}) == "model is required"


@pytest.mark.parametrize("path", ["video", "image"])
@pytest.mark.parametrize("model", ["no-such-model", "openai/gpt-4o"])
def test_unknown_models(client: httpx.Client, path: str, model: str) -> None:
    assert refuse(client, path, {"model": model, "prompt": "a cat"}, "INVALID_MODEL") == f"Invalid model: {model}"


def test_a_model_of_the_other_kind_is_unknown(client: httpx.Client) -> None:
    assert "seedream" in refuse(client, "video", {**VIDEO, "model": IMAGE["model"]}, "INVALID_MODEL")
    assert "seedance" in refuse(client, "image", {**IMAGE, "model": VIDEO["model"]}, "INVALID_MODEL")


@pytest.mark.parametrize(
    ("path", "base", "change", "field"),
    [
        ("video", VIDEO, {"model": 5}, "model"),
        ("video", VIDEO, {"model": ["x"]}, "model"),
        ("video", VIDEO, {"prompt": 5}, "prompt"),
        ("video", VIDEO, {"prompt": "x" * 2501}, "prompt"),
        ("video", VIDEO, {"duration": "8"}, "duration"),
        ("video", VIDEO, {"duration": True}, "duration"),
        ("video", VIDEO, {"duration": 5}, "duration"),
        ("video", VIDEO, {"duration": 0}, "duration"),
        ("video", VIDEO, {"duration": -8}, "duration"),
        ("video", VIDEO, {"duration": 16}, "duration"),
        ("video", VIDEO, {"duration": 1e300}, "duration"),
        ("video", VIDEO, {"model": "kwaivgi/kling-video-o3-std/text-to-video", "duration": 4.5}, "duration"),
        ("video", VIDEO, {"aspect_ratio": "5:4"}, "aspect_ratio"),
        ("video", VIDEO, {"aspect_ratio": ""}, "aspect_ratio"),
        ("video", VIDEO, {"aspect_ratio": 1.5}, "aspect_ratio"),
        ("video", VIDEO, {"image_url": 7}, "image_url"),
        ("video", VIDEO, {"image_url": ["x"]}, "image_url"),
        ("video", VIDEO, {"generate_audio": "yes"}, "generate_audio"),
        ("video", VIDEO, {"generate_audio": 1}, "generate_audio"),
        ("video", VIDEO, {"lock_camera": "no"}, "lock_camera"),
        ("video", VIDEO, {"lock_camera": 0}, "lock_camera"),
        ("video", VIDEO, TO_VIDEO, "image_url"),
        ("video", VIDEO, {**TO_VIDEO, "image_url": ""}, "image_url"),
        ("image", IMAGE, {"model": 5}, "model"),
        ("image", IMAGE, {"prompt": {}}, "prompt"),
        ("image", IMAGE, {"prompt": "x" * 5001}, "prompt"),
        ("image", IMAGE, {"aspect_ratio": "1:9"}, "aspect_ratio"),
        ("image", IMAGE, {"aspect_ratio": 1}, "aspect_ratio"),
        ("image", IMAGE, {"mode": "t2v"}, "mode"),
        ("image", IMAGE, {"mode": 1}, "mode"),
        ("image", IMAGE, {"mode": "i2i"}, "image_url"),
        ("image", IMAGE, {"mode": "i2i_text"}, "image_url"),
        ("image", IMAGE, {"image_url": 7}, "image_url"),
        ("image", IMAGE, {"image_urls": "x"}, "image_urls"),
        ("image", IMAGE, {"image_urls": [7]}, "image_urls"),
        ("image", IMAGE, {"image_urls": ["http://127.0.0.1/a.png"] * 9}, "image_urls"),
        ("image", IMAGE, EDIT, "image_url"),
        ("image", IMAGE, {**EDIT, "mode": "t2i"}, "mode"),
        ("text", TEXT, {"model": 5}, "model"),
        ("text", TEXT, {"prompt": 5}, "prompt"),
        ("text", TEXT, {"system": 5}, "system"),
        ("text", TEXT, {"max_tokens": 0}, "max_tokens"),
        ("text", TEXT, {"max_tokens": 32_001}, "max_tokens"),
        ("text", TEXT, {"max_tokens": "280"}, "max_tokens"),
        ("text", TEXT, {"max_tokens": 1.5}, "max_tokens"),
        ("text", TEXT, {"max_tokens": True}, "max_tokens"),
        ("text", TEXT, {"temperature": -0.1}, "temperature"),
        ("text", TEXT, {"temperature": 2.1}, "temperature"),
        ("text", TEXT, {"temperature": "0.7"}, "temperature"),
    ],
)
def test_wrong_fields(
    client: httpx.Client, path: str, base: dict[str, Any], change: dict[str, Any], field: str
) -> None:
    assert refuse(client, path, {**base, **change}).startswith((f"{field}: ", f"{field}["))


def test_modes_are_refused_in_the_documents_words(client: httpx.Client) -> None:
    message = refuse(client, "image", {**IMAGE, **EDIT, "mode": "t2i"})
    assert message == "mode: wavespeed-ai/flux-kontext-pro does only i2i, i2i_text"


def test_what_a_word_may_be_is_said(client: httpx.Client) -> None:
    assert refuse(client, "image", {**IMAGE, "mode": "t2v"}) == "mode: must be one of t2i, i2i, i2i_text"
    answer = client.get("/api/v1/video/job_x", params={"provider": "other"})
    assert refused(XPILOT, answer, 400) == "provider: must be one of wavespeed, seedance"


def test_null_is_the_default(client: httpx.Client) -> None:
    optional = ["duration", "aspect_ratio", "image_url", "generate_audio", "lock_camera"]
    answer = client.post("/api/v1/video/generate", json={**VIDEO, **dict.fromkeys(optional)})
    assert answer.status_code == 200, answer.text


def test_pictures_of_more_than_ten_megabytes(client: httpx.Client, web: Web) -> None:
    url = web.put("/large.png", web.files["/head.jpg"], declared=10_000_001)
    assert "10000000" in refuse(client, "video", {**VIDEO, **TO_VIDEO, "image_url": url})


def test_401_is_the_documents_own(idle: Server) -> None:
    with idle.client() as nobody:
        assert nobody.get("/api/v1/models").json() == json.loads(example("xpilot/error.json"))


def test_no_engine_is_a_500_that_costs_nothing(bare: Server, balance: Callable[[Server, str], int]) -> None:
    key = bare.key("xpilot-bare@example.com", tier="free")
    with bare.client(key) as client:
        for path, body in (("video", VIDEO), ("image", IMAGE), ("text", TEXT)):
            answer = client.post(f"/api/v1/{path}/generate", json=body)
            assert answer.status_code == 500
            word, message = XPILOT.reads(answer.json())
            assert (word, "unavailable" in message) == ("GENERATION_FAILED", True)
    assert balance(bare, key) == 100_000


class TestThirtyRequestsAMinute:
    def test_every_call_of_a_key_is_counted(self, idle: Server) -> None:
        keys = [idle.key("xpilot-limited@example.com", tier="free", dialect="xpilot") for _ in range(2)]
        with idle.client(keys[0]) as client, idle.client(keys[1]) as other:
            answers = [client.request(method, path, json=body) for method, path, body in COUNTED * 5]
            assert {answer.status_code for answer in answers} == {200, 400, 404}
            assert not [name for answer in answers for name in answer.headers if "rate" in name or "retry" in name]
            for method, path, body in COUNTED:
                answer = client.request(method, path, json=body)
                assert refused(XPILOT, answer, 429) == "Rate limit exceeded"
                assert (answer.headers["x-ratelimit-limit"], answer.headers["x-ratelimit-remaining"]) == ("30", "0")
                assert 1 <= int(answer.headers["retry-after"]) <= 60
            # For each key by itself, and not for those who have none; other dialects have limits of their own.
            assert other.get("/api/v1/models").status_code == 200
            assert client.get("/v1/account").status_code == 200
            wrong = client.get("/api/v1/models", headers={"Authorization": "Bearer xp_wrong"})
            assert wrong.status_code == 401

    def test_bad_keys_are_never_limited(self, idle: Server) -> None:
        with idle.client("xp_" + "0" * 64) as client:
            assert {client.get("/api/v1/models").status_code for _ in range(35)} == {401}

    def test_an_idempotent_request_is_counted_once(self, idle: Server) -> None:
        with idle.client(idle.key("xpilot-once@example.com", tier="free")) as client:
            for number in range(30):
                headers = {"Idempotency-Key": f"counted-{number % 3}"}
                assert client.post("/api/v1/video/generate", json=VIDEO, headers=headers).status_code == 200
            assert client.post("/api/v1/video/generate", json=VIDEO, headers=headers).status_code == 429
