"""What the embedded model is asked for, it does: with the real small model."""

from __future__ import annotations

import asyncio
import contextlib
import json
from pathlib import Path
from typing import Any

import pytest

from rushes.engines.contract import EngineError, FailureCode
from rushes.engines.local.llm.engine import LocalText
from tests.text.asking import LONG_STORY, Said, chat, refused, said

pytestmark = pytest.mark.models

WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "The weather in a city",
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string", "maxLength": 20}},
            "required": ["city"],
        },
    },
}
CLOCK = {"type": "function", "function": {"name": "get_time", "description": "The time of day"}}


def test_text_comes_in_pieces_and_is_counted_by_the_model(loop: asyncio.Runner, tiny: LocalText) -> None:
    answer = loop.run(said(tiny, chat(LONG_STORY, max_tokens=12)))
    assert len(answer.pieces) > 3
    assert answer.text
    assert answer.end.finish == "length"
    assert answer.end.completion_tokens == 12
    assert answer.end.model == "smollm2-135m-instruct-q4_1"
    twice = loop.run(said(tiny, chat(f"{LONG_STORY} {LONG_STORY}", max_tokens=1)))
    assert twice.end.prompt_tokens > answer.end.prompt_tokens > 10


def test_the_same_seed_gives_the_same_text_whatever_came_before(loop: asyncio.Runner, tiny: LocalText) -> None:
    first = loop.run(said(tiny, chat(LONG_STORY, seed=7, temperature=1.0)))
    loop.run(said(tiny, chat(f"{LONG_STORY} It is stormy.")))
    assert loop.run(said(tiny, chat(LONG_STORY, seed=7, temperature=1.0))).text == first.text
    others = {loop.run(said(tiny, chat(LONG_STORY, seed=seed, temperature=1.0))).text for seed in (1, 2, -3)}
    assert others - {first.text}


def test_seeds_beyond_the_models_range_are_seeds_too(loop: asyncio.Runner, tiny: LocalText) -> None:
    # llama.cpp takes 2**32 - 1 to mean "any".
    texts = {loop.run(said(tiny, chat(LONG_STORY, seed=2**32 - 1, temperature=1.5))).text for _ in range(2)}
    assert len(texts) == 1
    assert loop.run(said(tiny, chat(LONG_STORY, seed=2**63, max_tokens=2))).end.completion_tokens == 2


def test_temperature_zero_has_one_answer(loop: asyncio.Runner, tiny: LocalText) -> None:
    texts = {loop.run(said(tiny, chat(LONG_STORY, temperature=0.0))).text for _ in range(2)}
    assert len(texts) == 1


def test_stop_words_end_the_text_before_them(loop: asyncio.Runner, tiny: LocalText) -> None:
    whole = loop.run(said(tiny, chat(LONG_STORY, temperature=0.0))).text
    word = whole.split()[5]
    cut = loop.run(said(tiny, chat(LONG_STORY, temperature=0.0, stop=(word,))))
    assert cut.text == whole.partition(word)[0]
    assert cut.end.finish == "stop"


def test_a_schema_binds_the_answer(loop: asyncio.Runner, tiny: LocalText) -> None:
    schema = {
        "type": "object",
        "properties": {"mood": {"enum": ["calm", "wild"]}, "shots": {"type": "integer", "minimum": 1, "maximum": 9}},
        "required": ["mood", "shots"],
    }
    form = {"type": "json_schema", "json_schema": {"name": "scene", "schema": schema}}
    answer = loop.run(said(tiny, chat("A storm at sea.", response_format=form, max_tokens=200)))
    found = json.loads(answer.text)
    assert found["mood"] in ("calm", "wild")
    assert 1 <= found["shots"] <= 9
    assert answer.end.finish == "stop"


def test_json_object_begins_an_object(loop: asyncio.Runner, tiny: LocalText) -> None:
    answer = loop.run(said(tiny, chat("Who are you?", response_format={"type": "json_object"}, max_tokens=300, seed=1)))
    assert answer.text.lstrip().startswith("{")
    if answer.end.finish == "stop":
        assert isinstance(json.loads(answer.text), dict)
    plain = loop.run(said(tiny, chat("Who are you?", response_format={"type": "text"}, max_tokens=20, seed=1)))
    assert not plain.text.lstrip().startswith("{")


