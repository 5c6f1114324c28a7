"""The apixo document's examples, limits and callbacks, against real server processes."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from rushes.accounts import load_tiers
from rushes.media.probe import probe
from tests.conformance.speaking import APIXO, refused
from tests.conformance.tools import assert_like, curl, example
from tests.conformance.web import Web
from tests.e2e.server import Server, wait_for

HOST = "https://api.apixo.ai"
MODEL = "seedance-1-5-pro"
CREATE, STATUS = f"/api/v1/generateTask/{MODEL}", f"/api/v1/statusTask/{MODEL}"
TEXT = {"mode": "text-to-video", "prompt": "a calm seaside sunrise", "duration": 4}


@pytest.fixture(scope="module")
def key(idle: Server) -> str:
    return idle.key("apixo@example.com", dialect="apixo")


@pytest.fixture(scope="module")
def client(idle: Server, key: str) -> httpx.Client:
    return idle.client(key)


@pytest.fixture(scope="module")
def working_key(server: Server) -> str:
    return server.key("apixo@example.com", dialect="apixo")


def create(client: httpx.Client, given: dict[str, Any], model: str = MODEL, **body: Any) -> str:
    answer = client.post(f"/api/v1/generateTask/{model}", json={"input": {**TEXT, **given}, **body})
    assert answer.status_code == 200, answer.text
    return str(answer.json()["data"]["taskId"])


def look(client: httpx.Client, task: str) -> dict[str, Any]:
    answer = client.get(STATUS, params={"taskId": task})
    assert answer.status_code == 200, answer.text
    result: dict[str, Any] = answer.json()
    assert (result["code"], result["message"]) == (200, "success")
    return result


def ended(client: httpx.Client, task: str) -> dict[str, Any]:
    """The status envelope once the task is over."""

    def over() -> dict[str, Any] | None:
        answer = look(client, task)
        return answer if answer["data"]["state"] in ("success", "failed") else None

    result: dict[str, Any] = wait_for(over, 90)
    return result


def kept(client: httpx.Client, task: str) -> dict[str, Any]:
    found: dict[str, Any] = client.get(f"/rushes/v1/generations/{task}").json()
    return found


class TestExamples:
    """The document's examples; only host, key, ids and the addresses of files are replaced."""

    def test_text_to_video(self, idle: Server, key: str, client: httpx.Client, tmp_path: Path) -> None:
        script = example("apixo/text_to_video.sh", (HOST, idle.url), ("YOUR_API_KEY", key))
        answer = curl(script, tmp_path)
        assert_like(json.loads(example("apixo/created.json")), answer)
        assert (answer["code"], answer["message"]) == (200, "success")
        task = answer["data"]["taskId"]
        made = kept(client, task)
        assert (made["mode"], made["seconds"], made["sound"]) == ("text-to-video", 8, True)
        assert (made["width"], made["height"], made["quote"]) == (1280, 720, 48)
        status = curl(
            example("apixo/status.sh", (HOST, idle.url), ("YOUR_API_KEY", key), ("task_12345678", task)), tmp_path
        )
        assert (status["data"]["taskId"], status["data"]["state"]) == (task, "pending")
        assert abs(status["data"]["createTime"] / 1000 - time.time()) < 60
        assert not {"resultJson", "failCode", "failMsg", "completeTime", "costTime"} & set(status["data"])

    def test_the_request_body(self, client: httpx.Client) -> None:
        body = json.loads(example("apixo/request_body.json"))
        answer = client.post(CREATE, json=body).json()
        assert_like(json.loads(example("apixo/created.json")), answer)
        # A callback and pictures that its request_type and mode have no use for: said, not done.
        told = {warning.partition(":")[0] for warning in answer["data"]["warnings"]}
        assert told == {"callback_url", "input.image_urls"}

    def test_image_to_video_with_end_frame_and_callback(
        self, server: Server, working_key: str, web: Web, tmp_path: Path
    ) -> None:
        script = example(
            "apixo/image_to_video.sh",
            (HOST, server.url),
            ("YOUR_API_KEY", working_key),
            ("https://your-server.com/callback", web.at("/callback")),
            ("https://example.com", web.url),
        )
        task = curl(script, tmp_path)["data"]["taskId"]
        with server.client(working_key) as client:
            status = ended(client, task)
            made = kept(client, task)
        assert (made["mode"], made["width"], made["height"], made["quote"]) == ("first-last-frame", 480, 480, 12)
        data = status["data"]
        assert_like(json.loads(example("apixo/success.json")), status)
        assert data["state"] == "success"
        assert data["costTime"] == data["completeTime"] - data["createTime"] > 0
        assert data["createTime"] > 1_600_000_000_000
        [url] = json.loads(data["resultJson"])["resultUrls"]
        (tmp_path / "video.mp4").write_bytes(httpx.get(url).content)
        video = probe(tmp_path / "video.mp4")
        assert (video.width, video.height, video.audio_codec) == (480, 480, "")
        assert video.duration == pytest.approx(4, abs=0.1)
        # "Result URLs are valid for 15 days."
        assert abs(int(parse_qs(urlsplit(url).query)["expires"][0]) - time.time() - 15 * 86_400) < 300
        # The callback is what a statusTask answers.
        assert wait_for(lambda: web.received.get("/callback"), 20) == [status]


