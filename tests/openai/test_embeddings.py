"""/embeddings through the openai package, over the real network; without weights, what is refused."""

from __future__ import annotations

import base64
import math
import os
from array import array
from collections.abc import Iterator
from pathlib import Path

import pytest

import openai
from openai import OpenAI
from tests.e2e.server import Server, finished
from tests.openai.conftest import client_of

MODELS = Path(os.environ.get("RUSHES_TEST_MODELS", "/nonexistent"))
OWN = "all-minilm-l6-v2"
SMALL = "text-embedding-3-small"
needs_weights = pytest.mark.skipif(not (MODELS / "embed").is_dir(), reason="weights not installed: embed")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A real server with its real engines."""
    home = tmp_path_factory.mktemp("embeddings") / "home"
    home.mkdir()
    if MODELS.is_dir():
        (home / "models").symlink_to(MODELS)
    running = Server(home, text_model="off").start()
    yield running
    assert running.audit()["ok"]
    running.close()


@pytest.fixture(scope="module")
def client(server: Server) -> OpenAI:
    return client_of(server, server.key(dialect="openai"))


def alike(one: list[float], other: list[float]) -> float:
    return sum(a * b for a, b in zip(one, other, strict=True))


@needs_weights
def test_what_means_the_same_is_near(client: OpenAI) -> None:
    texts = ["A boat leaves the harbour.", "A ship sails out of the port.", "The recipe wants three eggs."]
    answer = client.embeddings.create(model=OWN, input=texts)
    assert (answer.model, answer.object) == (OWN, "list")
    assert [each.index for each in answer.data] == [0, 1, 2]
    boat, ship, eggs = (each.embedding for each in answer.data)
    assert len(boat) == 384
    assert abs(math.hypot(*boat) - 1) < 1e-5
    assert alike(boat, ship) > 0.6 > 0.3 > alike(boat, eggs)
    assert answer.usage.prompt_tokens == answer.usage.total_tokens == 6 + 8 + 6


@needs_weights
def test_floats_and_base64_are_the_same_numbers(client: OpenAI) -> None:
    floats = client.embeddings.create(model=OWN, input="one text", encoding_format="float").data[0].embedding
    raw = client.embeddings.with_raw_response.create(model=OWN, input="one text", encoding_format="base64")
    text = raw.http_response.json()["data"][0]["embedding"]
    assert array("f", base64.b64decode(text)).tolist() == floats
    # What the package asks for by itself is base64, and it reads it.
    assert client.embeddings.create(model=OWN, input="one text").data[0].embedding == pytest.approx(floats)


@needs_weights
def test_a_text_has_one_vector_in_whatever_company(client: OpenAI) -> None:
    alone = client.embeddings.create(model=OWN, input="a red kite").data[0].embedding
    others = [f"{'and more ' * (number * 9)}words" for number in range(40)]
    among = client.embeddings.create(model=OWN, input=[*others, "a red kite"]).data[-1].embedding
    assert alike(alone, among) > 0.9999


@needs_weights
def test_fewer_dimensions_are_the_first_ones(client: OpenAI) -> None:
    whole = client.embeddings.create(model=OWN, input="a red kite").data[0].embedding
    short = client.embeddings.create(model=OWN, input="a red kite", dimensions=64).data[0].embedding
    length = math.hypot(*whole[:64])
    assert short == pytest.approx([number / length for number in whole[:64]], abs=1e-5)


@needs_weights
def test_a_long_text_is_read_to_its_end(client: OpenAI) -> None:
    start = "the boat and the sea " * 80
    ends = ["about baking bread with flour and eggs " * 120, "about the stars and the moon " * 120]
    one, other = client.embeddings.create(model=OWN, input=[start + end for end in ends]).data
    assert alike(one.embedding, other.embedding) < 0.95
    with pytest.raises(openai.BadRequestError, match=r"input\[1\] has \d+ tokens"):
        client.embeddings.create(model=OWN, input=["short", "word " * 8200])


@needs_weights
def test_a_model_of_others_is_stood_in_for_and_says_so(server: Server, client: OpenAI) -> None:
    raw = client.embeddings.with_raw_response.create(model=SMALL, input="a text", user="u", extra_body={"foo": 1})
    assert raw.parse().model == OWN
    assert raw.headers["x-rushes-draft"] == "true"
    assert raw.headers["x-rushes-engine"] == "embedding"
    assert raw.headers["x-rushes-cost"] == "1"
    assert f"not vectors of {SMALL}" in raw.headers["x-rushes-warnings"]
    assert "foo" in raw.headers["x-rushes-warnings"]
    own = client.embeddings.with_raw_response.create(model=OWN, input="a text")
    assert own.headers["x-rushes-draft"] == "false"
    assert "x-rushes-warnings" not in own.headers
    with server.client(client.api_key) as http:
        job = finished(http, f"/rushes/v1/generations/{raw.headers['x-rushes-job']}")
    assert (job["model"], job["mode"]) == (SMALL, "text-to-embedding")


@needs_weights
def test_who_cannot_pay_gets_none(server: Server) -> None:
    poor = client_of(server, server.key("poor@example.com", credits=1, dialect="openai"))
    assert poor.embeddings.create(model=OWN, input="one credit").data
    with pytest.raises(openai.APIStatusError) as caught:
        poor.embeddings.create(model=OWN, input="and no more")
    assert caught.value.code == "insufficient_quota"


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"model": OWN, "input": ""}, "input"),
        ({"model": OWN, "input": []}, "input"),
        ({"model": OWN, "input": ["a", " "]}, "input[1]"),
        ({"model": OWN, "input": [1, 2, 3]}, "input[0]"),
        ({"model": OWN, "input": [[1, 2], [3]]}, "input[0]"),
        ({"model": OWN, "input": ["a"] * 2049}, "input"),
        ({"model": OWN, "input": "a", "dimensions": 385}, "dimensions"),
        ({"model": OWN, "input": "a", "dimensions": 0}, "dimensions"),
        ({"model": "gpt-4o", "input": "a"}, "model"),
    ],
)
def test_what_cannot_be_embedded_is_refused(client: OpenAI, body: dict[str, object], param: str) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        client.embeddings.create(**body)  # type: ignore[arg-type]
    assert caught.value.param == param


def test_vectors_are_no_chat(server: Server, client: OpenAI) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        client.chat.completions.create(model=OWN, messages=[{"role": "user", "content": "hi"}])
    assert caught.value.param == "model"
    with server.client(client.api_key) as http:
        answer = http.post("/rushes/v1/generations", json={"model": OWN, "prompt": "hi"})
    assert answer.status_code == 400
    assert "/openai/v1/embeddings" in answer.text


def test_without_weights_the_command_is_named(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    bare = Server(home, text_model="off").start()
    try:
        with pytest.raises(openai.APIStatusError, match="rushes models pull embed") as caught:
            client_of(bare, bare.key(dialect="openai")).embeddings.create(model=OWN, input="a")
        assert caught.value.status_code == 503
        assert bare.audit()["ok"]
    finally:
        bare.close()
