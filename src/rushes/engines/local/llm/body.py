"""A chat as llama.cpp's server takes it."""

from __future__ import annotations

from typing import Any

from rushes.engines.contract import EngineError, FailureCode
from rushes.engines.local.llm import calls
from rushes.engines.text import Chat

_LONGEST_TOKEN = 128
"""Characters. Longer runs are in no vocabulary, so a text beyond this times the context cannot fit."""

_SAMPLING = {"top_k": 20, "min_p": 0.05, "repeat_penalty": 1.1, "repeat_last_n": 256}
"""Without a penalty for repetitions, models this small fall into loops, above all inside JSON."""

_RANDOM_SEED = 2**32 - 1
"""llama.cpp's number for "a new one each time"; seeds are counted below it."""

_ROLES = {"system": "system", "developer": "system", "user": "user", "assistant": "assistant", "tool": "tool"}
"""Chat templates pass over roles that they do not know, so none reaches them."""


def body_of(chat: Chat, offer: calls.Offer, context_tokens: int) -> dict[str, Any]:
    """The request body for `chat`. Raises EngineError(INVALID_INPUT)."""
    if chat.max_tokens < 1:
        raise _invalid("max_tokens is at least 1")
    body: dict[str, Any] = {
        "messages": calls.told(_checked(chat, context_tokens), offer),
        "max_tokens": chat.max_tokens,
        "temperature": chat.temperature,
        "top_p": chat.top_p,
        "presence_penalty": chat.presence_penalty,
        "frequency_penalty": chat.frequency_penalty,
        "stop": list(chat.stop),
        "seed": _RANDOM_SEED if chat.seed is None else chat.seed % _RANDOM_SEED,
        # What is left of the prompt before saves time but changes the last bits of the arithmetic: where the same
        # text is wanted again, everything is computed afresh.
        "cache_prompt": chat.seed is None and chat.temperature > 0,
        "reasoning_format": "none",
        "stream": True,
        "stream_options": {"include_usage": True},
        "return_progress": True,
        **_SAMPLING,
    }
    formatted = chat.response_format is not None and chat.response_format.get("type") != "text"
    if formatted and offer.functions:
        raise _invalid("this model takes tools or a response_format, not both")
    if formatted:
        body["response_format"] = chat.response_format
    elif offer.forced:
        body["response_format"] = {
            "type": "json_schema",
            "json_schema": {"name": "call", "schema": calls.grammar(offer)},
        }
    return body


def _checked(chat: Chat, context_tokens: int) -> list[dict[str, Any]]:
    messages = []
    size = 0
    for message in chat.messages:
        role, content = message.get("role"), message.get("content")
        if not isinstance(role, str) or role not in _ROLES:
            raise _invalid(f"a message's role is one of {', '.join(_ROLES)}")
        if content is not None and not isinstance(content, str):
            raise _invalid("this model reads texts only: a message's content is a text")
        size += len(content or "")
        messages.append({**message, "role": _ROLES[role]})
    if not messages:
        raise _invalid("there is no message")
    # Splitting millions of characters into tokens only to refuse them would hold up everybody else.
    if size > context_tokens * _LONGEST_TOKEN:
        raise _invalid(f"the messages are too long: this model takes at most {context_tokens} tokens")
    return messages


def _invalid(message: str) -> EngineError:
    return EngineError(FailureCode.INVALID_INPUT, message)
