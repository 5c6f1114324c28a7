"""The OpenAPI 3.1 document of the dialects' endpoints; schemas come from their msgspec types."""

from __future__ import annotations

import re
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

import msgspec

from rushes.dialects.kit.endpoint import Dialect, Endpoint
from rushes.dialects.kit.gate import COOKIE

_PARAMETER = re.compile(r"{(\w+)(?::\w+)?}")
_SECURITY: dict[str, list[dict[str, list[str]]]] = {
    "none": [],
    "key": [{"apiKey": []}],
    "token": [{"sessionToken": []}],
    "key or token": [{"apiKey": []}, {"sessionToken": []}],
}
_COOKIE: list[dict[str, list[str]]] = [{"sessionCookie": []}]
_IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "The same key and body are answered, not done, again; kept for a day.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255},
}


def document(dialects: Sequence[Dialect], *, version: str) -> dict[str, Any]:
    """One OpenAPI document over several dialects, a tag each."""
    types = [
        kind
        for dialect in dialects
        for endpoint in dialect.endpoints
        for kind in (endpoint.body, endpoint.query, endpoint.answer)
        if kind is not None
    ] + [dialect.error for dialect in dialects]
    schemas, components = msgspec.json.schema_components(types, ref_template="#/components/schemas/{name}")
    found = {id(kind): schema for kind, schema in zip(types, schemas, strict=True)}
    paths: dict[str, dict[str, Any]] = {}
    for dialect in dialects:
        for endpoint in dialect.endpoints:
            if not endpoint.listed:
                continue
            path = _PARAMETER.sub(r"{\1}", endpoint.path)
            paths.setdefault(path, {})[endpoint.method.lower()] = _operation(dialect, endpoint, found, components)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Rushes",
            "version": version,
            "description": "One API in front of every video model.",
        },
        "tags": [{"name": d.name, "description": f"{d.title}. {d.description}"} for d in dialects],
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {
                "apiKey": {"type": "http", "scheme": "bearer", "description": "An API key."},
                "sessionToken": {
                    "type": "http",
                    "scheme": "bearer",
                    "bearerFormat": "JWT",
                    "description": "The token that login answers.",
                },
                "sessionCookie": {
                    "type": "apiKey",
                    "in": "cookie",
                    "name": COOKIE,
                    "description": "The session that a log-in in the browser sets.",
                },
            },
        },
    }


def _operation(
    dialect: Dialect, endpoint: Endpoint, found: dict[int, Any], components: dict[str, Any]
) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "tags": [dialect.name],
        "summary": endpoint.summary,
        "operationId": f"{dialect.name}_{endpoint.run.__name__}",
        "security": _SECURITY[endpoint.auth] + (_COOKIE if dialect.sessions and endpoint.auth == "key" else []),
        "responses": _responses(dialect, endpoint, found),
    }
    parameters = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in _PARAMETER.findall(endpoint.path)
    ]
    if endpoint.query is not None:
        parameters += _query(found[id(endpoint.query)], components)
    if endpoint.creates:
        parameters.append(_IDEMPOTENCY_KEY)
    if parameters:
        operation["parameters"] = parameters
    if endpoint.body is not None:
        operation["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": found[id(endpoint.body)]}},
        }
    elif endpoint.upload:
        operation["requestBody"] = {
            "required": True,
            "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
        }
    return operation


def _responses(dialect: Dialect, endpoint: Endpoint, found: dict[int, Any]) -> dict[str, Any]:
    answer: dict[str, Any] = {"description": HTTPStatus(endpoint.status).phrase}
    kinds = (endpoint.media,) if isinstance(endpoint.media, str) else endpoint.media
    if endpoint.answer is not None:
        answer["content"] = {kind: {"schema": found[id(endpoint.answer)]} for kind in kinds}
    elif kinds != ("application/json",):
        answer["content"] = {kind: {} for kind in kinds}
    if endpoint.others:
        answer["content"] |= {kind: {} for kind in endpoint.others}
    responses = {str(endpoint.status): answer}
    error = {"application/json": {"schema": found[id(dialect.error)]}}
    implied = {401} if endpoint.auth != "none" else set()
    if endpoint.creates:
        implied |= {409}
    for status in sorted({*endpoint.errors, *implied}):
        responses[str(status)] = {"description": HTTPStatus(status).phrase, "content": error}
    return responses


def _query(schema: dict[str, Any], components: dict[str, Any]) -> list[dict[str, Any]]:
    struct = components[schema["$ref"].rpartition("/")[2]]
    required = set(struct.get("required", ()))
    return [
        {"name": name, "in": "query", "required": name in required, "schema": shape}
        for name, shape in struct["properties"].items()
    ]
