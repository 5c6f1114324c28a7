"""What every text engine promises: a chat goes in, pieces of the answer come out as they are made.

Unlike media, text is wanted while it is being written, so a text engine streams and has no operations.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Any, Literal, Protocol

from msgspec import Struct

from rushes.engines.contract import Health

Finish = Literal["stop", "length", "tool_calls", "content_filter"]


class Chat(Struct, frozen=True, kw_only=True):
    """One request. `messages`, `tools`, `tool_choice` and `response_format` are in the shape of OpenAI's chat API,
    which every engine here and upstream understands; message contents are texts. `model` is the name the caller
    used, for upstreams that serve several.
    """

    model: str
    messages: tuple[dict[str, Any], ...]
    max_tokens: int
    temperature: float = 0.7
    top_p: float = 1.0
    stop: tuple[str, ...] = ()
    seed: int | None = None
    presence_penalty: float = 0.0
    frequency_penalty: float = 0.0
    tools: tuple[dict[str, Any], ...] = ()
    tool_choice: Any = None
    response_format: dict[str, Any] | None = None
    one_call: bool = False
    """At most one function is to be called."""


class Piece(Struct, frozen=True, kw_only=True):
    """Some more of the answer. `tool_calls` are deltas in OpenAI's shape."""

    text: str = ""
    tool_calls: tuple[dict[str, Any], ...] = ()


class End(Struct, frozen=True, kw_only=True):
    """The answer is whole. Tokens are the model's own count. `model` is what really ran."""

    finish: Finish
    prompt_tokens: int
    completion_tokens: int
    model: str


class TextEngine(Protocol):
    """What writes text."""

    name: str

    def write(self, chat: Chat) -> AsyncGenerator[Piece | End, None]:
        """Pieces, then one End. Closing the generator early stops the work. Raises EngineError."""
        ...

    async def health(self) -> Health: ...

    async def close(self) -> None: ...
