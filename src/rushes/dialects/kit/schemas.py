"""Reading JSON Schemas of an OpenAPI document: references, the words for a type and for its limits."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

Json = dict[str, Any]

_LIMITS = {
    "minimum": "at least {}",
    "exclusiveMinimum": "more than {}",
    "maximum": "at most {}",
    "exclusiveMaximum": "less than {}",
    "multipleOf": "a multiple of {}",
    "minLength": "{} characters at least",
    "maxLength": "{} characters at most",
    "minItems": "{} entries at least",
    "maxItems": "{} entries at most",
    "pattern": "matches {}",
    "format": "{}",
}


def resolved(schema: Json, schemas: Json) -> Json:
    """The schema itself, or the component that it refers to. KeyError: there is no such component."""
    while "$ref" in schema:
        schema = schemas[_target(schema)]
    return schema


def parts(schema: Json, schemas: Json) -> Iterator[str]:
    """Names of the object components that a field's schema mentions, in lists, maps and choices too."""
    if "$ref" in schema:
        if "properties" in resolved(schema, schemas):
            yield _target(schema)
        return
    for inner in _inner(schema):
        yield from parts(inner, schemas)


def limits(schema: Json, schemas: Json) -> list[str]:
    """What a value must keep to, in words; those of a list's entries and of choices included."""
    if "properties" in (shape := resolved(schema, schemas)):
        return []
    own = [words.format(shape[key]) for key, words in _LIMITS.items() if key in shape]
    for inner in shape.get("anyOf", ()):
        own += limits(inner, schemas)
    for key in ("items", "additionalProperties"):
        if isinstance(shape.get(key), dict):
            own += [f"each {limit}" for limit in limits(shape[key], schemas)]
    return own


def type_name(schema: Json, schemas: Json) -> str:
    """A type in a few words: `list of File`, `string or null`, the values of an enumeration."""
    shape = resolved(schema, schemas)
    if "enum" in shape:
        return " | ".join(json.dumps(value, ensure_ascii=False) for value in shape["enum"])
    if "$ref" in schema and "properties" in shape:
        return _target(schema)
    if "anyOf" in shape:
        return " or ".join(type_name(choice, schemas) for choice in shape["anyOf"])
    if shape.get("type") == "array":
        return f"list of {type_name(shape.get('items') or {}, schemas)}"
    if isinstance(shape.get("additionalProperties"), dict):
        return f"object of {type_name(shape['additionalProperties'], schemas)}"
    return str(shape.get("type", "any"))


def _target(schema: Json) -> str:
    return str(schema["$ref"]).rpartition("/")[2]


def _inner(schema: Json) -> Iterator[Json]:
    yield from schema.get("anyOf", ())
    for key in ("items", "additionalProperties"):
        if isinstance(schema.get(key), dict):
            yield schema[key]
