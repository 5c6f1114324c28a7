"""xpilot's "Generate Text", with a small service that stands for the language model."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.conformance.speaking import XPILOT, refused
from tests.conformance.tools import assert_like, curl, example
from tests.conformance.upstream import SENTENCE, Upstream
from tests.e2e.server import Server

PATH = "/api/v1/text/generate"
ASKED = {"prompt": "Write a tweet about AI video generation"}


@pytest.fixture(scope="module")
def key(writer: Server) -> str:
    return writer.key("xpilot-texts@example.com", dialect="xpilot")


@pytest.fixture(scope="module")
def client(writer: Server, key: str) -> httpx.Client:
    return writer.client(key)


@pytest.fixture(autouse=True)
def quiet(upstream: Upstream) -> Iterator[None]:
    yield
    upstream.status = 200
    upstream.prompt_tokens, upstream.completion_tokens = 15, 42
    upstream.sentence = SENTENCE
    upstream.asked.clear()


def write(client: httpx.Client, **body: Any) -> dict[str, Any]:
    answer = client.post(PATH, json={**ASKED, **body})
    assert answer.status_code == 200, answer.text
    result: dict[str, Any] = answer.json()
    return result


def test_the_documents_example(writer: Server, upstream: Upstream, tmp_path: Path) -> None:
    key = writer.key("documented@example.com", credits=4695, dialect="xpilot")
    script = example("xpilot/generate_text.sh", ("https://xpilot.jytech.us", writer.url), ("xp_...", key))
    answer = curl(script, tmp_path)
    expected = json.loads(example("xpilot/generate_text.json"))
    assert_like(expected, answer)
    assert {name: answer[name] for name in expected} == expected
    [asked] = upstream.asked
    assert asked["messages"] == [{"role": "user", "content": "Write a tweet about AI video generation"}]
    assert asked["max_tokens"] == 280


def test_defaults(client: httpx.Client, upstream: Upstream) -> None:
    answer = write(client)
    assert (answer["model"], answer["warnings"]) == ("openai/gpt-4o", [])
    [asked] = upstream.asked
    assert (asked["model"], asked["max_tokens"], asked["temperature"]) == ("openai/gpt-4o", 1000, 0.7)


def test_everything_that_is_asked_for(client: httpx.Client, upstream: Upstream) -> None:
    body = {"model": "xai/grok-3", "system": "Be brief.", "max_tokens": 7, "temperature": 2}
    assert write(client, **body)["model"] == "xai/grok-3"
    [asked] = upstream.asked
    assert asked["messages"][0] == {"role": "system", "content": "Be brief."}
    assert (asked["model"], asked["max_tokens"], asked["temperature"]) == ("xai/grok-3", 7, 2)


def test_a_number_may_be_written_with_a_point_and_null_is_the_default(client: httpx.Client, upstream: Upstream) -> None:
    write(client, max_tokens=280.0, temperature=None, system=None, model=None)
    write(client, max_tokens=None)
    assert [asked["max_tokens"] for asked in upstream.asked] == [280, 1000]
    assert [asked["temperature"] for asked in upstream.asked] == [0.7, 0.7]


def test_an_unknown_model_falls_back_and_says_which_ran(client: httpx.Client, upstream: Upstream) -> None:
    for model in ("nobody/knows-this", "bytedance/seedream-4.5"):
        answer = write(client, model=model)
        assert answer["model"] == "openai/gpt-4o"
        assert any(warning.startswith(f"model: {model} ") for warning in answer["warnings"])
    assert {asked["model"] for asked in upstream.asked} == {"openai/gpt-4o"}


@pytest.mark.parametrize(
    ("model", "prompt_tokens", "completion_tokens", "cents"),
    [
        ("openai/gpt-4o", 15, 42, 1),  # 0.915
        ("openai/gpt-4o", 0, 50, 1),  # exactly 1
        ("openai/gpt-4o", 0, 51, 2),
        ("openai/gpt-4o", 200, 400, 9),
        ("openai/gpt-4o-mini", 15, 42, 1),
        ("anthropic/claude-sonnet-4", 150, 330, 11),  # 0.9 + 9.9
    ],
)
def test_the_price_is_by_the_token_and_a_cent_at_least(
    client: httpx.Client, upstream: Upstream, model: str, prompt_tokens: int, completion_tokens: int, cents: int
) -> None:
    upstream.prompt_tokens, upstream.completion_tokens = prompt_tokens, completion_tokens
    before = client.get("/v1/account").json()["balance_cents"]
    answer = write(client, model=model)
    assert (answer["cost_cents"], answer["remaining_credits_cents"]) == (cents, before - cents)
    assert answer["usage"] == {
        "prompt_tokens": prompt_tokens,
        "completion_tokens": completion_tokens,
        "total_tokens": prompt_tokens + completion_tokens,
    }


def test_without_credits(writer: Server, upstream: Upstream) -> None:
    with writer.client(writer.key("texts-poor@example.com", credits=0)) as poor:
        assert refused(XPILOT, poor.post(PATH, json=ASKED), 402) == "Insufficient credits"
    assert upstream.asked == []


def test_with_a_single_credit(writer: Server) -> None:
    """Only an empty balance is refused: no more is written than the credit pays for."""
    with writer.client(writer.key("texts-last@example.com", credits=1)) as last:
        answer = write(last)
        assert (answer["cost_cents"], answer["remaining_credits_cents"]) == (1, 0)
        assert refused(XPILOT, last.post(PATH, json=ASKED), 402) == "Insufficient credits"


def test_a_model_that_breaks(
    writer: Server, client: httpx.Client, key: str, upstream: Upstream, balance: Callable[[Server, str], int]
) -> None:
    before = balance(writer, key)
    upstream.status = 500
    answer = client.post(PATH, json=ASKED)
    assert answer.status_code == 500
    word, message = XPILOT.reads(answer.json())
    assert word == "GENERATION_FAILED"
    assert message
    assert balance(writer, key) == before


def test_sent_again_under_the_same_key(
    writer: Server, client: httpx.Client, key: str, upstream: Upstream, balance: Callable[[Server, str], int]
) -> None:
    before = balance(writer, key)
    headers = {"Idempotency-Key": "a-text"}
    first, second = (client.post(PATH, json=ASKED, headers=headers) for _ in range(2))
    assert first.json() == second.json()
    assert len(upstream.asked) == 1
    assert balance(writer, key) == before - 1
    assert refused(XPILOT, client.post(PATH, json={"prompt": "else"}, headers=headers), 409)


def test_nothing_is_wrong_with_the_books(writer: Server) -> None:
    assert writer.audit() == {"ok": True, "findings": []}