class TestParameters:
    def test_defaults(self, client: httpx.Client) -> None:
        made = kept(client, create(client, {"duration": None}))
        assert (made["width"], made["height"], made["seconds"], made["sound"]) == (720, 720, 4, False)

    @pytest.mark.parametrize(
        ("ratio", "size"),
        [("1:1", (480, 480)), ("16:9", (854, 480)), ("9:16", (480, 854)), ("21:9", (1120, 480))],
    )
    def test_the_four_ratios(self, client: httpx.Client, ratio: str, size: tuple[int, int]) -> None:
        made = kept(client, create(client, {"aspect_ratio": ratio, "resolution": "480p"}))
        assert (made["width"], made["height"]) == size

    @pytest.mark.parametrize(
        ("resolution", "duration", "price"),
        [("480p", 4, 12), ("480p", 8, 24), ("480p", 12, 36), ("720p", 4, 24), ("720p", 8, 48), ("720p", 12, 72)],
    )
    def test_billed_per_second(self, client: httpx.Client, resolution: str, duration: int, price: int) -> None:
        before = client.get("/api/v1/apikeys/current-balance").json()
        create(client, {"resolution": resolution, "duration": duration})
        after = client.get("/api/v1/apikeys/current-balance").json()
        assert (after["code"], after["message"]) == (200, "success")
        assert round(before["data"] * 100) - round(after["data"] * 100) == price

    def test_sound_and_fixed_lens(self, client: httpx.Client) -> None:
        assert kept(client, create(client, {"sound": True, "fixed_lens": True}))["sound"] is True

    @pytest.mark.parametrize(("images", "mode"), [(1, "image-to-video"), (2, "first-last-frame")])
    def test_one_picture_begins_a_second_one_ends(self, client: httpx.Client, web: Web, images: int, mode: str) -> None:
        urls = [web.at("/head.jpg"), web.at("/tail.jpg")][:images]
        assert kept(client, create(client, {"mode": "image-to-video", "image_urls": urls}))["mode"] == mode

    def test_a_picture_of_ten_megabytes(self, client: httpx.Client, web: Web) -> None:
        url = web.put("/ten.png", web.files["/head.jpg"].ljust(10 * 1024 * 1024, b"\0"))
        task = create(client, {"mode": "image-to-video", "image_urls": [url]})
        assert look(client, task)["data"]["state"] == "pending"

    def test_what_a_real_client_sends(self, client: httpx.Client) -> None:
        """No provider, no aspect_ratio, and a `source` of its own."""
        body = {
            "request_type": "async",
            "source": "mcp",
            "input": {"mode": "text-to-video", "prompt": "x", "resolution": "720p", "duration": 8, "sound": True},
        }
        answer = client.post(CREATE, json=body).json()
        assert answer["data"]["warnings"] == ["source: ignored"]

    def test_unknown_fields_of_the_input_are_told(self, client: httpx.Client) -> None:
        answer = client.post(CREATE, json={"input": {**TEXT, "camera_fixed": True}}).json()
        assert answer["data"]["warnings"] == ["input.camera_fixed: ignored"]

    def test_null_is_the_default(self, client: httpx.Client) -> None:
        optional = ["resolution", "duration", "sound", "aspect_ratio", "fixed_lens", "image_urls", "mode"]
        body = {"input": {**TEXT, **dict.fromkeys(optional)}, "request_type": None, "callback_url": None}
        assert client.post(CREATE, json={**body, "provider": None}).status_code == 200

    @pytest.mark.parametrize("model", ["videos", "seedance-2.0/text-to-video", "composer", "bytedance/seedream-4.5"])
    def test_every_model_under_its_own_name(self, client: httpx.Client, model: str) -> None:
        answer = client.post(f"/api/v1/generateTask/{model}", json={"input": {"prompt": "a cat"}})
        assert answer.status_code == 200, answer.text
        task = answer.json()["data"]["taskId"]
        assert kept(client, task)["model"] == model
        status = client.get(f"/api/v1/statusTask/{model}", params={"taskId": task})
        assert status.json()["data"]["state"] == "pending"


