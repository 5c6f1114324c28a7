"""The life of a task in all three dialects: where it goes, how far it is, how it ends, whatever the engine does."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from rushes.engines.contract import FailureCode
from tests.conformance.speaking import APIXO, DIALECTS, SERIES, XPILOT, Dialect
from tests.conformance.tools import assert_like, example
from tests.conformance.web import Web
from tests.e2e.server import Server, wait_for

FAIL_CODES = {
    FailureCode.CONTENT_VIOLATION: "CONTENT_VIOLATION",
    FailureCode.NSFW: "NSFW_DETECTED",
    FailureCode.INVALID_INPUT: "INVALID_PROMPT",  # of a text; a picture's is below
    FailureCode.INPUT_ADDRESS: "INVALID_IMAGE_URL",
    FailureCode.INPUT_DOWNLOAD: "IMAGE_DOWNLOAD_FAILED",
    FailureCode.INPUT_SIZE: "IMAGE_TOO_LARGE",
    FailureCode.INPUT_FORMAT: "UNSUPPORTED_FORMAT",
    FailureCode.TIMEOUT: "PROCESSING_TIMEOUT",
    FailureCode.QUOTA: "MODEL_UNAVAILABLE",
    FailureCode.UNAVAILABLE: "MODEL_UNAVAILABLE",
    FailureCode.MODEL_MISSING: "MODEL_UNAVAILABLE",
    FailureCode.LOST: "GENERATION_FAILED",
    FailureCode.INTERNAL: "GENERATION_FAILED",
}
REFUSALS = {  # of an image, whose caller waits: what is the caller's to mend, and the document's 500 for the rest
    FailureCode.CONTENT_VIOLATION: (400, "INVALID_PARAMS"),
    FailureCode.NSFW: (400, "INVALID_PARAMS"),
    FailureCode.INVALID_INPUT: (400, "INVALID_PARAMS"),
}


@pytest.fixture(scope="module")
def key(scripted: Server) -> str:
    return scripted.key("lives@example.com")


@pytest.fixture(scope="module")
def client(scripted: Server, key: str) -> httpx.Client:
    return scripted.client(key)


def submit(client: httpx.Client, dialect: Dialect, prompt: str) -> str:
    body: dict[str, Any] = json.loads(json.dumps(dialect.body))
    (body["input"] if dialect is APIXO else body)["prompt"] = prompt
    return dialect.task(client.post(dialect.create, json=body).json())


def state(answer: Any) -> str:
    """The state in any dialect's words."""
    return str((answer.get("data") or answer).get("state") or answer.get("status"))


def over(client: httpx.Client, dialect: Dialect, task: str) -> Any:
    def look() -> Any:
        answer = client.get(dialect.poll(task)).json()
        return answer if state(answer) in ("completed", "failed", "success") else None

    return wait_for(look, 30)


@pytest.mark.parametrize("code", list(FailureCode))
def test_every_failure_in_every_dialect(
    scripted: Server, client: httpx.Client, key: str, code: FailureCode, balance: Callable[[Server, str], int]
) -> None:
    before = balance(scripted, key)
    tasks = {dialect.name: submit(client, dialect, f"fail {code}") for dialect in DIALECTS}
    video = over(client, XPILOT, tasks["xpilot"])
    assert (video["status"], video["outputs"], video["error"]) == ("failed", [], f"it failed: {code}")
    result = over(client, SERIES, tasks["series"])
    assert (result["status"], result["video_url"], result["error"]) == ("failed", None, f"it failed: {code}")
    assert "actualDuration" not in result
    status = over(client, APIXO, tasks["apixo"])
    assert_like(json.loads(example("apixo/failed.json")), status)
    data = status["data"]
    assert (data["state"], data["failCode"], data["failMsg"]) == ("failed", FAIL_CODES[code], f"it failed: {code}")
    assert data["costTime"] == data["completeTime"] - data["createTime"]
    assert "resultJson" not in data
    image = client.post("/api/v1/image/generate", json={"model": "wavespeed-ai/uno", "prompt": f"fail {code}"})
    word, message = XPILOT.reads(image.json())
    assert (image.status_code, word) == REFUSALS.get(code, (500, "GENERATION_FAILED"))
    assert message == f"it failed: {code}"
    assert balance(scripted, key) == before


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: dialect.name)
def test_processing_and_cancelled(client: httpx.Client, dialect: Dialect) -> None:
    task = submit(client, dialect, "wait")

    def look() -> Any:
        answer = client.get(dialect.poll(task)).json()
        running = client.get(f"/rushes/v1/generations/{task}").json()["state"] == "running"
        return answer if running and client.get(dialect.poll(task)).json() == answer else None

    answer = wait_for(look, 20)
    assert state(answer) == "processing"
    assert not {"failCode", "resultJson", "completeTime", "costTime", "actualDuration"} & set(
        answer.get("data", answer)
    )
    assert client.delete(f"/v1/videos/{task}").status_code == 200
    ended = client.get(dialect.poll(task)).json()
    assert state(ended) == "failed"
    if dialect is APIXO:
        assert (ended["data"]["failCode"], ended["data"]["failMsg"]) == ("GENERATION_FAILED", "cancelled by request")


