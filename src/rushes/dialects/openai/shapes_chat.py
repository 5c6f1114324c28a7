"""The JSON of /chat/completions."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from rushes.engines.text import Finish

Tokens = Annotated[int, Meta(ge=1, le=1_000_000)]
Penalty = Annotated[float, Meta(ge=-2, le=2)]
Json = dict[str, Any]


class StreamOptions(Struct, kw_only=True):
    """What a stream is to tell besides the text."""

    include_usage: bool = False


class CreateChat(Struct, kw_only=True):
    """A chat to continue. Contents are texts: there is no engine here that sees or hears."""

    model: str
    messages: Annotated[list[Json], Meta(min_length=1, max_length=1000)]
    max_tokens: Tokens | None = None
    max_completion_tokens: Tokens | None = None
    temperature: Annotated[float, Meta(ge=0, le=2)] | None = None
    top_p: Annotated[float, Meta(gt=0, le=1)] | None = None
    presence_penalty: Penalty | None = None
    frequency_penalty: Penalty | None = None
    n: int | None = None
    stop: str | list[str] | None = None
    seed: int | None = None
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    response_format: Json | None = None
    tools: list[Json] | None = None
    tool_choice: str | Json | None = None
    modalities: list[str] | None = None
    parallel_tool_calls: bool | None = None
    user: str | None = None
    safety_identifier: str | None = None
    metadata: Json | None = None
    # Refused (unsupported.toml).
    audio: Json | None = None
    functions: list[Json] | None = None
    function_call: str | Json | None = None
    logit_bias: dict[str, float] | None = None
    logprobs: bool | None = None
    top_logprobs: int | None = None
    web_search_options: Json | None = None


class ToolFunction(Struct, kw_only=True, omit_defaults=True):
    """A function and, as JSON in a text, its arguments."""

    name: str | UnsetType = UNSET
    arguments: str | UnsetType = UNSET


class ToolCall(Struct, kw_only=True):
    """A whole call."""

    id: str
    function: ToolFunction
    type: Literal["function"] = "function"


class Message(Struct, kw_only=True):
    """What the model wrote."""

    content: str | None
    role: Literal["assistant"] = "assistant"
    refusal: None = None
    tool_calls: list[ToolCall] | UnsetType = UNSET


class Choice(Struct, kw_only=True):
    """The one answer."""

    message: Message
    finish_reason: Finish
    index: int = 0
    logprobs: None = None


class Usage(Struct, kw_only=True):
    """Tokens, as the model that ran counts them."""

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int


class ChatCompletion(Struct, kw_only=True):
    """A whole answer. `system_fingerprint` names the model that really ran."""

    id: str
    created: int
    model: str
    choices: list[Choice]
    usage: Usage
    system_fingerprint: str
    object: Literal["chat.completion"] = "chat.completion"


class Delta(Struct, kw_only=True):
    """Some more of the answer. `tool_calls` as the engine gives them: by index, their arguments in pieces."""

    role: Literal["assistant"] | UnsetType = UNSET
    content: str | UnsetType = UNSET
    tool_calls: list[Json] | UnsetType = UNSET


class ChunkChoice(Struct, kw_only=True):
    """More of the one answer, or its end."""

    delta: Delta
    finish_reason: Finish | None = None
    index: int = 0
    logprobs: None = None


class ChatChunk(Struct, kw_only=True):
    """One event of a stream."""

    id: str
    created: int
    model: str
    choices: list[ChunkChoice]
    object: Literal["chat.completion.chunk"] = "chat.completion.chunk"
    system_fingerprint: str | UnsetType = UNSET
    usage: Usage | UnsetType | None = UNSET
