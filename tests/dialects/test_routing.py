"""Which route has a path."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.routing import Route

from rushes.dialects.kit.routing import Paths


def app(name: str) -> Any:
    class Application:
        async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
            scope["reached"] = name

    return Application()


PATHS = [
    "/",
    "/v1/videos",
    "/v1/videos/videos",
    "/v1/videos/{id}",
    "/v1/videos/{id}/content",
    "/api/v1/task/{model:path}",
    "/api/{id}",
    "/open/v1/models",
    "/open/v1/{rest:path}",
]


def reached(path: str) -> tuple[str, dict[str, Any]]:
    table = Paths([Route(path, app(path)) for path in PATHS], app("missing"))
    scope: dict[str, Any] = {"type": "http", "path": path, "method": "GET"}
    asyncio.run(table(scope, None, None))
    return scope["reached"], scope["path_params"]


@pytest.mark.parametrize(
    ("path", "route", "parameters"),
    [
        ("/", "/", {}),
        ("/v1/videos", "/v1/videos", {}),
        ("/v1/videos/", "/v1/videos", {}),
        ("/v1/videos/videos", "/v1/videos/videos", {}),
        ("/v1/videos/job_1", "/v1/videos/{id}", {"id": "job_1"}),
        ("/v1/videos/job_1/content", "/v1/videos/{id}/content", {"id": "job_1"}),
        ("/v1/videos/job_1/other", "missing", {}),
        ("/api/v1/task/a/b/c", "/api/v1/task/{model:path}", {"model": "a/b/c"}),
        ("/api/x", "/api/{id}", {"id": "x"}),
        ("/open/v1/models", "/open/v1/models", {}),
        ("/open/v1/models/x", "/open/v1/{rest:path}", {"rest": "models/x"}),
        ("/nothing", "missing", {}),
        ("//", "/", {}),
        ("", "missing", {}),
    ],
)
def test_the_most_literal_route_wins(path: str, route: str, parameters: dict[str, str]) -> None:
    assert reached(path) == (route, parameters)


@given(st.text(max_size=40))
def test_no_path_breaks_it(text: str) -> None:
    assert reached("/" + text)[0]
