"""The chunks of a streamed chat completion, as pieces."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Struct, field

from rushes.engines.contract import EngineError, FailureCode
from rushes.engines.text import End, Finish, Piece
from rushes.engines.upstream_text.faults import fault_within

_FINISH: dict[str, Finish] = {
    "length": "length",
    "max_tokens": "length",
    "tool_calls": "tool_calls",
    "function_call": "tool_calls",
    "content_filter": "content_filter",
}
"""Any other word means that the model was done."""


class _Delta(Struct):
    content: str | None = None
    refusal: str | None = None
    tool_calls: list[dict[str, Any]] | None = None


class _Choice(Struct):
    delta: _Delta | None = None
    finish_reason: str | None = None
    index: int = 0


class _Usage(Struct):
    prompt_tokens: int | None = None
    completion_tokens: int | None = None


class _Chunk(Struct):
    choices: list[_Choice] = field(default_factory=list)
    usage: _Usage | None = None
    model: str | None = None
    error: Any = None


class Answer:
    """One answer as it comes in."""

    def __init__(self, model: str, secret: str) -> None:
        self._model = model
        self._secret = secret
        self._finish = ""
        self._usage: _Usage | None = None

    def add(self, data: bytes) -> Piece | None:
        """Take in one event. Raises EngineError."""
        try:
            chunk = msgspec.json.decode(data, type=_Chunk)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise _broken("sent something that is not a chat completion") from error
        if chunk.error:
            raise fault_within(chunk.error, self._secret)
        self._usage = chunk.usage or self._usage
        self._model = chunk.model or self._model
        for choice in chunk.choices:
            if choice.index == 0:
                return self._piece(choice)
        return None

    def end(self) -> End:
        """The end, once the stream is over. Raises EngineError for an answer that is not whole, or not counted."""
        if self._finish in ("", "error"):
            raise _broken("broke off in the middle of the answer")
        usage = self._usage or _Usage()
        if usage.prompt_tokens is None or usage.completion_tokens is None:
            # A guess would be somebody's bill.
            raise _broken("did not say how many tokens it used")
        return End(
            finish=_FINISH.get(self._finish, "stop"),
            prompt_tokens=usage.prompt_tokens,
            completion_tokens=usage.completion_tokens,
            model=self._model,
        )

    def _piece(self, choice: _Choice) -> Piece | None:
        self._finish = choice.finish_reason or self._finish
        delta = choice.delta
        if delta is None:
            return None
        piece = Piece(text=delta.content or delta.refusal or "", tool_calls=tuple(delta.tool_calls or ()))
        return piece if piece.text or piece.tool_calls else None


def _broken(what: str) -> EngineError:
    return EngineError(FailureCode.UNAVAILABLE, f"the text service {what}")
