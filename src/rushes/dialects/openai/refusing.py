"""Endpoints and fields that OpenAI has and this server has not: refused by name (unsupported.toml). Any other path is
not found.
"""

from __future__ import annotations

import tomllib
from importlib.resources import files
from typing import Literal

import msgspec
from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response

from rushes.dialects.kit.endpoint import Endpoint, Handler
from rushes.dialects.kit.gate import Gate
from rushes.dialects.kit.problems import Problem
from rushes.dialects.openai.errors import ErrorBody, unsupported

_ROOT = "/openai/v1"


class _Row(Struct, forbid_unknown_fields=True):
    method: Literal["GET", "POST", "DELETE"]
    path: str
    what: str
    instead: str


class _Field(Struct, forbid_unknown_fields=True):
    of: Literal["chat", "response", "image"]
    name: str
    instead: str


class _Rows(Struct):
    endpoint: list[_Row]
    field: list[_Field]


_ROWS = msgspec.convert(tomllib.loads((files(__package__) / "unsupported.toml").read_text("utf-8")), _Rows)


def refuse_fields(of: Literal["chat", "response", "image"], body: Struct) -> None:
    """Raises a Problem when a field of `body` asks for what cannot be done. False, 0, "none" and empty lists do not."""
    for field in _ROWS.field:
        if field.of == of and getattr(body, field.name, None) not in (None, False, 0, "none", []):
            raise unsupported(field.name, field.instead, field.name)


def named(gate: Gate) -> list[Endpoint]:
    """Those that the package has methods for. They come before endpoints with an id in their path."""
    return [
        Endpoint(
            method=row.method,
            path=_ROOT + row.path,
            run=_refuse(gate, row, f"refused_{number}"),
            summary=f"Not served: {row.what}",
            answer=ErrorBody,
            status=400,
            errors=(429,),
        )
        for number, row in enumerate(_ROWS.endpoint)
    ]


def others(gate: Gate) -> list[Endpoint]:
    """Every other path below /openai/v1. They come last."""

    async def nothing_here(request: Request) -> Response:
        await gate.by_key(request)
        path = request.path_params["path"][:200]
        served = "videos, images, chat, responses, embeddings, audio and models are (see /docs)"
        message = f"/openai/v1/{path} is not served; {served}"
        raise Problem(404, "not_found", message)

    def row(method: Literal["GET", "POST", "DELETE"]) -> Endpoint:
        async def run(request: Request) -> Response:
            return await nothing_here(request)

        run.__name__ = f"nothing_here_{method.lower()}"
        return Endpoint(method=method, path=f"{_ROOT}/{{path:path}}", run=run, summary="Not served: anything else",
                        answer=ErrorBody, status=404, errors=(429,))  # fmt: skip

    return [row("GET"), row("POST"), row("DELETE")]


def _refuse(gate: Gate, row: _Row, name: str) -> Handler:
    async def run(request: Request) -> Response:
        await gate.by_key(request)
        raise unsupported(row.what, row.instead)

    run.__name__ = name
    return run