def test_one_result_in_every_dialect(client: httpx.Client) -> None:
    """A job made in one dialect is visible in the others, whichever made it."""
    for maker in DIALECTS:
        task = submit(client, maker, "a cat")
        video, result, status = (over(client, dialect, task) for dialect in DIALECTS)
        assert (video["status"], result["status"], status["data"]["state"]) == ("completed", "completed", "success")
        urls = [*video["outputs"], result["video_url"], *json.loads(status["data"]["resultJson"])["resultUrls"]]
        assert len({url.partition("?")[0] for url in urls}) == 1
        assert {httpx.get(url).status_code for url in urls} == {200}
        assert result["actualDuration"] == pytest.approx(4, abs=0.1)


@pytest.mark.parametrize("mode", [None, "t2i"])
def test_a_quick_image_is_in_the_answer(client: httpx.Client, mode: str | None) -> None:
    body = {"model": "bytedance/seedream-4.5", "prompt": "a cat", "mode": mode}
    answer = client.post("/api/v1/image/generate", json=body).json()
    assert_like(json.loads(example("xpilot/generate_image.json")), answer)
    assert (answer["status"], answer["cost_cents"], "poll_url" in answer) == ("completed", 5, False)
    assert httpx.get(answer["outputs"][0]).headers["content-type"] == "image/png"
    assert client.get(f"/api/v1/video/{answer['task_id']}").json()["status"] == "completed"


@pytest.mark.parametrize(
    ("body", "mode"),
    [
        ({"mode": "i2i", "image_url": "/head.jpg"}, "image-to-image"),
        ({"mode": "i2i_text", "image_url": "/head.jpg"}, "image-to-image"),
        ({"mode": "i2i", "image_urls": ["/head.jpg", "/tail.jpg"]}, "image-to-image"),
        ({"image_url": "/head.jpg"}, "image-to-image"),
        ({"image_url": "/head.jpg", "image_urls": ["/head.jpg"]}, "image-to-image"),
        ({"mode": "t2i", "image_url": "/head.jpg"}, "text-to-image"),
        ({}, "text-to-image"),
    ],
)
def test_the_modes_of_images(client: httpx.Client, web: Web, body: dict[str, Any], mode: str) -> None:
    placed = json.loads(json.dumps(body).replace('"/', f'"{web.url}/'))
    fetched = len(web.fetched)
    request = {"model": "bytedance/seedream-v4", "prompt": "a cat", **placed}
    answer = client.post("/api/v1/image/generate", json=request)
    assert answer.status_code == 200, answer.text
    assert client.get(f"/rushes/v1/generations/{answer.json()['task_id']}").json()["mode"] == mode
    if mode == "text-to-image":
        assert len(web.fetched) == fetched
        assert [warning.partition(":")[0] for warning in answer.json()["warnings"]] == (["image_url"] if body else [])
    else:
        # The same picture named twice is fetched once.
        assert sorted(web.fetched[fetched:]) == sorted({*body.get("image_urls", []), body.get("image_url")} - {None})


