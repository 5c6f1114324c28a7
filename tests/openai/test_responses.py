"""/responses through the openai package."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import BaseModel

import openai
from openai import OpenAI

WEATHER: Any = {
    "type": "function",
    "name": "get_weather",
    "description": "now",
    "strict": True,
    "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
}


class Weather(BaseModel):
    city: str
    degrees: int


def shown(client: OpenAI, items: list[Any], **asked: Any) -> dict[str, Any]:
    """The chat as the engine got it."""
    answer = client.responses.create(model="gpt-4o", input=[*items, {"role": "user", "content": "show"}], **asked)
    found: dict[str, Any] = json.loads(answer.output_text)
    return found


def test_an_answer(client: OpenAI) -> None:
    raw = client.responses.with_raw_response.create(model="gpt-4o", input="good morning", metadata={"a": "b"})
    answer = raw.parse()
    assert answer.output_text == "You said: good morning"
    assert (answer.status, answer.object, answer.model, answer.error) == ("completed", "response", "gpt-4o", None)
    [message] = answer.output
    assert message.type == "message"
    assert (message.role, message.status) == ("assistant", "completed")
    assert answer.usage is not None
    assert (answer.usage.input_tokens, answer.usage.output_tokens, answer.usage.total_tokens) == (2, 4, 6)
    assert answer.usage.output_tokens_details.reasoning_tokens == 0
    assert (answer.metadata, answer.tools, answer.parallel_tool_calls) == ({"a": "b"}, [], True)
    assert answer.id == raw.headers["x-rushes-job"]
    assert raw.headers["x-rushes-engine"] == "scribe"


def test_a_stream_in_the_packages_order(client: OpenAI) -> None:
    events = list(client.responses.create(model="gpt-4o", input="good morning", stream=True))
    assert [event.type for event in events] == [
        "response.created",
        "response.in_progress",
        "response.output_item.added",
        "response.content_part.added",
        *["response.output_text.delta"] * 4,
        "response.output_text.done",
        "response.content_part.done",
        "response.output_item.done",
        "response.completed",
    ]
    assert [event.sequence_number for event in events] == list(range(len(events)))
    first, last = events[0], events[-1]
    assert first.type == "response.created"
    assert last.type == "response.completed"
    assert (first.response.status, first.response.output, first.response.usage) == ("in_progress", [], None)
    assert last.response.output_text == "You said: good morning"
    assert last.response.usage is not None
    assert last.response.usage.total_tokens == 6


def test_the_package_puts_a_stream_together(client: OpenAI) -> None:
    with client.responses.stream(model="gpt-4o", input="good morning") as stream:
        texts = [event.snapshot for event in stream if event.type == "response.output_text.delta"]
        final = stream.get_final_response()
    assert texts[-1] == final.output_text == "You said: good morning"


def test_a_call_streamed_and_answered(client: OpenAI) -> None:
    conversation: list[Any] = [{"role": "user", "content": "the weather?"}]
    with client.responses.stream(model="gpt-4o", input=conversation, tools=[WEATHER]) as stream:
        events = list(stream)
        final = stream.get_final_response()
    assert [event.type for event in events if "arguments" in event.type] == [
        "response.function_call_arguments.delta",
        "response.function_call_arguments.delta",
        "response.function_call_arguments.done",
    ]
    [call] = final.output
    assert call.type == "function_call"
    assert (call.call_id, call.name, call.status) == ("call_1", "get_weather", "completed")
    assert json.loads(call.arguments) == {"city": "Paris"}
    # As the package's users send it back: the items themselves, then the function's answer.
    conversation += final.output
    conversation.append({"type": "function_call_output", "call_id": call.call_id, "output": "21 degrees"})
    again = client.responses.create(model="gpt-4o", input=conversation, tools=[WEATHER])
    assert again.output_text == "You said: the weather?"


def test_a_call_answered_whole(client: OpenAI) -> None:
    answer = client.responses.create(model="gpt-4o", input="the weather?", tools=[WEATHER])
    [call] = answer.output
    assert call.type == "function_call"
    assert (call.name, call.arguments) == ("get_weather", '{"city": "Paris"}')
    assert answer.output_text == ""


def test_what_the_engine_gets(client: OpenAI) -> None:
    items = [
        {"role": "developer", "content": "be brief"},
        {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "one"}]},
        {"type": "reasoning", "id": "rs_1", "summary": []},
        {"role": "assistant", "content": [{"type": "output_text", "text": "two"}]},
        {"type": "function_call", "call_id": "c1", "name": "f", "arguments": "{}"},
        {"type": "function_call", "call_id": "c2", "name": "g", "arguments": "{}"},
        {"type": "function_call_output", "call_id": "c1", "output": "three"},
    ]
    seen = shown(
        client,
        items,
        instructions="speak French",
        max_output_tokens=99,
        temperature=0,
        tools=[WEATHER],
        tool_choice={"type": "function", "name": "get_weather"},
    )
    calls = [
        {"id": name, "type": "function", "function": {"name": function, "arguments": "{}"}}
        for name, function in (("c1", "f"), ("c2", "g"))
    ]
    assert seen["messages"][:-1] == [
        {"role": "system", "content": "speak French"},
        {"role": "system", "content": "be brief"},
        {"role": "user", "content": "one"},
        {"role": "assistant", "content": "two", "tool_calls": calls},
        {"role": "tool", "tool_call_id": "c1", "content": "three"},
    ]
    assert (seen["max_tokens"], seen["temperature"]) == (99, 0)
    assert seen["tools"] == [{"type": "function", "function": {key: WEATHER[key] for key in WEATHER if key != "type"}}]
    assert seen["tool_choice"] == {"type": "function", "function": {"name": "get_weather"}}


def test_a_form_for_the_answer(client: OpenAI) -> None:
    parsed = client.responses.parse(model="gpt-4o", input="x", text_format=Weather)
    assert parsed.output_parsed == Weather(city="Paris", degrees=21)
    assert (parsed.text and parsed.text.format and parsed.text.format.type) == "json_schema"


def test_a_text_that_is_cut(client: OpenAI) -> None:
    answer = client.responses.create(model="gpt-4o", input="good morning", max_output_tokens=2)
    assert (answer.status, answer.output_text) == ("incomplete", "You said:")
    assert answer.incomplete_details is not None
    assert answer.incomplete_details.reason == "max_output_tokens"
    *_, last = client.responses.create(model="gpt-4o", input="good morning", max_output_tokens=2, stream=True)
    assert last.type == "response.incomplete"


def test_a_stream_that_breaks_says_so(client: OpenAI) -> None:
    *_, last = client.responses.create(model="gpt-4o", input="break it", stream=True)
    assert last.type == "response.failed"
    assert last.response.error is not None
    assert (last.response.error.code, last.response.error.message) == ("server_error", "the pen broke")


@pytest.mark.parametrize("stream", [True, False])
def test_an_engine_that_is_out_is_an_error_with_a_status(client: OpenAI, stream: bool) -> None:
    with pytest.raises(openai.InternalServerError, match="the scribe is out"):
        client.responses.create(model="gpt-4o", input="refuse", stream=stream)


def test_it_says_that_nothing_is_kept(client: OpenAI) -> None:
    raw = client.responses.with_raw_response.create(model="gpt-4o", input="x", store=True)
    assert raw.headers["x-rushes-warnings"] == "store: the response is not kept"
    calls = (
        lambda: client.responses.create(model="gpt-4o", input="x", previous_response_id="job_1"),
        lambda: client.responses.create(model="gpt-4o", input="x", conversation="conv_1"),
        lambda: client.responses.create(model="gpt-4o", input=[{"type": "item_reference", "id": "msg_1"}]),
        lambda: client.responses.retrieve("job_1"),
        lambda: client.responses.input_items.list("job_1"),
    )
    for call in calls:
        with pytest.raises(openai.BadRequestError, match="send the whole conversation") as caught:
            call()
        assert caught.value.code == "unsupported"


@pytest.mark.parametrize(
    ("change", "param"),
    [
        ({"background": True}, "background"),
        ({"prompt": {"id": "p"}}, "prompt"),
        ({"tools": [{"type": "web_search"}]}, "tools[0]"),
        ({"tool_choice": {"type": "mcp"}}, "tool_choice"),
        ({"input": []}, "input"),
        ({"input": "far too long"}, "input"),
        ({"input": "a wrong schema"}, "text.format"),
        ({"top_logprobs": 2}, "top_logprobs"),
        ({"include": ["message.output_text.logprobs"]}, "include"),
        ({"tools": [{"type": "function"}]}, "tools[0].name"),
        ({"tool_choice": "required"}, "tool_choice"),
        ({"text": {"format": {"type": "json_schema", "name": "x"}}}, "text.format.schema"),
        ({"input": [{"role": "king", "content": "x"}]}, "input[0].role"),
        ({"input": [{"role": "user", "content": [{"type": "input_image", "image_url": "x"}]}]}, "input[0].content[0]"),
        ({"input": [{"type": "computer_call"}]}, "input[0]"),
        ({"input": [{"type": "function_call_output", "output": "x"}]}, "input[0].call_id"),
        ({"text": {"format": {"type": "xml"}}}, "text.format.type"),
    ],
)
def test_what_cannot_be_done_is_named(client: OpenAI, change: dict[str, Any], param: str) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        client.responses.create(**{"model": "gpt-4o", "input": "x", **change})
    assert caught.value.param == param


def test_other_calls_say_what_to_do(client: OpenAI) -> None:
    for call in (
        lambda: client.responses.delete("job_1"),
        lambda: client.responses.cancel("job_1"),
        lambda: client.responses.compact(model="gpt-4o", input="x"),
        lambda: client.responses.input_tokens.count(model="gpt-4o", input="x"),
    ):
        with pytest.raises(openai.BadRequestError, match="not supported here") as caught:
            call()
        assert caught.value.code == "unsupported"
