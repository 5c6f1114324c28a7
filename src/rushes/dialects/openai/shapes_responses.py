"""The JSON of /responses. Nothing is kept: every request brings its whole conversation."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

from rushes.dialects.openai.shapes_chat import Json, Tokens

Status = Literal["in_progress", "completed", "incomplete", "failed"]
ItemStatus = Literal["in_progress", "completed", "incomplete"]


class TextConfig(Struct, kw_only=True):
    """The form of the answer: `format` is text, json_object or json_schema."""

    format: Json | None = None


class CreateResponse(Struct, kw_only=True):
    """What to answer: a text, or the items of the conversation so far."""

    model: str
    input: str | list[Json]
    instructions: str | None = None
    max_output_tokens: Tokens | None = None
    temperature: Annotated[float, Meta(ge=0, le=2)] | None = None
    top_p: Annotated[float, Meta(gt=0, le=1)] | None = None
    text: TextConfig | None = None
    tools: list[Json] | None = None
    tool_choice: str | Json | None = None
    stream: bool | None = None
    parallel_tool_calls: bool | None = None
    metadata: dict[str, str] | None = None
    store: bool | None = None
    background: bool | None = None
    previous_response_id: str | None = None
    conversation: str | Json | None = None
    prompt: Json | None = None
    include: list[str] | None = None
    top_logprobs: int | None = None
    """Refused, where it is more than 0."""
    user: str | None = None
    safety_identifier: str | None = None


class OutputText(Struct, kw_only=True):
    """A text that the model wrote."""

    text: str
    type: Literal["output_text"] = "output_text"
    annotations: tuple[()] = ()
    logprobs: tuple[()] = ()


class OutputMessage(Struct, kw_only=True, tag_field="type", tag="message"):
    """A message that the model wrote."""

    id: str
    status: ItemStatus
    content: list[OutputText]
    role: Literal["assistant"] = "assistant"


class FunctionCall(Struct, kw_only=True, tag_field="type", tag="function_call"):
    """A function that the model wants called; `arguments` is JSON in a text."""

    id: str
    call_id: str
    name: str
    arguments: str
    status: ItemStatus


class InputDetails(Struct, frozen=True, kw_only=True):
    """Nothing is cached."""

    cached_tokens: int = 0
    cache_write_tokens: int = 0


class OutputDetails(Struct, frozen=True, kw_only=True):
    """Reasoning is not counted apart."""

    reasoning_tokens: int = 0


class Usage(Struct, kw_only=True):
    """Tokens, as the model that ran counts them."""

    input_tokens: int
    output_tokens: int
    total_tokens: int
    input_tokens_details: InputDetails = InputDetails()
    output_tokens_details: OutputDetails = OutputDetails()


class Incomplete(Struct, kw_only=True):
    """Why an answer is not whole."""

    reason: Literal["max_output_tokens", "content_filter"]


class Failure(Struct, kw_only=True):
    """Why an answer failed in the middle."""

    message: str
    code: Literal["server_error"] = "server_error"


class Response(Struct, kw_only=True):
    """An answer as it stands."""

    id: str
    created_at: int
    status: Status
    model: str
    output: list[OutputMessage | FunctionCall]
    instructions: str | None
    max_output_tokens: int | None
    temperature: float
    top_p: float
    tool_choice: str | Json
    tools: list[Json]
    text: TextConfig
    metadata: dict[str, str]
    usage: Usage | None = None
    completed_at: int | None = None
    error: Failure | None = None
    incomplete_details: Incomplete | None = None
    parallel_tool_calls: bool = True
    previous_response_id: None = None
    background: bool = False
    store: bool = False
    truncation: Literal["disabled"] = "disabled"
    object: Literal["response"] = "response"


class LifeEvent(Struct, kw_only=True):
    """A change of the whole answer: created, in_progress, completed, incomplete, failed."""

    type: str
    sequence_number: int
    response: Response


class ItemEvent(Struct, kw_only=True):
    """An item began or is whole."""

    type: Literal["response.output_item.added", "response.output_item.done"]
    sequence_number: int
    output_index: int
    item: OutputMessage | FunctionCall


class PartEvent(Struct, kw_only=True):
    """A message's text began or is whole."""

    type: Literal["response.content_part.added", "response.content_part.done"]
    sequence_number: int
    output_index: int
    item_id: str
    part: OutputText
    content_index: int = 0


class TextDelta(Struct, kw_only=True):
    """Some more of a text."""

    sequence_number: int
    output_index: int
    item_id: str
    delta: str
    content_index: int = 0
    logprobs: tuple[()] = ()
    type: Literal["response.output_text.delta"] = "response.output_text.delta"


class TextDone(Struct, kw_only=True):
    """A whole text."""

    sequence_number: int
    output_index: int
    item_id: str
    text: str
    content_index: int = 0
    logprobs: tuple[()] = ()
    type: Literal["response.output_text.done"] = "response.output_text.done"


class ArgumentsDelta(Struct, kw_only=True):
    """Some more of a call's arguments."""

    sequence_number: int
    output_index: int
    item_id: str
    delta: str
    type: Literal["response.function_call_arguments.delta"] = "response.function_call_arguments.delta"


class ArgumentsDone(Struct, kw_only=True):
    """A call's whole arguments."""

    sequence_number: int
    output_index: int
    item_id: str
    name: str
    arguments: str
    type: Literal["response.function_call_arguments.done"] = "response.function_call_arguments.done"


Event = LifeEvent | ItemEvent | PartEvent | TextDelta | TextDone | ArgumentsDelta | ArgumentsDone
Item = OutputMessage | FunctionCall
