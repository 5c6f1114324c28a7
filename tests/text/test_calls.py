"""Calls in what a model writes: found where they are, and only there."""

from __future__ import annotations

import json
from typing import Any

import pytest

from rushes.engines.contract import EngineError, FailureCode
from rushes.engines.local.llm.answer import Answer
from rushes.engines.local.llm.body import body_of
from rushes.engines.local.llm.calls import offered
from rushes.engines.local.llm.wire import Ended
from rushes.engines.text import End, Piece
from tests.text.asking import chat

ADD = {"type": "function", "function": {"name": "add", "parameters": {"type": "object"}}}
SUB = {"type": "function", "function": {"name": "sub"}}
CALL = '{"name": "add", "arguments": {"a": 1, "b": "}"}}'


def wrote(text: str, step: int = 3, finish: str = "stop", **more: Any) -> tuple[list[str], list[Any], str]:
    """Texts, calls and the finish of an answer that comes in small bits."""
    answer = Answer(offered(chat(tools=(ADD, SUB), **more)), "m")
    items: list[Piece | End] = []
    for at in range(0, len(text), step):
        if (piece := answer.add(text[at : at + step])) is not None:
            items.append(piece)
    items += answer.end(Ended(finish=finish, prompt_tokens=1, completion_tokens=2))
    *pieces, end = items
    assert isinstance(end, End)
    calls = [call for piece in pieces if isinstance(piece, Piece) for call in piece.tool_calls]
    return [piece.text for piece in pieces if isinstance(piece, Piece) and piece.text], calls, end.finish


@pytest.mark.parametrize(
    "text",
    [
        CALL,
        f"\n {CALL}\n",
        f"```json\n{CALL}\n```",
        f"```\n{CALL}\n```\n\n",
        f"<tool_call>\n{CALL}\n</tool_call>",
        '{"name": "add", "arguments": "{\\"a\\":1,\\"b\\":\\"}\\"}"}',
    ],
)
def test_a_call_is_found_in_any_wrapping(text: str) -> None:
    texts, calls, finish = wrote(text)
    assert (texts, finish) == ([], "tool_calls")
    assert [(call["index"], call["type"], call["function"]["name"]) for call in calls] == [(0, "function", "add")]
    assert json.loads(calls[0]["function"]["arguments"]) == {"a": 1, "b": "}"}


def test_several_calls_and_words_after_them() -> None:
    texts, calls, finish = wrote(f"{CALL}\n{CALL.replace('add', 'sub')} Let me see.")
    assert texts == ["Let me see."]
    assert [(call["index"], call["function"]["name"]) for call in calls] == [(0, "add"), (1, "sub")]
    assert calls[0]["id"] != calls[1]["id"]
    assert finish == "tool_calls"


@pytest.mark.parametrize(
    "text",
    [
        "The sum is 3.",
        "{not json",
        '{"name": "rm", "arguments": {}}',
        '{"name": "add"}',
        "```python\nprint(1)\n```",
        '{"colour": "red"}',
        "<tool_call>\nno",
        "```json\n[1, 2]\n```",
    ],
)
def test_what_is_no_call_stays_text(text: str) -> None:
    texts, calls, finish = wrote(text)
    assert ("".join(texts), calls, finish) == (text, [], "stop")


def test_plain_text_is_not_held_back() -> None:
    assert len(wrote("The sum is three, I think.")[0]) > 5


def test_a_forced_call_that_was_cut_off_is_shown_as_far_as_it_came() -> None:
    texts, calls, finish = wrote('{"name": "add", "arguments": {"a": 1', finish="length", tool_choice="required")
    assert (texts, finish) == ([], "length")
    assert calls[0]["function"] == {"name": "add", "arguments": '{"a": 1'}


def test_earlier_calls_and_results_are_told() -> None:
    call = {"id": "c", "type": "function", "function": {"name": "add", "arguments": '{"a":1}'}}
    messages = (
        {"role": "developer", "content": "Be brief."},
        {"role": "user", "content": "1+2? 2+2?"},
        {"role": "assistant", "content": None, "tool_calls": [call, call]},
        {"role": "tool", "tool_call_id": "c", "content": "3"},
        {"role": "tool", "tool_call_id": "c", "content": "4"},
    )
    asked = chat(messages=messages, tools=(ADD,))
    told = body_of(asked, offered(asked), 1000)["messages"]
    assert [message["role"] for message in told] == ["system", "user", "assistant", "user"]
    assert told[0]["content"].startswith("Be brief.\n\n# Tools")
    assert '"name":"add"' in told[0]["content"]
    assert told[2]["content"].splitlines() == ['{"name": "add", "arguments": {"a":1}}'] * 2
    assert told[3]["content"].index("3") < told[3]["content"].index("4")
    assert messages[0]["role"] == "developer"


@pytest.mark.parametrize(
    "more",
    [
        {"messages": ()},
        {"messages": ({"role": "alien", "content": "x"},)},
        {"messages": ({"role": ["user"], "content": "x"},)},
        {"messages": ({"content": "x"},)},
        {"messages": ({"role": "user", "content": [{"type": "image_url", "image_url": {"url": "http://x/"}}]},)},
        {"messages": ({"role": "assistant", "tool_calls": [{"function": {}}]},)},
        {"max_tokens": 0},
        {"max_tokens": -1},
        {"tools": ({"type": "retrieval"},)},
        {"tools": (ADD,), "tool_choice": {"type": "function", "function": {"name": "sub"}}},
        {"tools": (ADD,), "tool_choice": "perhaps"},
        {"tool_choice": "required"},
        {"tools": (ADD,), "response_format": {"type": "json_object"}},
    ],
)
def test_what_makes_no_sense_is_refused(more: dict[str, Any]) -> None:
    asked = chat(**more)
    with pytest.raises(EngineError) as caught:
        body_of(asked, offered(asked), 1000)
    assert caught.value.code is FailureCode.INVALID_INPUT


def test_only_where_any_text_will_do_is_earlier_arithmetic_used_again() -> None:
    def cached(**more: Any) -> Any:
        asked = chat(**more)
        return body_of(asked, offered(asked), 1000)["cache_prompt"]

    assert cached() is True
    assert cached(seed=0) is False
    assert cached(temperature=0.0) is False


def test_one_call_where_one_was_asked_for() -> None:
    assert len(wrote(f"{CALL}\n{CALL}")[1]) == 2
    texts, calls, finish = wrote(f"{CALL}\n{CALL}", one_call=True)
    assert (texts, len(calls), finish) == ([], 1, "tool_calls")
