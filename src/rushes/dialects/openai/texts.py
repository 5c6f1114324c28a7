"""What chats and responses share: the model, contents that must be texts, the calls that tools are asked for."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import Any

from msgspec import Struct

from rushes.catalog import Catalog, Model
from rushes.dialects.kit.problems import Problem, invalid
from rushes.dialects.openai.errors import unsupported
from rushes.dialects.openai.planning import find_model
from rushes.engines.contract import EngineError, FailureCode, Mode
from rushes.engines.text import Piece
from rushes.jobs import Written

DEFAULT_TOKENS = 4096
"""The longest answer where none is asked for; its price is held until the answer is there."""
_CHOICES = ("auto", "none", "required")
_FORMATS = ("text", "json_object", "json_schema")
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


async def blaming(
    pieces: AsyncGenerator[Piece | Written, None], asked: str, form: str
) -> AsyncGenerator[Piece | Written, None]:
    """The pieces; what the engine refuses before the first of them is the fault of the field `asked`, or of `form`."""
    began = False
    async with aclosing(pieces):
        try:
            async for item in pieces:
                began = True
                yield item
        except EngineError as error:
            if began or error.code is not FailureCode.INVALID_INPUT:
                raise
            field = form if "schema" in error.message.lower() else asked
            raise Problem(400, "invalid_parameter", f"{field}: {error.message}", field=field) from None


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


def check_tools(tools: Sequence[dict[str, Any]] | None, choice: Any, inside: str = "function") -> None:
    """Raises a Problem when a tool is one that the service would have to run itself, has no name, or when the choice is
    none of them. `inside` is the object that has a function's name, where it is not the tool itself."""
    names = set()
    for number, tool in enumerate(tools or ()):
        if tool.get("type") != "function":
            what = f"a tool of type {str(tool.get('type'))[:50]!r}"
            raise unsupported(what, "describe it as a function, and run it yourself", f"tools[{number}]")
        names.add(_name(tool, inside, f"tools[{number}]"))
    if isinstance(choice, dict):
        if choice.get("type") != "function":
            what = f"a tool_choice of type {str(choice.get('type'))[:50]!r}"
            raise unsupported(what, "name a function, or auto, none, required", "tool_choice")
        if _name(choice, inside, "tool_choice") not in names:
            raise invalid("tool_choice", "names a function that is not among the tools")
    elif choice not in (None, *_CHOICES):
        raise invalid("tool_choice", f"must be one of {', '.join(_CHOICES)}, or a function that is among the tools")
    elif choice == "required" and not names:
        raise invalid("tool_choice", "required needs tools")


def check_calls(calls: Any, field: str) -> None:
    """Raises a Problem unless these are calls that an assistant made, or none."""
    if calls is None:
        return
    if not isinstance(calls, list):
        raise invalid(field, "must be a list of calls")
    for number, call in enumerate(calls):
        match call:
            case {"id": str(), "function": {"name": str(), "arguments": str()}}:
                continue
        raise invalid(f"{field}[{number}]", "must have an id and a function with its name, and its arguments as a text")


def check_format(form: dict[str, Any] | None, field: str, inside: str = "") -> None:
    """Raises a Problem unless `form` is one that an answer can have. A schema's name and text are in `inside`."""
    if form is None:
        return
    if form.get("type") not in _FORMATS:
        raise invalid(f"{field}.type", f"must be one of {', '.join(_FORMATS)}")
    if form["type"] == "json_schema":
        schema = form.get("json_schema") if inside else form
        if not isinstance(schema, dict) or not isinstance(schema.get("schema"), dict):
            raise invalid(f"{field}.{inside}schema", "is required: a JSON schema")


def _name(source: dict[str, Any], inside: str, field: str) -> str:
    holder = source.get(inside) if inside else source
    name = holder.get("name") if isinstance(holder, dict) else None
    if not isinstance(name, str) or not name:
        raise invalid(".".join(part for part in (field, inside, "name") if part), "is required")
    return name


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
