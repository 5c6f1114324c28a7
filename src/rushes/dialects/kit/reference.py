"""The API reference page: an OpenAPI document as one HTML page that needs nothing else, not even a network."""

from __future__ import annotations

import json
from collections.abc import Iterator
from html import escape
from importlib.resources import files
from typing import Any

Json = dict[str, Any]
_DEEP = 3


def page(document: Json) -> str:
    """The page for a document made by `openapi.document`."""
    schemas = document["components"]["schemas"]
    links, sections = [], []
    for tag in document["tags"]:
        links.append(f"<h2>{escape(tag['name'])}</h2>")
        sections.append(f"<h2>{escape(tag['name'])}</h2><p>{escape(tag['description'])}</p>")
        for path, method, operation in _operations(document, tag["name"]):
            anchor = escape(operation["operationId"], quote=True)
            links.append(f'<a href="#{anchor}">{_badge(method)}{escape(path)}</a>')
            sections.append(f'<section id="{anchor}">{_operation(path, method, operation, schemas)}</section>')
    info = document["info"]
    style = (files(__package__) / "reference.css").read_text()
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(info['title'])} API</title><style>{style}</style></head><body>"
        f"<nav><strong>{escape(info['title'])} {escape(info['version'])}</strong>{''.join(links)}</nav>"
        f"<main><h1>{escape(info['title'])} API</h1><p>{escape(info['description'])}"
        ' The same as data: <a href="/openapi.json">/openapi.json</a>.</p>'
        "<p>Send <code>Authorization: Bearer &lt;key&gt;</code>; a key comes from <code>rushes keys create</code>.</p>"
        f"{''.join(sections)}</main></body></html>"
    )


def _operations(document: Json, tag: str) -> Iterator[tuple[str, str, Json]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            if tag in operation["tags"]:
                yield path, method.upper(), operation


def _badge(method: str) -> str:
    return f'<span class="{escape(method, quote=True)}">{escape(method)}</span>'


def _operation(path: str, method: str, operation: Json, schemas: Json) -> str:
    parts = [f"<h3>{_badge(method)}<code>{escape(path)}</code></h3><p>{escape(operation['summary'])}</p>"]
    kinds = [name for entry in operation["security"] for name in entry]
    words = {"apiKey": "an API key", "sessionToken": "a session token"}
    parts.append(f'<p class="need">Needs {" or ".join(words[kind] for kind in kinds) or "no credentials"}.</p>')
    if "parameters" in operation:
        rows = [(p["name"], p["required"], p["schema"], f"in the {p['in']}") for p in operation["parameters"]]
        parts.append("<h4>Parameters</h4>" + _table(rows, schemas))
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
    if body:
        parts.append("<h4>Body</h4>" + _fields(body, schemas))
    parts.append(f"<h4>Example</h4><pre>{escape(_curl(path, method, kinds, body, schemas))}</pre><h4>Answers</h4>")
    for status, answer in operation["responses"].items():
        parts.append(f"<p><strong>{escape(status)}</strong> {escape(answer['description'])}</p>")
        for content in answer.get("content", {}).values():
            if status.startswith("2") and "schema" in content:
                parts.append(_fields(content["schema"], schemas))
    return "".join(parts)


def _resolved(schema: Json, schemas: Json) -> Json:
    reference = schema.get("$ref")
    return schemas[reference.rpartition("/")[2]] if reference else schema


def _fields(schema: Json, schemas: Json) -> str:
    schema = _resolved(schema, schemas)
    required = set(schema.get("required", ()))
    rows = [(name, name in required, field, "") for name, field in schema.get("properties", {}).items()]
    return _table(rows, schemas) if rows else f"<p><code>{escape(_type(schema, schemas))}</code></p>"


def _table(rows: list[tuple[str, bool, Json, str]], schemas: Json) -> str:
    lines = []
    for name, required, schema, where in rows:
        notes = [where] if where else []
        if required:
            notes.append("required")
        if "default" in schema and schema["default"] is not None:
            notes.append(f"default {json.dumps(schema['default'])}")
        for key, word in (("minimum", "at least"), ("maximum", "at most"), ("maxLength", "characters at most"),
                          ("maxItems", "entries at most")):  # fmt: skip
            if key in schema:
                notes.append(f"{word} {schema[key]}")
        cells = (f"<code>{escape(name)}</code>", escape(_type(schema, schemas)), escape(", ".join(notes)))
        lines.append("<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>")
    return f"<table>{''.join(lines)}</table>"


def _type(schema: Json, schemas: Json, depth: int = 0) -> str:
    if "$ref" in schema:
        name = str(schema["$ref"]).rpartition("/")[2]
        return name if depth else f"{name}: {{{', '.join(schemas[name].get('properties', {}))}}}"
    if "enum" in schema:
        return " | ".join(json.dumps(value) for value in schema["enum"])
    if "anyOf" in schema:
        return " or ".join(_type(choice, schemas, depth + 1) for choice in schema["anyOf"])
    if schema.get("type") == "array":
        return f"list of {_type(schema.get('items', {}), schemas, depth)}"
    if "additionalProperties" in schema and isinstance(schema["additionalProperties"], dict):
        return f"object of {_type(schema['additionalProperties'], schemas, depth)}"
    return str(schema.get("type", "any"))


def _curl(path: str, method: str, kinds: list[str], body: Json | None, schemas: Json) -> str:
    lines = [f"curl -X {method} http://127.0.0.1:8787{path.replace('{', '').replace('}', '').replace('/id', '/ID')}"]
    if kinds:
        lines.append('-H "Authorization: Bearer $RUSHES_KEY"')
    if body:
        lines.append('-H "Content-Type: application/json"')
        lines.append(f"-d '{json.dumps(_example(body, schemas))}'")
    return " \\\n  ".join(lines)


def _example(schema: Json, schemas: Json, depth: int = 0) -> Any:
    schema = _resolved(schema, schemas)
    if "enum" in schema:
        return schema["enum"][0]
    if "anyOf" in schema:
        return _example(schema["anyOf"][0], schemas, depth)
    match schema.get("type"):
        case "object" if depth < _DEEP:
            required = set(schema.get("required", ()))
            return {
                name: _sample(name, field, schemas, depth)
                for name, field in schema.get("properties", {}).items()
                if name in required
            }
        case "array":
            return [_example(schema.get("items", {}), schemas, depth + 1)]
        case "integer":
            return max(1, int(schema.get("minimum", 1)))
        case "number":
            return 1.0
        case "boolean":
            return True
    return "…"


def _sample(name: str, field: Json, schemas: Json, depth: int) -> Any:
    known = {
        "prompt": "A golden retriever running through a meadow at sunset",
        "email": "you@example.com",
        "password": "a long enough password",
        "name": "My App",
    }
    return known.get(name) or _example(field, schemas, depth + 1)
