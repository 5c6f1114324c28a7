"""Example requests made from an OpenAPI operation: a curl command that a shell takes as it stands."""

from __future__ import annotations

import json
import math
import re
import shlex
from typing import Any
from urllib.parse import urlencode

from rushes.dialects.kit.schemas import Json, resolved
from rushes.dialects.kit.streaming import EVENTS

SERVER = "http://127.0.0.1:8787"
"""Where a server with default settings listens."""

_DEEP = 4
_NOTHING: tuple[Any, ...] = (None, "", [], {})
"""Defaults that say no more than leaving the field out."""

_PLACE = re.compile(r"{(\w+)}")
_KNOWN = {
    "prompt": "A golden retriever running through a meadow at sunset",
    "email": "you@example.com",
    "password": "a long enough password",
    "name": "My App",
}


def curl(path: str, method: str, operation: Json, schemas: Json) -> str:
    """The command, an option a line. Path parameters stand in capitals for the caller to fill in."""
    url = SERVER + _PLACE.sub(lambda place: place[1].upper(), path)
    needed = {
        p["name"]: sample(p["name"], p["schema"], schemas)
        for p in operation.get("parameters", ())
        if p["in"] == "query" and p["required"]
    }
    if needed:
        url += "?" + urlencode(needed, doseq=True)
    streams = any(list(answer.get("content", ())) == [EVENTS] for answer in operation["responses"].values())
    lines = [f"curl{' -N' if streams else ''}{'' if method == 'GET' else f' -X {method}'} {shlex.quote(url)}"]
    kinds = [name for entry in operation["security"] for name in entry]
    if kinds:
        variable = "RUSHES_KEY" if "apiKey" in kinds else "RUSHES_TOKEN"
        lines.append(f'-H "Authorization: Bearer ${variable}"')
    for media, kind in operation.get("requestBody", {}).get("content", {}).items():
        lines.append(f"-H {shlex.quote(f'Content-Type: {media}')}")
        if media == "application/json":
            body = json.dumps(example(kind["schema"], schemas), ensure_ascii=False)
            lines.append(f"-d {shlex.quote(body)}")
        else:
            lines.append("--data-binary @FILE")
    return " \\\n  ".join(lines)


def example(schema: Json, schemas: Json, depth: int = 0) -> Any:
    """A value that the schema allows, patterns aside: required fields first, then those with a default."""
    shape = resolved(schema, schemas)
    if schema.get("default") not in _NOTHING:
        return schema["default"]
    if "enum" in shape:
        return shape["enum"][0]
    if "anyOf" in shape:
        return example(shape["anyOf"][0], schemas, depth)
    match shape.get("type"):
        case "object":
            return _object(shape, schemas, depth)
        case "array":
            entries = max(1, shape.get("minItems", 1)) if depth < _DEEP else 0
            return [example(shape.get("items") or {}, schemas, depth + 1) for _ in range(entries)]
        case "integer":
            return _integer(shape)
        case "number":
            return _number(shape)
        case "boolean":
            return True
        case "null":
            return None
    return "text".ljust(shape.get("minLength", 0), "x")[: shape.get("maxLength")]


def sample(name: str, schema: Json, schemas: Json, depth: int = 0) -> Any:
    """As `example`, with a telling value where the field's name is known and its schema takes a text."""
    if name in _KNOWN and resolved(schema, schemas).get("type") == "string":
        return _KNOWN[name]
    return example(schema, schemas, depth)


def _object(shape: Json, schemas: Json, depth: int) -> Json:
    if depth >= _DEEP:  # a type that holds itself
        return {}
    fields = shape.get("properties", {})
    required = [name for name in fields if name in shape.get("required", ())]
    usual = [name for name in fields if name not in required and fields[name].get("default") not in _NOTHING]
    return {name: sample(name, fields[name], schemas, depth + 1) for name in required + usual}


def _integer(shape: Json) -> int:
    """1, or the nearest to it that the limits allow."""
    low = shape.get("minimum", shape.get("exclusiveMinimum", -math.inf) + 1)
    high = shape.get("maximum", shape.get("exclusiveMaximum", math.inf) - 1)
    return int(min(max(1, low), high))


def _number(shape: Json) -> float:
    """1.0, or something near it that the limits allow."""
    above, below = float(shape.get("exclusiveMinimum", -math.inf)), float(shape.get("exclusiveMaximum", math.inf))
    low, high = float(shape.get("minimum", above)), float(shape.get("maximum", below))
    value = min(max(1.0, low), high)
    if above < value < below:
        return value
    if math.isfinite(low) and math.isfinite(high):
        return (low + high) / 2
    return value + 1 if value == above else value - 1
