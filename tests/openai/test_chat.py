"""/chat/completions through the openai package."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import BaseModel

import openai
from openai import OpenAI
from tests.e2e.server import Server, wait_for
from tests.openai.conftest import client_of

ASKED: list[Any] = [{"role": "user", "content": "good morning"}]
WEATHER: Any = {
    "type": "function",
    "function": {"name": "get_weather", "parameters": {"type": "object", "properties": {"city": {"type": "string"}}}},
}


class Weather(BaseModel):
    city: str
    degrees: int


def shown(client: OpenAI, **asked: Any) -> dict[str, Any]:
    """The chat as the engine got it."""
    messages = [*asked.pop("messages", []), {"role": "user", "content": "show"}]
    answer = client.chat.completions.create(model="gpt-4o", messages=messages, **asked)
    found: dict[str, Any] = json.loads(answer.choices[0].message.content or "")
    return found


def test_an_answer(client: OpenAI) -> None:
    raw = client.chat.completions.with_raw_response.create(model="gpt-4o", messages=ASKED)
    answer = raw.parse()
    [choice] = answer.choices
    assert (choice.message.content, choice.message.role) == ("You said: good morning", "assistant")
    assert (choice.finish_reason, choice.index, choice.message.tool_calls) == ("stop", 0, None)
    assert answer.usage is not None
    assert (answer.usage.prompt_tokens, answer.usage.completion_tokens, answer.usage.total_tokens) == (2, 4, 6)
    assert (answer.object, answer.model, answer.system_fingerprint) == ("chat.completion", "gpt-4o", "scribe-1")
    assert answer.id == raw.headers["x-rushes-job"]
    assert (raw.headers["x-rushes-engine"], raw.headers["x-rushes-draft"]) == ("scribe", "true")


def test_a_stream(client: OpenAI) -> None:
    stream = client.chat.completions.create(
        model="gpt-4o-mini", messages=ASKED, stream=True, stream_options={"include_usage": True}
    )
    assert stream.response.headers["content-type"].startswith("text/event-stream")
    assert stream.response.headers["x-rushes-engine"] == "scribe"
    first, *chunks, last, counted = list(stream)
    assert (first.choices[0].delta.role, first.choices[0].delta.content) == ("assistant", "")
    assert [chunk.choices[0].delta.content for chunk in chunks] == ["You", " said:", " good", " morning"]
    assert (last.choices[0].finish_reason, last.choices[0].delta.content) == ("stop", None)
    assert counted.choices == []
    assert counted.usage is not None
    assert counted.usage.total_tokens == 6
    assert first.usage is None
    assert len({chunk.id for chunk in (first, *chunks, last, counted)}) == 1


def test_a_stream_without_usage_ends_with_done(client: OpenAI, server: Server) -> None:
    with server.client(client.api_key) as http:
        body = {"model": "gpt-4o", "messages": ASKED, "stream": True}
        lines = http.post("/openai/v1/chat/completions", json=body).text.strip().split("\n\n")
    assert lines[-1] == "data: [DONE]"
    assert all("usage" not in line for line in lines)
    assert json.loads(lines[-2].removeprefix("data: "))["choices"][0]["finish_reason"] == "stop"


def test_the_package_puts_a_stream_together(client: OpenAI) -> None:
    with client.chat.completions.stream(model="gpt-4o", messages=ASKED) as stream:
        kinds = {event.type for event in stream}
        final = stream.get_final_completion()
    assert {"chunk", "content.delta", "content.done"} <= kinds
    assert final.choices[0].message.content == "You said: good morning"


def test_a_text_that_is_cut(client: OpenAI) -> None:
    for limit in ("max_tokens", "max_completion_tokens"):
        answer = client.chat.completions.create(model="gpt-4o", messages=ASKED, **{limit: 2})  # type: ignore[call-overload]
        assert (answer.choices[0].message.content, answer.choices[0].finish_reason) == ("You said:", "length")


def test_a_tool_is_called_and_its_answer_read(client: OpenAI) -> None:
    messages: list[Any] = [{"role": "user", "content": "the weather?"}]
    answer = client.chat.completions.create(model="gpt-4o", messages=messages, tools=[WEATHER])
    [choice] = answer.choices
    assert (choice.finish_reason, choice.message.content) == ("tool_calls", None)
    [call] = choice.message.tool_calls or []
    assert call.type == "function"
    assert (call.id, call.function.name) == ("call_1", "get_weather")
    assert json.loads(call.function.arguments) == {"city": "Paris"}
    messages += [choice.message, {"role": "tool", "tool_call_id": call.id, "content": "21 degrees"}]
    second = client.chat.completions.create(model="gpt-4o", messages=messages, tools=[WEATHER])
    assert second.choices[0].message.content == "You said: the weather?"


def test_a_streamed_call(client: OpenAI) -> None:
    messages: list[Any] = [{"role": "user", "content": "the weather?"}]
    with client.chat.completions.stream(model="gpt-4o", messages=messages, tools=[WEATHER]) as stream:
        final = stream.get_final_completion()
    [call] = final.choices[0].message.tool_calls or []
    assert (call.function.name, json.loads(call.function.arguments)) == ("get_weather", {"city": "Paris"})


def test_a_form_for_the_answer(client: OpenAI) -> None:
    parsed = client.chat.completions.parse(model="gpt-4o", messages=ASKED, response_format=Weather)
    assert parsed.choices[0].message.parsed == Weather(city="Paris", degrees=21)


def test_what_the_engine_gets(client: OpenAI) -> None:
    parts = [{"type": "text", "text": "one "}, {"type": "text", "text": "two"}]
    seen = shown(
        client,
        messages=[{"role": "developer", "content": "be brief"}, {"role": "user", "content": parts, "name": "ada"}],
        temperature=0.2,
        top_p=0.5,
        stop="END",
        seed=7,
        presence_penalty=1,
        frequency_penalty=-1,
    )
    assert seen["messages"][:2] == [
        {"role": "system", "content": "be brief"},
        {"role": "user", "content": "one two", "name": "ada"},
    ]
    assert (seen["temperature"], seen["top_p"], seen["stop"], seen["seed"]) == (0.2, 0.5, ["END"], 7)
    assert (seen["presence_penalty"], seen["frequency_penalty"]) == (1, -1)
    assert (seen["model"], seen["max_tokens"]) == ("openai/gpt-4o", 4096)
    assert shown(client)["temperature"] == 1, "the service's default"


def test_extra_fields_are_named(client: OpenAI) -> None:
    raw = client.chat.completions.with_raw_response.create(
        model="gpt-4o", messages=ASKED, user="ada", reasoning_effort="low", verbosity="low", logprobs=False,
        functions=[], stream_options={"include_obfuscation": False},
    )  # fmt: skip
    assert raw.headers["x-rushes-warnings"] == (
        "reasoning_effort: ignored; stream_options.include_obfuscation: ignored; verbosity: ignored"
    )


@pytest.mark.parametrize("one", [True, False])
def test_whether_several_functions_may_be_called_reaches_the_engine(client: OpenAI, one: bool) -> None:
    assert shown(client, parallel_tool_calls=not one)["one_call"] is one


@pytest.mark.parametrize(
    ("change", "param"),
    [
        ({"n": 2}, "n"),
        ({"messages": []}, "messages"),
        ({"messages": [{"role": "king", "content": "x"}]}, "messages[0].role"),
        ({"messages": [{"role": "user", "content": 5}]}, "messages[0].content"),
        (
            {"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "x"}}]}]},
            "messages[0].content[0]",
        ),
        ({"temperature": 3}, "temperature"),
        ({"max_tokens": 0}, "max_tokens"),
        ({"stop": ["a", "b", "c", "d", "e"]}, "stop"),
        ({"tools": [{"type": "web_search"}]}, "tools[0]"),
        ({"modalities": ["text", "audio"]}, "modalities"),
        ({"model": "sora-2"}, "model"),
        ({"audio": {"voice": "alloy", "format": "mp3"}}, "audio"),
        ({"functions": [{"name": "f"}]}, "functions"),
        ({"function_call": "auto"}, "function_call"),
        ({"logit_bias": {"50256": -100}}, "logit_bias"),
        ({"logprobs": True}, "logprobs"),
        ({"top_logprobs": 2}, "top_logprobs"),
        ({"web_search_options": {}}, "web_search_options"),
        ({"messages": [{"role": "user"}]}, "messages[0].content"),
        ({"messages": [*ASKED, {"role": "assistant", "tool_calls": "x"}]}, "messages[1].tool_calls"),
        ({"messages": [*ASKED, {"role": "assistant", "tool_calls": [{"id": "a"}]}]}, "messages[1].tool_calls[0]"),
        ({"messages": [{"role": "user", "content": "far too long"}]}, "messages"),
        ({"messages": [{"role": "user", "content": "a wrong schema"}]}, "response_format"),
        ({"response_format": {"type": "xml"}}, "response_format.type"),
        ({"response_format": {"type": "json_schema"}}, "response_format.json_schema.schema"),
        ({"tools": [{"type": "function"}]}, "tools[0].function.name"),
        ({"tool_choice": "perhaps"}, "tool_choice"),
        ({"tool_choice": "required"}, "tool_choice"),
        ({"tool_choice": {"type": "function", "function": {"name": "f"}}}, "tool_choice"),
        ({"tool_choice": {"type": "function"}}, "tool_choice.function.name"),
    ],
)
def test_what_cannot_be_done_is_named(client: OpenAI, change: dict[str, Any], param: str) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        client.chat.completions.create(**{"model": "gpt-4o", "messages": ASKED, **change})
    assert caught.value.param == param


@pytest.mark.parametrize("stream", [True, False])
def test_an_engine_that_is_out_is_an_error_with_a_status(client: OpenAI, stream: bool) -> None:
    with pytest.raises(openai.InternalServerError, match="the scribe is out") as caught:
        client.chat.completions.create(model="gpt-4o", messages=[{"role": "user", "content": "refuse"}], stream=stream)
    assert (caught.value.status_code, caught.value.code) == (503, "unavailable")


def test_a_stream_that_breaks_ends_with_an_error(server: Server) -> None:
    client = client_of(server, server.key("break@example.com", dialect="openai"))
    stream = client.chat.completions.create(
        model="gpt-4o", messages=[{"role": "user", "content": "break it"}], stream=True
    )
    heard = []
    with pytest.raises(openai.APIError, match="the pen broke") as caught:
        heard += [chunk.choices[0].delta.content for chunk in stream]
    assert caught.value.code == "unavailable"
    with server.client(client.api_key) as http:
        [job] = http.get("/rushes/v1/generations").json()["generations"]
    assert (job["state"], job["cost"]) == ("failed", 0)


def test_a_reader_who_leaves_pays_for_what_was_written(server: Server) -> None:
    client = client_of(server, server.key("leaver@example.com", dialect="openai"))
    asked: list[Any] = [{"role": "user", "content": "go on forever"}]
    with client.chat.completions.create(model="gpt-4o", messages=asked, stream=True) as stream:
        assert next(iter(stream)).choices
    with server.client(client.api_key) as http:
        job = wait_for(lambda: next(
            (j for j in http.get("/rushes/v1/generations").json()["generations"] if j["state"] != "running"), None
        ))  # fmt: skip
    assert job["state"] == "cancelled"
    assert 1 <= job["cost"] <= 5, "a few pieces, one credit for fifty"


def test_nothing_is_kept(client: OpenAI) -> None:
    calls = (
        lambda: client.chat.completions.list(),
        lambda: client.chat.completions.retrieve("job_1"),
        lambda: client.chat.completions.update("job_1", metadata={}),
        lambda: client.chat.completions.delete("job_1"),
        lambda: client.chat.completions.messages.list("job_1"),
    )
    for call in calls:
        with pytest.raises(openai.BadRequestError, match="nothing is kept") as caught:
            call()
        assert caught.value.code == "unsupported"


def test_the_same_key_writes_one_answer(client: OpenAI) -> None:
    headers = {"Idempotency-Key": "chat-once"}
    ids = {client.chat.completions.create(model="gpt-4o", messages=ASKED, extra_headers=headers).id for _ in range(2)}
    assert len(ids) == 1


def test_the_same_key_streams_one_answer(client: OpenAI) -> None:
    headers = {"Idempotency-Key": "chat-stream-once"}
    heard = [
        [
            (chunk.id, chunk.choices[0].delta.content)
            for chunk in client.chat.completions.create(
                model="gpt-4o", messages=ASKED, stream=True, extra_headers=headers
            )
        ]
        for _ in range(2)
    ]
    assert heard[0] == heard[1]
    assert len(heard[0]) == 6
