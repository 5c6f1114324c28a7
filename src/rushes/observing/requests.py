"""What is seen of requests: an id in every answer, counts and times, a span, a log line for what failed or was slow."""

from __future__ import annotations

import asyncio
import re
import secrets
import time
from collections.abc import Collection
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import structlog

from rushes.observing.watching import Watching

_SAFE_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")
_SLOW = 1.0
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_UNTRACED = ("/healthz", "/readyz", "/metrics")
OURS = "server"
"""The dialect of what belongs to none: health, metrics, documents, files."""
log = structlog.get_logger("http")


class Observed:
    """ASGI middleware. Routes are named by their dialect; once `leaving` is set, answers end their connection."""

    def __init__(
        self, app: Any, watching: Watching, dialects: Collection[str], leaving: asyncio.Event, *, log_all: bool
    ) -> None:
        self._app = app
        self._watching = watching
        self._dialects = frozenset(dialects)
        self._leaving = leaving
        self._log_all = log_all
        self._children: dict[tuple[str, str, str, int], tuple[Any, Any]] = {}
        self._now = watching.metrics.requests_now

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        request_id = _request_id(scope)
        status = 500

        async def answer(message: Any) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"].append((b"x-request-id", request_id))
                if self._leaving.is_set():  # so that no proxy sends another request down this connection
                    message["headers"].append((b"connection", b"close"))
            await send(message)

        self._now.inc()
        with structlog.contextvars.bound_contextvars(request=request_id.decode()), self._span(scope):
            try:
                await self._app(scope, receive, answer)
            finally:
                took = time.perf_counter() - started
                self._now.dec()
                self._count(scope, status, took)
                if self._log_all or status >= 500 or took > _SLOW:
                    log.info(
                        "request",
                        method=scope["method"],
                        path=scope["path"],
                        status=status,
                        seconds=round(took, 4),
                    )

    def _span(self, scope: Any) -> AbstractContextManager[None]:
        if self._watching.tracer is None or scope["path"] in _UNTRACED:
            return nullcontext()
        parent = next((value for name, value in scope["headers"] if name == b"traceparent"), b"").decode("latin-1")
        about = {"http.request.method": scope["method"], "url.path": scope["path"]}
        return self._watching.span(scope["method"], "server", parent=parent, attributes=about)

    def _count(self, scope: Any, status: int, took: float) -> None:
        # The route's pattern, not the path: ids would make a time series each.
        route = scope.get("route")
        path = getattr(route, "path", "other")
        name = getattr(route, "name", "")
        dialect = name if name in self._dialects else OURS
        method = scope["method"] if scope["method"] in _METHODS else "other"
        key = (dialect, method, path, status)
        children = self._children.get(key)
        if children is None:
            metrics = self._watching.metrics
            children = self._children[key] = (
                metrics.requests.labels(*key),
                metrics.request_seconds.labels(dialect, path),
            )
        children[0].inc()
        children[1].observe(took)
        if (tracer := self._watching.tracer) is not None:
            tracer.rename(f"{method} {path}")
            about: dict[str, str | int] = {"http.route": path, "http.response.status_code": status}
            tracer.note({**about, "rushes.dialect": dialect}, failed=status >= 500)


def _request_id(scope: Any) -> bytes:
    for name, value in scope["headers"]:
        if name == b"x-request-id" and _SAFE_ID.fullmatch(value):
            return bytes(value)
    return secrets.token_hex(8).encode()
