"""The API reference page: an OpenAPI document as one HTML page that needs nothing else, not even a network."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from html import escape
from importlib.resources import files
from string import Template
from typing import Any

from rushes.dialects.kit.examples import SERVER, curl
from rushes.dialects.kit.schemas import Json, limits, parts, resolved, type_name

_CREDENTIALS = {"apiKey": "an API key", "sessionToken": "a session token", "sessionCookie": "a browser session"}


def page(document: dict[str, Any]) -> str:
    """The page for a document made by `openapi.document`. Every text of the document is escaped."""
    schemas = document["components"]["schemas"]
    links, sections = [], []
    for tag in document["tags"]:
        name, operations = escape(tag["name"]), list(_operations(document, tag["name"]))
        links.append(f"<div><h2>{name}</h2>{''.join(_link(*row) for row in operations)}</div>")
        body = "".join(_section(*row, schemas) for row in operations)
        sections.append(f"<div><h2>{name}</h2><p>{_prose(tag['description'])}</p>{body}</div>")
    info = document["info"]
    here = files(__package__)
    return Template((here / "reference.html").read_text("utf-8")).substitute(
        title=escape(info["title"]),
        version=escape(info["version"]),
        description=escape(info["description"]),
        style=(here / "reference.css").read_text("utf-8"),
        links="".join(links),
        sections="".join(sections),
    )


def _operations(document: Json, tag: str) -> Iterator[tuple[str, str, Json]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            if tag in operation["tags"]:
                yield path, method.upper(), operation


def _link(path: str, method: str, operation: Json) -> str:
    find = escape(f"{method} {path} {operation['summary']}".lower())
    return f'<a href="#{escape(operation["operationId"])}" data-find="{find}">{_badge(method)}{escape(path)}</a>'


def _badge(method: str) -> str:
    return f'<span class="badge {escape(method)}">{escape(method)}</span>'


def _prose(text: str) -> str:
    return re.sub("`([^`]+)`", r"<code>\1</code>", escape(text))


def _section(path: str, method: str, operation: Json, schemas: Json) -> str:
    kinds = [name for entry in operation["security"] for name in entry]
    need = " or ".join(_CREDENTIALS[kind] for kind in kinds) or "no credentials"
    example = escape(curl(path, method, operation, schemas)).replace(escape(SERVER), f"<b>{escape(SERVER)}</b>", 1)
    return (
        f'<section id="{escape(operation["operationId"])}">'
        f"<h3>{_badge(method)}<code>{escape(path)}</code></h3><p>{_prose(operation['summary'])}</p>"
        f'<p class="need">Needs {need}.</p>'
        f"{_parameters(operation, schemas)}{_body(operation, schemas)}"
        f"<h4>Example</h4><pre>{example}</pre><h4>Answers</h4>{_answers(operation, schemas)}</section>"
    )


def _parameters(operation: Json, schemas: Json) -> str:
    rows = [_row(p["name"], p["schema"], p["required"], schemas, p["in"]) for p in operation.get("parameters", ())]
    return "<h4>Parameters</h4>" + _table("Parameter", rows) if rows else ""


def _body(operation: Json, schemas: Json) -> str:
    content = operation.get("requestBody", {}).get("content", {})
    return "".join(
        f"<h4>Body</h4><p><code>{escape(media)}</code></p>{_fields(kind['schema'], schemas)}"
        for media, kind in content.items()
    )


def _answers(operation: Json, schemas: Json) -> str:
    """Answers of the same shape share one table: all errors of a dialect look alike."""
    alike: dict[str, list[str]] = {}
    shapes: dict[str, Json] = {}
    for status, answer in operation["responses"].items():
        content = answer.get("content", {})
        key = json.dumps(content, sort_keys=True)
        shapes[key] = content
        alike.setdefault(key, []).append(f"<strong>{escape(status)}</strong> {escape(answer['description'])}")
    out = []
    for key, statuses in alike.items():
        out.append(f"<p>{' · '.join(statuses)}</p>")
        for media, kind in shapes[key].items():
            out.append(_fields(kind["schema"], schemas) if "schema" in kind else f"<p><code>{escape(media)}</code></p>")
    return "".join(out)


def _fields(schema: Json, schemas: Json, shown: frozenset[str] = frozenset()) -> str:
    """A table of an object's fields, and below it, folded, those of the objects inside."""
    shape = resolved(schema, schemas)
    about = f'<p class="need">{_prose(shape["description"])}</p>' if "description" in shape else ""
    properties = shape.get("properties", {})
    if properties:
        required = shape.get("required", ())
        table = _table("Field", [_row(name, field, name in required, schemas) for name, field in properties.items()])
        inner, shown = list(properties.values()), shown | {shape.get("title", "")}
    else:
        table, inner = f"<p><code>{escape(type_name(schema, schemas))}</code></p>", [shape]
    inside = {name: None for field in inner for name in parts(field, schemas) if name not in shown}
    folded = [
        f"<details><summary>{escape(name)}</summary>{_fields(schemas[name], schemas, shown | {name})}</details>"
        for name in inside
    ]
    return about + table + "".join(folded)


def _row(name: str, schema: Json, required: bool, schemas: Json, where: str = "") -> tuple[str, str, str]:
    notes = [f"in the {where}"] if where else []
    if required:
        notes.append("required")
    if schema.get("default") is not None:
        notes.append(f"default {json.dumps(schema['default'], ensure_ascii=False)}")
    return name, type_name(schema, schemas), ", ".join([*notes, *limits(schema, schemas)])


def _table(first: str, rows: Iterable[tuple[str, str, str]]) -> str:
    lines = [
        f"<tr><td><code>{escape(name)}</code></td><td>{escape(kind)}</td><td>{escape(notes)}</td></tr>"
        for name, kind, notes in rows
    ]
    return f"<table><tr><th>{first}</th><th>Type</th><th>Rules</th></tr>{''.join(lines)}</table>"
