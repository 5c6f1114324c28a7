"""One server as another's text upstream: what the dialect streams, an OpenAI-compatible reader understands."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

import openai
from openai import OpenAI
from tests.e2e.server import Server
from tests.openai.conftest import client_of

TOOL: Any = {"type": "function", "function": {"name": "get_weather", "parameters": {"type": "object"}}}


@pytest.fixture(scope="module")
def behind(server: Server, client: OpenAI, tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenAI]:
    home = tmp_path_factory.mktemp("behind") / "home"
    home.mkdir()
    upstream = {"text_upstream": f"{server.url}/openai/v1", "text_upstream_key": client.api_key}
    running = Server(home, **upstream, text_upstream_model="gpt-4o-mini").start()
    yield client_of(running, running.key(dialect="openai"))
    running.close()


def test_a_chat_through_two_servers(behind: OpenAI) -> None:
    raw = behind.chat.completions.with_raw_response.create(
        model="gpt-4o", messages=[{"role": "user", "content": "good morning"}]
    )
    answer = raw.parse()
    assert answer.choices[0].message.content == "You said: good morning"
    assert answer.usage is not None
    assert (answer.usage.prompt_tokens, answer.usage.completion_tokens) == (2, 4)
    assert (answer.system_fingerprint, raw.headers["x-rushes-draft"]) == ("gpt-4o-mini", "false")


def test_a_call_through_two_servers(behind: OpenAI) -> None:
    answer = behind.chat.completions.create(
        model="gpt-4o", messages=[{"role": "user", "content": "the weather?"}], tools=[TOOL]
    )
    [call] = answer.choices[0].message.tool_calls or []
    assert call.type == "function"
    assert json.loads(call.function.arguments) == {"city": "Paris"}


def test_errors_through_two_servers(behind: OpenAI) -> None:
    with pytest.raises(openai.InternalServerError) as caught:
        behind.chat.completions.create(model="gpt-4o", messages=[{"role": "user", "content": "refuse"}])
    assert caught.value.status_code == 503
    stream = behind.chat.completions.create(
        model="gpt-4o", messages=[{"role": "user", "content": "break it"}], stream=True
    )
    with pytest.raises(openai.APIError, match="failed in the middle"):
        list(stream)
