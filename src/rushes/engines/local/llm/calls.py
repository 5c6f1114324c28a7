"""Functions that the model may call: told to it in words, and found again in what it writes.

llama.cpp has tool calling of its own, bound to the form in each model's chat template. It was tried with the
embedded models and not used: Qwen2.5-Coder writes its calls in a form of its own even where the template's is
demanded, and SmolLM2's template passes over the tools without a word. So the functions are described in the system
message, a call is the JSON object {"name": …, "arguments": {…}}, and where a call is required, a grammar leaves
the model no other way.
"""

from __future__ import annotations

import re
from json import JSONDecodeError, JSONDecoder
from typing import Any

import msgspec
from msgspec import Struct

from rushes.engines.contract import EngineError, FailureCode
from rushes.engines.text import Chat
from rushes.ids import new_id

_INTRODUCTION = """\
# Tools

You may call one or more functions to assist with the user query. These are their signatures:
<tools>
{tools}
</tools>

To call a function, answer only with a JSON object of its name and its arguments:
{{"name": "function name", "arguments": {{"argument": "value"}}}}
When no function helps, answer the user in words."""

_BETWEEN = re.compile(r"(?:\s|</?tool_call>|```(?:json)?)*")
"""What models put around a call."""
_CUT_OFF = re.compile(r'\s*\{\s*"name"\s*:\s*"([^"]*)"\s*,\s*"arguments"\s*:\s*(.*)', re.DOTALL)
"""The call that the grammar makes, perhaps without its end."""

Message = dict[str, Any]


class Offer(Struct, frozen=True, kw_only=True):
    """The functions on offer by name, in OpenAI's shape; `forced`: one of them has to be called; `one`: at most one."""

    functions: dict[str, dict[str, Any]]
    forced: bool
    one: bool = False


def offered(chat: Chat) -> Offer:
    """What may be called, by the tools and the tool choice. Raises EngineError where they do not fit together."""
    functions: dict[str, dict[str, Any]] = {}
    for tool in chat.tools:
        function = tool.get("function")
        if (
            tool.get("type") != "function"
            or not isinstance(function, dict)
            or not isinstance(function.get("name"), str)
        ):
            raise _invalid("a tool is an object with type 'function' and a function with a name")
        functions[function["name"]] = function
    match chat.tool_choice:
        case "none":
            return Offer(functions={}, forced=False)
        case None | "auto":
            return Offer(functions=functions, forced=False, one=chat.one_call)
        case "required" if functions:
            return Offer(functions=functions, forced=True)
        case {"type": "function", "function": {"name": str(name)}} if name in functions:
            return Offer(functions={name: functions[name]}, forced=True)
    raise _invalid("tool_choice is none, auto, required, or a function that is among the tools")


def grammar(offer: Offer) -> dict[str, Any]:
    """The JSON schema of one call."""
    return {
        "anyOf": [
            {
                "type": "object",
                "properties": {"name": {"const": name}, "arguments": function.get("parameters") or {"type": "object"}},
                "required": ["name", "arguments"],
            }
            for name, function in offer.functions.items()
        ]
    }


def told(messages: list[Message], offer: Offer) -> list[Message]:
    """The messages with the functions introduced, and earlier calls and their results as plain texts."""
    plain: list[Message] = []
    for message in messages:
        role, content = message["role"], message.get("content") or ""
        if role == "tool":
            content = f"<tool_response>\n{content}\n</tool_response>"
            if plain and plain[-1]["role"] == "tool":
                plain[-1]["content"] += f"\n{content}"
                continue
        for call in message.get("tool_calls") or ():
            content = f"{content}\n{_written(call)}".lstrip()
        plain.append({"role": role, "content": content})
    for message in plain:
        if message["role"] == "tool":
            message["role"] = "user"
    if offer.functions:
        tools = "\n".join(msgspec.json.encode(function).decode() for function in offer.functions.values())
        introduction = _INTRODUCTION.format(tools=tools)
        if plain[0]["role"] == "system":
            plain[0]["content"] += f"\n\n{introduction}"
        else:
            plain.insert(0, {"role": "system", "content": introduction})
    return plain


def found(text: str, offer: Offer) -> tuple[str, tuple[dict[str, Any], ...]]:
    """The words and the calls in a whole answer; no calls where it does not begin with one."""
    calls: list[dict[str, Any]] = []
    at = _end_of_between(text, 0)
    while (call := _call_at(text, at, offer, len(calls))) is not None:
        made, at = call
        calls.append(made)
        at = _end_of_between(text, at)
    if not calls and offer.forced and (cut := _CUT_OFF.fullmatch(text)):
        return "", (_call(0, cut[1], cut[2]),)
    if calls and offer.one:
        return "", (calls[0],)
    return (text[at:], tuple(calls)) if calls else (text, ())


def may_be_call(text: str) -> bool:
    """Whether an answer that begins like this may still turn out to be a call."""
    start = text.lstrip()
    return any(start.startswith(form) or form.startswith(start) for form in ("{", "```json", "```\n{", "<tool_call>"))


def _call_at(text: str, at: int, offer: Offer, index: int) -> tuple[dict[str, Any], int] | None:
    try:
        made, end = JSONDecoder().raw_decode(text, at)
    except (JSONDecodeError, RecursionError):
        return None
    match made:
        case {"name": str(name), "arguments": dict() | str() as arguments} if name in offer.functions:
            if isinstance(arguments, dict):
                arguments = msgspec.json.encode(arguments).decode()
            return _call(index, name, arguments), end
    return None


def _call(index: int, name: str, arguments: str) -> dict[str, Any]:
    function = {"name": name, "arguments": arguments}
    return {"index": index, "id": new_id("call_"), "type": "function", "function": function}


def _end_of_between(text: str, at: int) -> int:
    match = _BETWEEN.match(text, at)
    assert match is not None  # the pattern matches nothing as well
    return match.end()


def _written(call: Any) -> str:
    match call:
        case {"function": {"name": str(name), "arguments": str(arguments)}}:
            return f'{{"name": {msgspec.json.encode(name).decode()}, "arguments": {arguments or "{}"}}}'
    raise _invalid("a tool call is an object with a function, its name and its arguments as a text")


def _invalid(message: str) -> EngineError:
    return EngineError(FailureCode.INVALID_INPUT, message)
