"""What chats and responses share: the model, contents that must be texts, the calls that tools are asked for."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import Any

from msgspec import Struct

from rushes.catalog import Catalog, Model
from rushes.dialects.kit.problems import invalid
from rushes.dialects.openai.errors import unsupported
from rushes.dialects.openai.planning import find_model
from rushes.engines.contract import Mode
from rushes.engines.text import Piece
from rushes.jobs import Written

DEFAULT_TOKENS = 4096
"""The longest answer where none is asked for; its price is held until the answer is there."""
_TEXT_PARTS = ("text", "input_text", "output_text")


class Call(Struct, kw_only=True):
    """A call of a tool as it comes in; `arguments` is JSON in a text."""

    id: str = ""
    name: str = ""
    arguments: str = ""


class Calls:
    """Puts calls together from their deltas."""

    def __init__(self) -> None:
        self._by_index: dict[int, Call] = {}

    def add(self, delta: dict[str, Any]) -> tuple[int, Call]:
        """Take in one delta; the call it belongs to."""
        index = int(delta.get("index") or 0)
        call = self._by_index.setdefault(index, Call())
        function = delta.get("function") or {}
        call.id = call.id or str(delta.get("id") or "")
        call.name = call.name or str(function.get("name") or "")
        call.arguments += str(function.get("arguments") or "")
        return index, call

    def at(self, index: int) -> Call:
        """The call that came under `index`."""
        return self._by_index[index]

    def all(self) -> list[Call]:
        """The calls in order."""
        return [self._by_index[index] for index in sorted(self._by_index)]


class Answer(Struct, frozen=True):
    """A whole answer."""

    text: str
    calls: list[Call]
    written: Written


async def collected(pieces: AsyncGenerator[Piece | Written, None]) -> Answer:
    """All pieces as one answer."""
    texts: list[str] = []
    calls = Calls()
    written: Written | None = None
    async with aclosing(pieces):
        async for item in pieces:
            if isinstance(item, Written):
                written = item
                continue
            texts.append(item.text)
            for delta in item.tool_calls:
                calls.add(delta)
    assert written is not None  # Texts.write ends with one, or raises
    return Answer("".join(texts), calls.all(), written)


def text_model(catalog: Catalog, name: str) -> Model:
    """The named text model. Raises a Problem."""
    return find_model(catalog, name, (Mode.TEXT_TO_TEXT,))


def text_of(content: Any, field: str) -> str:
    """A content as one text: a text, or parts that are all texts. Raises a Problem naming `field`."""
    if content is None:
        return ""
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        raise invalid(field, "must be a text or a list of parts")
    return "".join(_part(part, f"{field}[{number}]") for number, part in enumerate(content))


def functions_only(tools: Sequence[dict[str, Any]] | None) -> None:
    """Raises a Problem when a tool is one that the service would have to run itself."""
    for number, tool in enumerate(tools or ()):
        if tool.get("type") != "function":
            what = f"a tool of type {str(tool.get('type'))[:50]!r}"
            raise unsupported(what, "describe it as a function, and run it yourself", f"tools[{number}]")


def _part(part: Any, field: str) -> str:
    if not isinstance(part, dict):
        raise invalid(field, "must be an object with a type")
    kind = part.get("type")
    if kind == "refusal":
        return str(part.get("refusal") or "")
    if kind not in _TEXT_PARTS:
        raise unsupported(f"a part of type {str(kind)[:50]!r}", "the models here read texts only, describe it", field)
    if not isinstance(part.get("text"), str):
        raise invalid(f"{field}.text", "must be a text")
    return str(part["text"])