@pytest.mark.parametrize(
    "choice", ["required", {"type": "function", "function": {"name": "get_weather"}}], ids=["any", "named"]
)
def test_a_required_call_is_made(loop: asyncio.Runner, tiny: LocalText, choice: Any) -> None:
    tools = (WEATHER,) if choice == "required" else (CLOCK, WEATHER)
    answer = loop.run(said(tiny, chat("Weather in Paris?", tools=tools, tool_choice=choice, max_tokens=120)))
    assert answer.end.finish == "tool_calls"
    assert answer.text == ""
    [call] = answer.calls
    assert (call["type"], call["function"]["name"]) == ("function", "get_weather")
    assert isinstance(json.loads(call["function"]["arguments"])["city"], str)


def test_tools_are_told_to_the_model_unless_the_choice_is_none(loop: asyncio.Runner, tiny: LocalText) -> None:
    question = "Weather in Paris?"
    told = loop.run(said(tiny, chat(question, tools=(WEATHER,), max_tokens=1)))
    silent = loop.run(said(tiny, chat(question, tools=(WEATHER,), tool_choice="none", max_tokens=1)))
    plain = loop.run(said(tiny, chat(question, max_tokens=1)))
    assert silent.end.prompt_tokens == plain.end.prompt_tokens < told.end.prompt_tokens - 50


def test_too_long_a_prompt_is_refused_with_numbers(loop: asyncio.Runner, tiny: LocalText) -> None:
    error = loop.run(refused(tiny, chat("hello world " * 2000)))
    assert error.code is FailureCode.INVALID_INPUT
    assert "at most 2048 tokens" in error.message
    assert "4031 tokens" in error.message
    far = loop.run(refused(tiny, chat("hello world " * 1_000_000)))
    assert far.code is FailureCode.INVALID_INPUT
    assert "at most 2048 tokens" in far.message


def test_an_answer_that_fills_the_context_says_so(loop: asyncio.Runner, models: Path) -> None:
    form = {"type": "json_schema", "json_schema": {"name": "s", "schema": {"type": "string", "minLength": 900}}}

    async def run() -> Said:
        text = LocalText(models, group="llm_tiny", offline=True, context_tokens=256)
        try:
            return await said(text, chat("hello world " * 100, max_tokens=5000, response_format=form))
        finally:
            await text.close()

    answer = loop.run(run())
    assert answer.end.finish == "length"
    assert answer.end.prompt_tokens + answer.end.completion_tokens == 256


@pytest.mark.parametrize(
    "form",
    [
        {"type": "json_schema", "json_schema": {"name": "s", "schema": {"type": "nothing"}}},
        {"type": "json_schema", "json_schema": {"name": "s", "schema": {"$ref": "http://127.0.0.1:9/schema"}}},
        {"type": "poem"},
    ],
)
def test_a_form_that_cannot_be_is_the_callers_fault(
    loop: asyncio.Runner, tiny: LocalText, form: dict[str, Any]
) -> None:
    error = loop.run(refused(tiny, chat(response_format=form)))
    assert error.code is FailureCode.INVALID_INPUT
    assert "/" not in error.message.replace("http://127.0.0.1:9/schema", "")


def test_a_monstrous_schema_leaves_the_engine_usable(loop: asyncio.Runner, tiny: LocalText) -> None:
    schema: dict[str, Any] = {"type": "string", "minLength": 1_000_000, "pattern": "^(a{1,900}){1,900}$"}
    for _ in range(200):
        schema = {"type": "object", "properties": {"a": schema}, "required": ["a"]}
    form = {"type": "json_schema", "json_schema": {"name": "s", "schema": schema}}

    async def ask() -> None:
        with contextlib.suppress(EngineError):
            await said(tiny, chat(response_format=form))

    loop.run(ask())
    assert loop.run(said(tiny, chat(LONG_STORY, max_tokens=3))).end.completion_tokens == 3
