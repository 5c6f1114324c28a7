"""How each dialect asks and refuses, as data: for the tests of what all of them have in common."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
from msgspec import Struct


class Dialect(Struct, frozen=True, kw_only=True):
    """One dialect. `codes` are its words for a status; `reads` the (word, message) of an error body.

    `image` is a body with one picture fetched from the address it is given; `field` the picture's name in messages.
    """

    name: str
    create: str
    body: dict[str, Any]
    price: int
    image: Callable[[str], dict[str, Any]]
    field: str
    task: Callable[[Any], str]
    poll: Callable[[str], str]
    reads: Callable[[Any], tuple[Any, str]]
    codes: dict[int, Any]
    missing: str
    """What a 404 says."""


def _xpilot(body: Any) -> tuple[Any, str]:
    assert set(body) == {"error"}
    assert set(body["error"]) == {"message", "code"}
    return body["error"]["code"], body["error"]["message"]


def _series(body: Any) -> tuple[Any, str]:
    assert set(body) == {"error", "message", "code"}
    assert body["error"] == body["message"]
    return body["code"], body["message"]


def _apixo(body: Any) -> tuple[Any, str]:
    assert set(body) == {"code", "message", "data"}
    detail = (body["data"] or {}).get("error", "")
    return body["code"], f"{body['message']} {detail}".strip()


_SAME = {status: status for status in (400, 401, 402, 404, 405, 409, 413, 429, 503)}
XPILOT = Dialect(
    name="xpilot",
    create="/api/v1/video/generate",
    body={"model": "seedance-2.0/text-to-video", "prompt": "a cat", "duration": 8},
    price=300,
    image=lambda url: {"model": "seedance-2.0/image-to-video", "prompt": "a cat", "image_url": url},
    field="image_url",
    task=lambda answer: str(answer["task_id"]),
    poll=lambda task: f"/api/v1/video/{task}",
    reads=_xpilot,
    codes={
        400: "INVALID_PARAMS",
        401: "UNAUTHORIZED",
        402: "INSUFFICIENT_CREDITS",
        404: "NOT_FOUND",
        405: "METHOD_NOT_ALLOWED",
        409: "IDEMPOTENCY_CONFLICT",
        413: "INVALID_PARAMS",
        429: "RATE_LIMITED",
    },
    missing="task not found",
)
SERIES = Dialect(
    name="series",
    create="/v1/videos/videos",
    body={"model": "videos", "prompt": "a cat", "duration": 4},
    price=60,
    image=lambda url: {"model": "videos", "prompt": "a cat", "duration": 4, "referenceImages": [url]},
    field="referenceImages[0]",
    task=lambda answer: str(answer["id"]),
    poll=lambda task: f"/v1/result/{task}",
    reads=_series,
    codes=_SAME,
    missing="task not found",
)
APIXO = Dialect(
    name="apixo",
    create="/api/v1/generateTask/seedance-1-5-pro",
    body={"input": {"mode": "text-to-video", "prompt": "a cat", "duration": 8}},
    price=48,
    image=lambda url: {"input": {"mode": "image-to-video", "prompt": "a cat", "duration": 8, "image_urls": [url]}},
    field="input.image_urls[0]",
    task=lambda answer: str(answer["data"]["taskId"]),
    poll=lambda task: f"/api/v1/statusTask/seedance-1-5-pro?taskId={task}",
    reads=_apixo,
    codes=_SAME | {413: 400},
    missing="task not found",
)
DIALECTS = (XPILOT, SERIES, APIXO)


def refused(dialect: Dialect, answer: httpx.Response, status: int) -> str:
    """The message of a refusal; that its status and its word are right is made sure of."""
    expected = {413: 400}.get(status, status) if dialect.name == "apixo" else status
    assert answer.status_code == expected, answer.text
    assert answer.headers["content-type"] == "application/json"
    word, message = dialect.reads(answer.json())
    assert word == dialect.codes[status], answer.text
    return message