class TestRefusals:
    @pytest.mark.parametrize(
        ("change", "field"),
        [
            ({"prompt": ""}, "prompt"),
            ({"prompt": " "}, "prompt"),
            ({"prompt": 5}, "prompt"),
            ({"prompt": None}, "prompt"),
            ({"prompt": "x" * 2501}, "prompt"),
            ({"mode": "video-to-text"}, "mode"),
            ({"mode": "first-last-frame"}, "mode"),
            ({"mode": 5}, "mode"),
            ({"mode": "image-to-video"}, "image_urls"),
            ({"mode": "image-to-video", "image_urls": []}, "image_urls"),
            ({"mode": "image-to-video", "image_urls": ["a", "b", "c"]}, "image_urls"),
            ({"mode": "image-to-video", "image_urls": [5]}, "image_urls"),
            ({"mode": "image-to-video", "image_urls": "a"}, "image_urls"),
            ({"resolution": "1080p"}, "resolution"),
            ({"resolution": 720}, "resolution"),
            ({"duration": 5}, "duration"),
            ({"duration": 0}, "duration"),
            ({"duration": 16}, "duration"),
            ({"duration": "8"}, "duration"),
            ({"duration": True}, "duration"),
            ({"sound": "yes"}, "sound"),
            ({"sound": 1}, "sound"),
            ({"aspect_ratio": "4:3"}, "aspect_ratio"),
            ({"aspect_ratio": ""}, "aspect_ratio"),
            ({"aspect_ratio": 1}, "aspect_ratio"),
            ({"fixed_lens": "no"}, "fixed_lens"),
            ({"seed": "x"}, "seed"),
            ({"seed": -5}, "seed"),
            ({"negative_prompt": 5}, "negative_prompt"),
        ],
    )
    def test_wrong_inputs(self, client: httpx.Client, change: dict[str, Any], field: str) -> None:
        answer = client.post(CREATE, json={"input": {**TEXT, **change}})
        assert answer.status_code == 400
        assert (answer.json()["code"], answer.json()["message"]) == (400, "Invalid request")
        said = answer.json()["data"]["error"]
        assert re.match(rf"(Missing required field: )?input\.{field}(\[\d+\]|\[\.\.\.\])?(: .+)?$", said)

    @pytest.mark.parametrize(
        ("body", "field"),
        [
            ({}, "input"),
            ({"input": {"mode": "text-to-video"}}, "input.prompt"),
            ({"input": TEXT, "request_type": "callback"}, "callback_url"),
            ({"input": TEXT, "request_type": "callback", "callback_url": ""}, "callback_url"),
        ],
    )
    def test_what_is_required(self, client: httpx.Client, body: dict[str, Any], field: str) -> None:
        message = refused(APIXO, client.post(CREATE, json=body), 400)
        assert message == f"Invalid request Missing required field: {field}"

    @pytest.mark.parametrize(
        ("body", "field"),
        [
            ({"request_type": "sync"}, "request_type"),
            ({"request_type": 1}, "request_type"),
            ({"provider": "cheapest"}, "provider"),
            ({"provider": 1}, "provider"),
            ({"callback_url": 5}, "callback_url"),
            ({"input": []}, "input"),
            ({"input": "a cat"}, "input"),
            ({"request_type": "callback", "callback_url": "ftp://example.com/x"}, "callback_url"),
            ({"request_type": "callback", "callback_url": "not a url"}, "callback_url"),
            ({"request_type": "callback", "callback_url": "http://user:pw@example.com/"}, "callback_url"),
        ],
    )
    def test_wrong_parameters(self, client: httpx.Client, body: dict[str, Any], field: str) -> None:
        assert f" {field}: " in refused(APIXO, client.post(CREATE, json={"input": TEXT, **body}), 400)

    @pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "169.254.169.254", "[::1]", "10.0.0.1"])
    def test_callbacks_to_private_addresses(self, strict: Server, strict_client: httpx.Client, host: str) -> None:
        body = {"input": TEXT, "request_type": "callback", "callback_url": f"http://{host}/callback"}
        assert " callback_url: " in refused(APIXO, strict_client.post(CREATE, json=body), 400)

    @pytest.fixture(scope="class")
    def strict_client(self, strict: Server) -> httpx.Client:
        return strict.client(strict.key("apixo@example.com"))

    @pytest.mark.parametrize("model", ["nope", "openai/gpt-4o", "whisper-base"])
    def test_models_that_are_none(self, client: httpx.Client, model: str) -> None:
        for answer in (
            client.post(f"/api/v1/generateTask/{model}", json={"input": TEXT}),
            client.get(f"/api/v1/statusTask/{model}", params={"taskId": "job_x"}),
        ):
            assert model in refused(APIXO, answer, 404)
            assert answer.json()["data"] is None

    def test_a_status_without_a_task(self, client: httpx.Client) -> None:
        assert "taskId" in refused(APIXO, client.get(STATUS), 400)

    @pytest.mark.parametrize(("prompt", "code"), [("x" * 2501, "PROMPT_TOO_LONG"), (" ", "INVALID_PROMPT")])
    def test_prompts_have_fail_codes(self, client: httpx.Client, prompt: str, code: str) -> None:
        answer = client.post(CREATE, json={"input": {**TEXT, "prompt": prompt}})
        assert answer.json()["data"]["failCode"] == code


class TestLimits:
    def test_are_the_documents(self) -> None:
        tiers = load_tiers()
        limits = tiers.limits(tiers["free"], "apixo")
        assert (limits.requests_per_minute, limits.concurrent_jobs) == (10_000, 1_000)

    def test_requests(self, bare: Server) -> None:
        with bare.client(bare.key("apixo-requests@example.com")) as client:
            answers = [client.get("/api/v1/apikeys/current-balance") for _ in range(6)]
        assert {answer.status_code for answer in answers[:5]} == {200}
        assert "rate limit" in refused(APIXO, answers[5], 429)
        assert 1 <= int(answers[5].headers["retry-after"]) <= 60

    def test_concurrent_tasks(self, bare: Server) -> None:
        with bare.client(bare.key("apixo-tasks@example.com")) as client:
            answers = [client.post("/api/v1/generateTask/composer", json={"input": TEXT}) for _ in range(3)]
            assert [answer.status_code for answer in answers[:2]] == [200, 200]
            assert "2" in refused(APIXO, answers[2], 429)
            assert client.get("/api/v1/apikeys/current-balance").json()["data"] == 1000 - 2 * 0.04