class TestRouting:
    """apixo's `provider`: on this server seedance-1-5-pro has two engines, "cheap" by value and "brand" officially."""

    @pytest.mark.parametrize(
        ("provider", "engines"),
        [("value", {"cheap"}), ("official", {"brand"}), ("auto", {"cheap", "brand"}), (None, {"cheap", "brand"})],
    )
    def test_the_provider_steers_the_route(self, client: httpx.Client, provider: str | None, engines: set[str]) -> None:
        body = {"input": {"mode": "text-to-video", "prompt": "a cat"}, "provider": provider}
        task = APIXO.task(client.post(APIXO.create, json=body).json())
        data = over(client, APIXO, task)["data"]
        assert data["engine"] in engines
        assert data["draft"] is False

    def test_a_route_that_is_not_there_is_said(self, bare: Server) -> None:
        body = {"input": {"mode": "text-to-video", "prompt": "a cat"}}
        with bare.client(bare.key("routing@example.com", tier="free")) as client:
            for model, provider, status in (
                ("composer", "value", 200),
                ("composer", "auto", 200),
                ("composer", "official", 503),
                ("seedance-1-5-pro", "auto", 503),
            ):
                answer = client.post(f"/api/v1/generateTask/{model}", json={**body, "provider": provider})
                assert (answer.status_code, answer.json()["code"]) == (status, status), answer.text
                if status == 503:
                    assert answer.json()["data"]["failCode"] == "MODEL_UNAVAILABLE"
                    assert "unavailable" in answer.json()["message"]


class TestPicturesOfApixo:
    """A picture that cannot be had is no refusal: the task is accepted and has failed, and costs nothing."""

    @pytest.mark.parametrize(
        ("path", "code"),
        [
            ("/missing.png", "INVALID_IMAGE_URL"),
            ("/large.png", "IMAGE_TOO_LARGE"),
            ("/page.png", "UNSUPPORTED_FORMAT"),
            ("/broken.png", "UNSUPPORTED_FORMAT"),
            ("data:image/png;base64,@@@", "INVALID_IMAGE_URL"),
            ("ftp://example.com/a.png", "INVALID_IMAGE_URL"),
            ("http://127.0.0.1:1/a.png", "INVALID_IMAGE_URL"),
            ("", "INVALID_IMAGE_URL"),
        ],
    )
    def test_have_fail_codes(
        self,
        scripted: Server,
        client: httpx.Client,
        key: str,
        web: Web,
        path: str,
        code: str,
        balance: Callable[[Server, str], int],
    ) -> None:
        web.put("/large.png", web.files["/head.jpg"].ljust(10 * 1024 * 1024 + 1, b"\0"))
        web.put("/page.png", b"<html>not an image</html>")
        web.put("/broken.png", web.files["/head.jpg"][:60])
        before = balance(scripted, key)
        url = web.at(path) if path.startswith("/") else path
        answer = client.post(APIXO.create, json=APIXO.image(url))
        assert answer.status_code == 200, answer.text
        data = over(client, APIXO, APIXO.task(answer.json()))["data"]
        assert (data["state"], data["failCode"]) == ("failed", code)
        assert "input.image_urls[0]" in data["failMsg"]
        assert balance(scripted, key) == before

    def test_the_second_one_too(self, client: httpx.Client, web: Web) -> None:
        urls = [web.at("/head.jpg"), web.at("/missing.png")]
        body = {"input": {"mode": "image-to-video", "prompt": "a cat", "image_urls": urls}}
        data = over(client, APIXO, APIXO.task(client.post(APIXO.create, json=body).json()))["data"]
        assert (data["failCode"], "input.image_urls[1]" in data["failMsg"]) == ("INVALID_IMAGE_URL", True)


def test_a_picture_that_an_engine_cannot_use(client: httpx.Client, web: Web) -> None:
    given = {
        "mode": "image-to-video",
        "prompt": f"fail {FailureCode.INVALID_INPUT}",
        "image_urls": [web.at("/head.jpg")],
    }
    task = APIXO.task(client.post(APIXO.create, json={"input": given}).json())
    assert over(client, APIXO, task)["data"]["failCode"] == "UNSUPPORTED_FORMAT"


def test_a_callback_of_a_finished_task(scripted: Server, client: httpx.Client, web: Web) -> None:
    body = {"input": {"prompt": "a cat"}, "request_type": "callback", "callback_url": web.at("/finished")}
    task = APIXO.task(client.post(APIXO.create, json=body).json())
    status = over(client, APIXO, task)
    assert wait_for(lambda: web.received.get("/finished"), 20) == [status]
    assert_like(json.loads(example("apixo/success.json")), status)


def test_nothing_is_wrong_with_the_books(scripted: Server) -> None:
    assert scripted.audit() == {"ok": True, "findings": []}
