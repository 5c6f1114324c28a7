"""Errors in OpenAI's shape: each kind with its status, type, code and param, as the package raises them."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

import openai
from openai import OpenAI
from rushes.dialects.kit.problems import Problem
from rushes.dialects.openai.errors import TABLE, ErrorBody, detail_of, render
from rushes.engines.contract import EngineError, FailureCode
from tests.e2e.server import Server
from tests.openai.conftest import Faked, client_of

CHAT: list[Any] = [{"role": "user", "content": "x"}]


def shape(answer: httpx.Response) -> tuple[int, str, str | None, str | None]:
    body = answer.json()
    assert set(body) == {"error"}
    assert set(body["error"]) == {"message", "type", "param", "code"}
    assert body["error"]["message"]
    assert answer.headers["x-request-id"]
    return answer.status_code, body["error"]["type"], body["error"]["code"], body["error"]["param"]


def test_no_key_and_a_wrong_key(server: Server) -> None:
    with server.client() as http:
        assert shape(http.get("/openai/v1/models")) == (401, "invalid_request_error", "invalid_api_key", None)
    with pytest.raises(openai.AuthenticationError) as caught:
        client_of(server, "sk-wrong").models.list()
    assert (caught.value.code, caught.value.type) == ("invalid_api_key", "invalid_request_error")
    assert caught.value.request_id


@pytest.mark.parametrize("path", ["videos", "images/generations", "chat/completions", "responses", "audio/speech"])
def test_an_unknown_model_is_not_found(server: Server, client: OpenAI, path: str) -> None:
    body = {"model": "gpt-99", "messages": CHAT, "input": "x", "voice": "alloy"}
    if path in ("videos", "images/generations"):
        body["prompt"] = "x"
    with server.client(client.api_key) as http:
        answer = http.post(f"/openai/v1/{path}", json=body)
    assert shape(answer) == (404, "invalid_request_error", "model_not_found", "model")


def test_bodies_that_are_none(server: Server, client: OpenAI) -> None:
    with server.client(client.api_key) as http:
        assert shape(http.post("/openai/v1/videos", content=b"{"))[:3] == (
            400, "invalid_request_error", "invalid_value",
        )  # fmt: skip
        missing = http.post("/openai/v1/videos", json={})
        assert shape(missing)[3] == "prompt"
        form = http.post("/openai/v1/videos", data={"seconds": "4"}, files={"other": b"x"})
        assert shape(form)[3] == "prompt"
        broken = http.post("/openai/v1/images/edits", content=b"x", headers={"Content-Type": "multipart/form-data"})
        assert shape(broken)[0] == 400
        large = http.post("/openai/v1/chat/completions", content=b" " * 10_000_001)
        assert shape(large)[:3] == (413, "invalid_request_error", "content_too_large")


def test_paths_and_methods_that_are_not_there(server: Server, client: OpenAI) -> None:
    with pytest.raises(openai.NotFoundError, match="batches is not served") as caught:
        client.batches.list()
    assert caught.value.code == "not_found"
    for call in (
        lambda: client.moderations.create(input="x"),
        lambda: client.completions.create(model="gpt-4o", prompt="x"),
        lambda: client.files.create(file=b"x", purpose="vision"),
    ):
        with pytest.raises(openai.BadRequestError, match="not supported here: ") as refused:
            call()
        assert refused.value.code == "unsupported"
    with server.client(client.api_key) as http:
        assert shape(http.put("/openai/v1/videos")) == (405, "invalid_request_error", "method_not_allowed", None)
        assert shape(http.get("/openai/v1/audio/speech"))[0] == 405
    with server.client() as http:
        assert shape(http.get("/openai/v1/files"))[0] == 401


@pytest.mark.parametrize("path", ["a%0Ab", "a%0A", "%0A", "%05%C2%B9%0A%C3%A8X", "a%0D%0Ab/c"])
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_a_path_with_line_breaks_is_not_found_in_the_shape_too(
    server: Server, client: OpenAI, method: str, path: str
) -> None:
    with server.client(client.api_key) as http:
        answer = http.request(method, f"/openai/v1/{path}")
    assert shape(answer) == (404, "invalid_request_error", "not_found", None)


def test_an_empty_wallet_is_an_exceeded_quota(server: Server) -> None:
    poor = client_of(server, server.key("poor@example.com", credits=1, dialect="openai"))
    calls = (
        lambda: poor.videos.create(prompt="x"),
        lambda: poor.images.generate(prompt="x"),
        lambda: poor.chat.completions.create(model="gpt-5", messages=[{"role": "user", "content": "long " * 1000}]),
    )
    for call in calls:
        with pytest.raises(openai.RateLimitError) as caught:
            call()
        assert (caught.value.code, caught.value.type) == ("insufficient_quota", "insufficient_quota")
        assert caught.value.response.headers["x-should-retry"] == "false"


def test_too_many_requests(server: Server) -> None:
    key = server.key("busy@example.com", tier="free", dialect="openai")
    with server.client(key) as http:
        for _ in range(600):
            answer = http.get("/openai/v1/models/sora-2")
            if answer.status_code != 200:
                break
    assert shape(answer) == (429, "requests", "rate_limit_exceeded", None)
    assert answer.headers["x-ratelimit-limit-requests"] == "500"
    assert answer.headers["x-ratelimit-remaining-requests"] == "0"
    assert 0 < int(answer.headers["retry-after"]) <= 60


def test_too_many_jobs(server: Server) -> None:
    client = client_of(server, server.key("crowd@example.com", tier="free", dialect="openai"))
    made = [client.videos.create(prompt="slow") for _ in range(50)]
    with pytest.raises(openai.RateLimitError, match="50 jobs") as caught:
        client.videos.create(prompt="slow")
    assert caught.value.code == "rate_limit_exceeded"
    assert caught.value.response.headers["retry-after"]
    for video in made:
        client.videos.delete(video.id)


def test_no_engine(tmp_path_factory: pytest.TempPathFactory) -> None:
    home = tmp_path_factory.mktemp("nodrafts") / "home"
    home.mkdir()
    server = Faked(home, drafts="off").start()
    try:
        client = client_of(server, server.key(dialect="openai"))
        with pytest.raises(openai.InternalServerError, match="no engine is configured") as caught:
            client.videos.create(prompt="x")
        assert (caught.value.status_code, caught.value.code) == (503, "unavailable")
        with pytest.raises(openai.InternalServerError):
            client.chat.completions.create(model="gpt-4o", messages=CHAT)
        assert client.images.generate(model="composer-still", prompt="x").data
    finally:
        server.close()


@pytest.mark.parametrize("kind", [*TABLE, "something_else"])
def test_every_kind_has_the_shape(kind: str) -> None:
    answer = render(Problem(418, kind, "what happened", field="prompt"))
    row = TABLE.get(kind)
    assert answer.status_code == (row.status if row else 418)
    import msgspec

    body = msgspec.json.decode(answer.body, type=ErrorBody)
    assert (body.error.message, body.error.param) == ("what happened", "prompt")
    assert body.error.code


def test_errors_in_the_middle_of_a_stream() -> None:
    assert detail_of(EngineError(FailureCode.UNAVAILABLE, "gone")).code == "unavailable"
    assert detail_of(RuntimeError("a secret")).message == "internal error"


def test_a_word_that_is_none_of_the_choices_is_answered_with_them(client: OpenAI) -> None:
    with pytest.raises(openai.BadRequestError, match="order: must be one of asc, desc"):
        client.videos.list(order="up")  # type: ignore[arg-type]
    with pytest.raises(openai.BadRequestError, match="encoding_format: must be one of float, base64"):
        client.embeddings.create(model="all-minilm-l6-v2", input="x", encoding_format="hex")  # type: ignore[arg-type]
