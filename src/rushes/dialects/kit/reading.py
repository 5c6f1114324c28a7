"""Requests in: credentials, JSON bodies, query parameters; what is wrong with them is said by field."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping, Sequence
from types import UnionType
from typing import Annotated, Any, Generic, TypeVar, Union, get_args, get_origin

import msgspec
from msgspec import Meta, Struct
from starlette.requests import Request

from rushes.dialects.kit.choices import choices
from rushes.dialects.kit.held import SECONDS, SMALL, hold
from rushes.dialects.kit.problems import Problem, invalid
from rushes.dialects.kit.wording import plainly

T = TypeVar("T", bound=Struct)
CALLER = "rushes.caller"
"""Where in a request's scope its admitted caller is kept."""
_BODY = "rushes.body"
_DIGITS = 20
_LIMIT = "rushes.body_limit"
_NAMES = msgspec.json.Decoder(dict[str, msgspec.Raw])
_AT = re.compile(r"^(?P<text>.*?)(?: - at `(?P<where>[^`]*)`)?$", re.DOTALL)
_NO_CHOICE = "Invalid enum value"
_NAMED = re.compile(r"field `(?P<name>[^`]+)`")


def set_body_limit(request: Request, limit: int) -> None:
    """Let this request's body have at most `limit` bytes, wherever it is read."""
    request.scope[_LIMIT] = limit


async def read_bytes(request: Request, limit: int) -> bytes:
    """The body, as often as it is asked for. Answers 413 beyond `limit` bytes, before reading them, 400 where it takes
    too long, 429 and 503 where there are too many large ones at a time (held.py).

    The caller's own limit (set_body_limit) holds beside it.
    """
    limit = min(limit, request.scope.get(_LIMIT, limit))
    too_large = Problem(413, "too_large", f"body: at most {limit} bytes are accepted")
    known: bytes | None = request.scope.get(_BODY)
    if known is not None:
        if len(known) > limit:
            raise too_large
        return known
    declared = request.headers.get("content-length", "")
    expected = int(declared) if declared.isdigit() and len(declared) < _DIGITS else limit
    if expected > limit or len(declared) >= _DIGITS:
        raise too_large
    caller = request.scope.get(CALLER)
    chunks = []
    size = 0
    try:
        async with asyncio.timeout(SECONDS if expected > SMALL else None):
            async for chunk in request.stream():
                size += len(chunk)
                if size > limit:
                    raise too_large
                if size > SMALL:
                    hold(request.scope, caller.who.account if caller is not None else "", size)
                chunks.append(chunk)
    except TimeoutError:
        raise invalid("body", f"did not come whole within {SECONDS:g} seconds") from None
    body: bytes = chunks[0] if len(chunks) == 1 else b"".join(chunks)
    request.scope[_BODY] = body
    return body


class Page(Struct, kw_only=True):
    """The query of a list: how many, after how many."""

    limit: Annotated[int, Meta(ge=1, le=200)] = 50
    offset: Annotated[int, Meta(ge=0, le=2**53)] = 0


class Body(Generic[T]):
    """How an endpoint reads its JSON body: as `kind`, at most `limit` bytes. `optional`: none stands for `{}`."""

    def __init__(self, kind: type[T], limit: int, *, optional: bool = False) -> None:
        self._kind = kind
        self._optional = optional
        self._decoder = msgspec.json.Decoder(kind)
        self._known = {field.encode_name: _inside(field.type) for field in msgspec.structs.fields(kind)}
        self._limit = limit

    async def read(self, request: Request) -> tuple[T, list[str]]:
        """The body, and the fields of it ("a", or "a.b" within an object) that this API does not know.

        Answers 400 naming a wrong field.
        """
        body = await read_bytes(request, self._limit)
        if self._optional and not body.strip():
            body = b"{}"
        return self._decode(body), _unknown(body, self._known)

    def _decode(self, body: bytes) -> T:
        if not body.strip():
            raise invalid("body", "a JSON object is required")
        try:
            return self._decoder.decode(body)
        except msgspec.ValidationError as error:
            raise _explain(error, self._kind) from None
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise invalid("body", f"not valid JSON: {error}") from None


def read_query(request: Request, kind: type[T]) -> T:
    """The query parameters as a struct; unknown ones are ignored."""
    return from_texts(dict(request.query_params), kind)


def from_texts(texts: Mapping[str, Any], kind: type[T]) -> T:
    """Texts by name, or lists and mappings of texts, as a struct. Answers 400 naming a wrong one."""
    try:
        return msgspec.convert(texts, kind, strict=False)
    except msgspec.ValidationError as error:
        raise _explain(error, kind) from None


def bearer(request: Request) -> str | None:
    """The text after `Authorization: Bearer `, None when there is none."""
    header = request.headers.get("authorization")
    if header is None:
        return None
    scheme, _, token = header.partition(" ")
    return token.strip() or None if scheme.lower() == "bearer" else None


def ignored(unknown: Sequence[str]) -> list[str]:
    """Warnings about fields that an API does not know, cut to what is worth reading."""
    return [f"{name[:100]}: ignored" for name in unknown[:20]]


def _explain(error: msgspec.ValidationError, kind: type[Struct]) -> Problem:
    """Turn "Expected `int`, got `str` - at `$.duration`" into a problem with the field's name first."""
    match = _AT.match(str(error))
    text, where = (match["text"], match["where"] or "") if match else (str(error), "")
    path = where.removeprefix("$").lstrip(".")
    named = _NAMED.search(text)
    if named and "missing required" in text:
        field = ".".join(part for part in (path, named["name"]) if part)
        return invalid(field, "is required")
    if text.startswith(_NO_CHOICE) and (allowed := choices(kind, path)):
        return invalid(path, f"must be one of {', '.join(allowed)}")
    return invalid(path or "body", plainly(text))


def _inside(kind: Any) -> frozenset[str]:
    """The names in a field that is an object itself, or may be; none for any other."""
    either = get_args(kind) if get_origin(kind) in (Union, UnionType) else (kind,)
    kinds = [each for each in either if isinstance(each, type) and issubclass(each, Struct)]
    return frozenset(field.encode_name for each in kinds for field in msgspec.structs.fields(each))


def _unknown(body: bytes, known: Mapping[str, frozenset[str]]) -> list[str]:
    found = []
    for name, value in _names(body).items():
        if name not in known:
            found.append(name)
        elif (inside := known[name]) and bytes(value).startswith(b"{"):
            found += [f"{name}.{inner}" for inner in _names(value) if inner not in inside]
    return found


def _names(text: bytes | msgspec.Raw) -> dict[str, msgspec.Raw]:
    """The fields of an object that was decoded already. The names that nobody reads may still be no text at all."""
    try:
        return _NAMES.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise invalid("body", f"not valid JSON: {error}") from None
