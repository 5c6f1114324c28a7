"""The page over a small document written by hand, and over the real one."""

from __future__ import annotations

import json
import re
import shlex
from html import unescape
from html.parser import HTMLParser
from typing import Any
from unittest.mock import create_autospec

import msgspec
import pytest

from rushes.dialects.kit.endpoint import Dialect
from rushes.dialects.kit.examples import curl, example
from rushes.dialects.kit.gate import Gate
from rushes.dialects.kit.links import Links
from rushes.dialects.kit.openapi import document
from rushes.dialects.kit.reference import page
from rushes.dialects.rushes import native
from rushes.dialects.usvideo import usvideo
from rushes.services import Services

HOSTILE = """</code><script>alert('1')</script><img src="x" onerror="y">"""
SCHEMAS: dict[str, Any] = {
    "Order": {
        "title": "Order",
        "type": "object",
        "properties": {
            "note": {"type": "string", "default": ""},
            "size": {"$ref": "#/components/schemas/Size"},
            "lines": {"type": "array", "items": {"$ref": "#/components/schemas/Line"}, "maxItems": 7},
            "tip": {"anyOf": [{"type": "integer", "minimum": 3}, {"type": "null"}], "default": 4},
            "prompt": {"type": "string", "default": "it's"},
        },
        "required": ["size", "lines"],
    },
    "Line": {
        "title": "Line[int]",  # a generic type: its title is not its name
        "type": "object",
        "properties": {
            "weight": {"type": "number", "exclusiveMinimum": 0, "maximum": 0.25},
            "inner": {"anyOf": [{"$ref": "#/components/schemas/Line"}, {"type": "null"}]},
        },
        "required": ["weight"],
    },
    "Size": {"title": "Size", "enum": ["small", "large"]},
    "Trouble": {"title": "Trouble", "type": "object", "properties": {"reason_code": {"type": "string"}}},
}
ORDER = {"$ref": "#/components/schemas/Order"}
TROUBLE = {"application/json": {"schema": {"$ref": "#/components/schemas/Trouble"}}}
POST: dict[str, Any] = {
    "tags": ["shop"],
    "summary": HOSTILE,
    "operationId": "shop_order",
    "security": [{"apiKey": []}, {"sessionToken": []}],
    "parameters": [
        {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}},
        {"name": "rank", "in": "query", "required": True, "schema": {"type": "integer", "minimum": 6}},
    ],
    "requestBody": {"required": True, "content": {"application/json": {"schema": ORDER}}},
    "responses": {
        "200": {"description": "OK", "content": {"application/json": {"schema": ORDER}}},
        "402": {"description": "Payment Required", "content": TROUBLE},
        "409": {"description": "Conflict", "content": TROUBLE},
    },
}
PUT: dict[str, Any] = {
    "tags": ["shop"],
    "summary": "Hand in a picture",
    "operationId": "shop_picture",
    "security": [],
    "requestBody": {"content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}},
    "responses": {"204": {"description": "No Content"}},
}
SMALL: dict[str, Any] = {
    "info": {"title": "Shop", "version": "1", "description": "Sells."},
    "tags": [{"name": "shop", "description": "A $shop, `<i>` too."}],
    "paths": {"/ideas/{id}": {"post": POST}, "/pictures": {"put": PUT}},
    "components": {"schemas": SCHEMAS},
}


@pytest.fixture(scope="module")
def real() -> dict[str, Any]:
    """The document of our own dialects; making it calls nothing of the services."""
    services, gate, links = (create_autospec(kind, instance=True) for kind in (Services, Gate, Links))
    dialects: list[Dialect] = [make(services, gate, links) for make in (native, usvideo)]
    return document(dialects, version="1")


def test_every_operation_of_the_real_document_is_there(real: dict[str, Any]) -> None:
    html = page(real)
    operations = [(path, op) for path, methods in real["paths"].items() for op in methods.values()]
    assert len(operations) > 10
    for path, operation in operations:
        assert html.count(f'<section id="{operation["operationId"]}">') == 1
        assert f'<a href="#{operation["operationId"]}"' in html
        section = _section(html, operation["operationId"])
        assert path in unescape(section)
        assert operation["summary"] in unescape(section)
        assert all(f"<strong>{status}</strong>" in section for status in operation["responses"])


def test_examples_of_the_real_document_are_bodies_that_its_types_take(real: dict[str, Any]) -> None:
    services, gate, links = (create_autospec(kind, instance=True) for kind in (Services, Gate, Links))
    tried = 0
    for make in (native, usvideo):
        for endpoint in make(services, gate, links).endpoints:
            if endpoint.body is not None:
                schemas = real["components"]["schemas"]
                body = example({"$ref": f"#/components/schemas/{endpoint.body.__name__}"}, schemas)
                msgspec.convert(body, endpoint.body)
                tried += 1
    assert tried >= 5


@pytest.mark.parametrize("which", ["small", "real"])
def test_the_page_loads_nothing(which: str, real: dict[str, Any]) -> None:
    html = page(SMALL if which == "small" else real)
    attributes = _attributes(html)
    targets = {value for name, value in attributes if name in {"src", "href"} and not value.startswith("#")}
    assert targets == {"data:,", "/openapi.json"}
    assert "@import" not in html
    assert "url(" not in html
    assert "fetch(" not in html


def test_hostile_texts_stay_text() -> None:
    html = page(SMALL)
    assert html.count("<script>") == 1  # our own
    assert not [name for name, _ in _attributes(html) if name.startswith("on") or name == "src"]
    assert unescape(_section(html, "shop_order")).count(HOSTILE) == 1
    assert "A $shop, <code>&lt;i&gt;</code> too." in html


def test_references_are_followed_and_types_that_hold_themselves_end() -> None:
    section = _section(page(SMALL), "shop_order")
    assert "&quot;small&quot; | &quot;large&quot;" in section
    assert "list of Line" in section
    assert "<summary>Line</summary>" in section
    assert "<td>number</td><td>required, more than 0, at most 0.25</td>" in section
    assert "Line or null" in section


def test_defaults_limits_and_credentials_are_said() -> None:
    section = _section(page(SMALL), "shop_order")
    assert "<td>integer or null</td><td>default 4, at least 3</td>" in section
    assert "required, 7 entries at most" in section
    assert "in the query, required, at least 6" in section
    assert "Needs an API key or a session token." in section
    assert "Needs no credentials." in _section(page(SMALL), "shop_picture")


def test_errors_of_one_shape_share_a_table() -> None:
    section = _section(page(SMALL), "shop_order")
    assert "<strong>402</strong> Payment Required · <strong>409</strong> Conflict" in section
    assert section.count("reason_code") == 1


def test_the_example_is_a_command_a_shell_takes() -> None:
    words = shlex.split(curl("/ideas/{id}", "POST", POST, SCHEMAS).replace("\\\n", ""))
    assert words[:4] == ["curl", "-X", "POST", "http://127.0.0.1:8787/ideas/ID?rank=6"]
    assert "Authorization: Bearer $RUSHES_KEY" in words
    body = json.loads(words[words.index("-d") + 1])
    assert list(body) == ["size", "lines", "tip", "prompt"]
    assert body["size"] == "small"
    assert body["tip"] == 4
    assert 0 < body["lines"][0]["weight"] <= 0.25


def test_an_upload_sends_a_file() -> None:
    words = shlex.split(curl("/pictures", "PUT", PUT, SCHEMAS).replace("\\\n", ""))
    assert words[-2:] == ["--data-binary", "@FILE"]
    assert "Content-Type: application/octet-stream" in words
    assert "application/octet-stream" in _section(page(SMALL), "shop_picture")


@pytest.mark.parametrize(
    "limits",
    [{}, {"minimum": 4}, {"maximum": -3}, {"exclusiveMinimum": 1}, {"exclusiveMaximum": 1},
     {"exclusiveMinimum": 1, "maximum": 2}, {"minimum": 0, "exclusiveMaximum": 1}],
)  # fmt: skip
@pytest.mark.parametrize("kind", ["integer", "number"])
def test_example_numbers_keep_to_their_limits(kind: str, limits: dict[str, int]) -> None:
    value = example({"type": kind, **limits}, {})
    assert isinstance(value, int if kind == "integer" else float)
    assert limits.get("minimum", value) <= value <= limits.get("maximum", value)
    assert limits.get("exclusiveMinimum", value - 1) < value < limits.get("exclusiveMaximum", value + 1)


def _attributes(html: str) -> list[tuple[str, str]]:
    """All attributes of all tags, as a browser would see them."""
    found: list[tuple[str, str]] = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            found.extend((name, value or "") for name, value in attrs)

    Reader().feed(html)
    return found


def _section(html: str, name: str) -> str:
    found = re.search(rf'<section id="{name}">(.*?)</section>', html, re.DOTALL)
    assert found is not None
    return found[1]
