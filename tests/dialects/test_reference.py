"""The OpenAPI document and the page made of it."""

from __future__ import annotations

import re
from typing import Annotated

from msgspec import Meta, Struct
from starlette.requests import Request
from starlette.responses import Response

from rushes.dialects.kit.answers import json
from rushes.dialects.kit.endpoint import Dialect, Endpoint
from rushes.dialects.kit.openapi import document
from rushes.dialects.kit.problems import Problem
from rushes.dialects.kit.reference import page


class Wanted(Struct):
    """A body."""

    prompt: str
    seconds: Annotated[int, Meta(ge=1, le=9)] = 5


class Listed(Struct):
    """A query."""

    limit: Annotated[int, Meta(le=200)] = 50


class Broken(Struct):
    """An error."""

    error: str


async def make(request: Request) -> Response:
    return json({})


async def look(request: Request) -> Response:
    return json({})


async def watch(request: Request) -> Response:
    return json({})


def dialect() -> Dialect:
    return Dialect(
        name="sample",
        title="Sample",
        description="<script>alert(1)</script>",
        error=Broken,
        render=lambda problem: json({"error": problem.message}, problem.status),
        endpoints=[
            Endpoint(
                method="POST",
                path="/v1/things",
                run=make,
                summary="Make & <b>",
                body=Wanted,
                answer=Broken,
                errors=(402,),
            ),
            Endpoint(method="GET", path="/v1/things/{id}", run=look, summary="Look", query=Listed, auth="none"),
            Endpoint(method="GET", path="/v1/events", run=watch, summary="Watch", media="text/event-stream"),
        ],
    )


def test_the_document_says_what_the_endpoints_say() -> None:
    made = document([dialect()], version="1")
    post = made["paths"]["/v1/things"]["post"]
    assert post["security"] == [{"apiKey": []}]
    assert set(post["responses"]) == {"200", "401", "402"}
    assert post["requestBody"]["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/Wanted"}
    assert made["components"]["schemas"]["Wanted"]["properties"]["seconds"]["maximum"] == 9
    get = made["paths"]["/v1/things/{id}"]["get"]
    assert [(p["name"], p["in"], p["required"]) for p in get["parameters"]] == [
        ("id", "path", True),
        ("limit", "query", False),
    ]
    assert get["security"] == []


def test_the_page_shows_everything_and_escapes_it() -> None:
    html = page(document([dialect()], version="1"))
    for text in (
        "/v1/things/{id}",
        "/v1/events",
        "Make &amp; &lt;b&gt;",
        "seconds",
        "at most 9",
        "limit",
        "402",
        "curl -X POST",
    ):
        assert text in html
    assert "<script>alert" not in html
    assert not re.search(r"""(src|href)=["'](?!/|#|data:,)""", html)


def test_problems_are_rendered_by_their_dialect() -> None:
    assert dialect().render(Problem(418, "teapot", "no coffee")).status_code == 418
