"""Bodies that are JSON from one client and a form from another: read as the same struct."""

from __future__ import annotations

import re
from typing import Any, Generic, TypeVar

import msgspec
from msgspec import Struct
from starlette.requests import Request

from rushes.dialects.kit.forms import Form, Upload, is_form, read_form
from rushes.dialects.kit.reading import Body, from_texts

T = TypeVar("T", bound=Struct)
_INNER = re.compile(r"([^\[\]]+)\[([^\[\]]+)\]")
_NO_FILES: dict[str, list[Upload]] = {}


class Given(Struct, Generic[T], frozen=True):
    """A body: its fields, the files of a form, the fields that this API does not know."""

    fields: T
    files: dict[str, list[Upload]]
    unknown: list[str]

    def file(self, name: str) -> Upload | None:
        """The first file called `name`."""
        return next(iter(self.files.get(name, ())), None)


class AnyBody(Generic[T]):
    """How an endpoint reads its body as `kind`, at most `limit` bytes. `lists` are the form's fields with many values.

    With `only_form`, JSON is refused: the endpoint needs a file.
    """

    def __init__(self, kind: type[T], limit: int, *, lists: frozenset[str] = frozenset(), only_form: bool = False):
        self._kind = kind
        self._limit = limit
        self._lists = lists
        self._only_form = only_form
        self._json = Body(kind, limit)
        self._known = frozenset(field.encode_name for field in msgspec.structs.fields(kind))

    async def read(self, request: Request) -> Given[T]:
        """The body. Answers 400 naming a wrong field, 413."""
        if not (self._only_form or is_form(request)):
            fields, unknown = await self._json.read(request)
            return Given(fields, _NO_FILES, unknown)
        form = await read_form(request, self._limit)
        texts = _texts(form, self._lists)
        return Given(from_texts(texts, self._kind), form.files, [name for name in texts if name not in self._known])


def _texts(form: Form, lists: frozenset[str]) -> dict[str, Any]:
    """The form's texts by name, `a[b]` as a part of `a`. Empty ones are how the client writes None: left out."""
    found: dict[str, Any] = {}
    for name, all_values in form.texts.items():
        values = [value for value in all_values if value]
        if not values:
            continue
        inner = _INNER.fullmatch(name)
        if inner:
            part = found.setdefault(inner[1], {})
            if isinstance(part, dict):
                part[inner[2]] = values[-1]
        else:
            found[name] = values if name in lists else values[-1]
    return found
