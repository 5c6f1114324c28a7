"""Between /chat/completions and the core. No input or output happens here."""

from __future__ import annotations

from typing import Any

from msgspec import UNSET

from rushes.catalog import Model
from rushes.dialects.kit.problems import invalid
from rushes.dialects.openai import shapes_chat as shapes
from rushes.dialects.openai.errors import unsupported
from rushes.dialects.openai.refusing import refuse_fields
from rushes.dialects.openai.texts import DEFAULT_TOKENS, Answer, check_calls, check_format, check_tools, text_of
from rushes.engines.text import Chat, End

_ROLES = {"system": "system", "developer": "system", "user": "user", "assistant": "assistant", "tool": "tool"}
"""Models other than OpenAI's know no developer."""
_KEPT = ("name", "tool_calls", "tool_call_id")
_MOST_STOPS = 4


def chat(model: Model, body: shapes.CreateChat) -> Chat:
    """What a body asks for. Raises a Problem naming what cannot be done."""
    if body.n not in (None, 1):
        raise unsupported("n above 1", "send the request several times", "n")
    if body.modalities and set(body.modalities) != {"text"}:
        raise unsupported("an answer that is not text", "use /audio/speech to have it spoken", "modalities")
    stop = (body.stop,) if isinstance(body.stop, str) else tuple(body.stop or ())
    if len(stop) > _MOST_STOPS:
        raise invalid("stop", f"at most {_MOST_STOPS} are accepted")
    refuse_fields("chat", body)
    check_tools(body.tools, body.tool_choice)
    check_format(body.response_format, "response_format", "json_schema.")
    return Chat(
        model=model.id,
        messages=tuple(_message(message, f"messages[{number}]") for number, message in enumerate(body.messages)),
        max_tokens=body.max_completion_tokens or body.max_tokens or DEFAULT_TOKENS,
        temperature=1.0 if body.temperature is None else body.temperature,
        top_p=1.0 if body.top_p is None else body.top_p,
        stop=tuple(text for text in stop if text),
        seed=body.seed,
        presence_penalty=body.presence_penalty or 0.0,
        frequency_penalty=body.frequency_penalty or 0.0,
        tools=tuple(body.tools or ()),
        tool_choice=body.tool_choice,
        response_format=body.response_format,
        one_call=body.parallel_tool_calls is False,
    )


def completion(name: str, answer: Answer) -> shapes.ChatCompletion:
    """A whole answer, for the model that was asked for by `name`."""
    end, job = answer.written.end, answer.written.job
    calls = [
        shapes.ToolCall(id=call.id, function=shapes.ToolFunction(name=call.name, arguments=call.arguments))
        for call in answer.calls
    ]
    message = shapes.Message(content=answer.text or (None if calls else ""), tool_calls=calls or UNSET)
    return shapes.ChatCompletion(
        id=job.id,
        created=job.created_at // 1000,
        model=name,
        choices=[shapes.Choice(message=message, finish_reason=end.finish)],
        usage=usage(end),
        system_fingerprint=end.model,
    )


def usage(end: End) -> shapes.Usage:
    """What was read and written."""
    total = end.prompt_tokens + end.completion_tokens
    return shapes.Usage(prompt_tokens=end.prompt_tokens, completion_tokens=end.completion_tokens, total_tokens=total)


class Chunks:
    """The events of one streamed answer."""

    def __init__(self, job: str, name: str, created: int, *, with_usage: bool) -> None:
        self._job = job
        self._name = name
        self._created = created
        self._with_usage = with_usage

    def first(self) -> shapes.ChatChunk:
        """Who speaks."""
        return self._chunk([shapes.ChunkChoice(delta=shapes.Delta(role="assistant", content=""))])

    def more(self, text: str, tool_calls: tuple[dict[str, Any], ...]) -> shapes.ChatChunk:
        """Some more of the answer."""
        delta = shapes.Delta(content=text or UNSET, tool_calls=list(tool_calls) or UNSET)
        return self._chunk([shapes.ChunkChoice(delta=delta)])

    def last(self, end: End) -> list[shapes.ChatChunk]:
        """How it ended and, where it was asked for, what was used."""
        ended = self._chunk([shapes.ChunkChoice(delta=shapes.Delta(), finish_reason=end.finish)])
        ended.system_fingerprint = end.model
        if not self._with_usage:
            return [ended]
        counted = self._chunk([])
        counted.usage = usage(end)
        return [ended, counted]

    def _chunk(self, choices: list[shapes.ChunkChoice]) -> shapes.ChatChunk:
        return shapes.ChatChunk(
            id=self._job,
            created=self._created,
            model=self._name,
            choices=choices,
            usage=None if self._with_usage else UNSET,
        )


def _message(message: dict[str, Any], field: str) -> dict[str, Any]:
    role = message.get("role")
    if role not in _ROLES:
        raise invalid(f"{field}.role", f"must be one of {', '.join(_ROLES)}")
    if role != "assistant" and message.get("content") is None:
        raise invalid(f"{field}.content", "is required")
    text = text_of(message.get("content"), f"{field}.content")
    check_calls(message.get("tool_calls"), f"{field}.tool_calls")
    return {"role": _ROLES[role], "content": text, **{key: message[key] for key in _KEPT if message.get(key)}}
