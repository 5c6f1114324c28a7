"""Between /responses and the core: its items are the messages of a chat. No input or output happens here."""

from __future__ import annotations

from typing import Any

import msgspec

from rushes.catalog import Model
from rushes.dialects.kit.problems import invalid
from rushes.dialects.openai import shapes_responses as shapes
from rushes.dialects.openai.errors import unsupported
from rushes.dialects.openai.refusing import refuse_fields
from rushes.dialects.openai.texts import DEFAULT_TOKENS, check_format, check_tools, text_of
from rushes.engines.text import Chat

_STATELESS = "nothing is kept between requests; send the whole conversation as input"
_ROLES = {"system": "system", "developer": "system", "user": "user", "assistant": "assistant"}
_FUNCTION = ("name", "description", "parameters", "strict")
_SCHEMA = ("name", "description", "schema", "strict")
_MOST_ITEMS = 1000


def chat(model: Model, body: shapes.CreateResponse) -> Chat:
    """What a body asks for. Raises a Problem naming what cannot be done."""
    for field in ("previous_response_id", "conversation"):
        if getattr(body, field):
            raise unsupported(field, _STATELESS, field)
    if body.background:
        raise unsupported("background", "use stream to get the answer as it is written", "background")
    if body.prompt:
        raise unsupported("a stored prompt", "send it as instructions and input", "prompt")
    refuse_fields("response", body)
    if wanted := [name for name in body.include or () if "logprobs" in name]:
        raise unsupported(f"include {wanted[0][:100]}", "the models here do not tell how likely tokens are", "include")
    check_tools(body.tools, body.tool_choice, "")
    check_format(body.text.format if body.text is not None else None, "text.format")
    return Chat(
        model=model.id,
        messages=tuple(_messages(body)),
        max_tokens=body.max_output_tokens or DEFAULT_TOKENS,
        temperature=_or_one(body.temperature),
        top_p=_or_one(body.top_p),
        tools=tuple({"type": "function", "function": _picked(tool, _FUNCTION)} for tool in body.tools or ()),
        tool_choice=_tool_choice(body.tool_choice),
        response_format=_response_format(body.text),
        one_call=body.parallel_tool_calls is False,
    )


def begun(body: shapes.CreateResponse, name: str, created: int) -> shapes.Response:
    """The answer before anything of it is written."""
    return shapes.Response(
        id=name,
        created_at=created,
        status="in_progress",
        model=body.model,
        output=[],
        instructions=body.instructions,
        max_output_tokens=body.max_output_tokens,
        temperature=_or_one(body.temperature),
        top_p=_or_one(body.top_p),
        tool_choice=body.tool_choice or "auto",
        tools=[{"parameters": None, "strict": None, **tool} for tool in body.tools or ()],
        text=shapes.TextConfig(format=(body.text and body.text.format) or {"type": "text"}),
        metadata=body.metadata or {},
        parallel_tool_calls=body.parallel_tool_calls is not False,
    )


def warnings(body: shapes.CreateResponse) -> list[str]:
    """What is not done as asked."""
    found = ["store: the response is not kept"] if body.store else []
    return found + [f"include: {name[:100]} is not known here" for name in body.include or ()]


def _messages(body: shapes.CreateResponse) -> list[dict[str, Any]]:
    messages: list[dict[str, Any]] = []
    if body.instructions:
        messages.append({"role": "system", "content": body.instructions})
    if isinstance(body.input, str):
        messages.append({"role": "user", "content": body.input})
        return messages
    if not 1 <= len(body.input) <= _MOST_ITEMS:
        raise invalid("input", f"must have 1 to {_MOST_ITEMS} items")
    for number, item in enumerate(body.input):
        _add(messages, item, f"input[{number}]")
    return messages


def _add(messages: list[dict[str, Any]], item: dict[str, Any], field: str) -> None:
    kind = item.get("type") or "message"
    if kind == "reasoning":
        return  # another service's thoughts: no engine here can read them
    if kind == "message":
        role = item.get("role")
        if role not in _ROLES:
            raise invalid(f"{field}.role", f"must be one of {', '.join(_ROLES)}")
        messages.append({"role": _ROLES[role], "content": text_of(item.get("content"), f"{field}.content")})
    elif kind == "function_call":
        # A chat has all calls of one turn in one message.
        last = messages[-1] if messages else {}
        if last.get("role") != "assistant":
            last = {"role": "assistant", "content": ""}
            messages.append(last)
        function = {key: _text(item, key, field) for key in ("name", "arguments")}
        call = {"id": _text(item, "call_id", field), "type": "function", "function": function}
        last.setdefault("tool_calls", []).append(call)
    elif kind == "function_call_output":
        output = text_of(item.get("output"), f"{field}.output")
        messages.append({"role": "tool", "tool_call_id": _text(item, "call_id", field), "content": output})
    elif kind == "item_reference":
        raise unsupported("item_reference", _STATELESS, field)
    else:
        raise unsupported(f"an item of type {str(kind)[:50]!r}", "send messages and function calls only", field)


def _text(item: dict[str, Any], key: str, field: str) -> str:
    value = item.get(key)
    if not isinstance(value, str):
        raise invalid(f"{field}.{key}", "must be a text")
    return value


def _picked(source: dict[str, Any], keys: tuple[str, ...]) -> dict[str, Any]:
    return {key: source[key] for key in keys if source.get(key) is not None}


def _tool_choice(choice: str | dict[str, Any] | None) -> Any:
    if not isinstance(choice, dict):
        return choice
    return {"type": "function", "function": {"name": choice["name"]}}


def _response_format(config: shapes.TextConfig | None) -> dict[str, Any] | None:
    form = config.format if config is not None else None
    if form is None or form.get("type") == "text":
        return None
    if form.get("type") == "json_object":
        return {"type": "json_object"}
    return {"type": "json_schema", "json_schema": _picked(form, _SCHEMA)}


def _or_one(value: float | None) -> float:
    return 1.0 if value is None else value


def changed(response: shapes.Response, **fields: Any) -> shapes.Response:
    """A copy with other fields; events that were made of the first one stay as they are."""
    return msgspec.structs.replace(response, **fields)
