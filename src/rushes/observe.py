"""What the operator sees of the requests: an id in every answer, metrics, structured logs."""

from __future__ import annotations

import logging
import re
import secrets
import sys
import time
from typing import Any

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

_SAFE_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")
_SLOW = 1.0
# Never the local variables: keys and prompts are among them.
_TRACEBACKS = structlog.processors.ExceptionRenderer(structlog.tracebacks.ExceptionDictTransformer(show_locals=False))
log = structlog.get_logger("http")


class Metrics:
    """The server's Prometheus metrics, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "rushes_http_requests", "Requests answered", ["method", "route", "status"], registry=self.registry
        )
        self.seconds = Histogram(
            "rushes_http_request_seconds", "Time to the end of the answer", ["route"], registry=self.registry
        )
        self.jobs = Gauge("rushes_jobs", "Jobs by state", ["state"], registry=self.registry)
        self.running = Gauge("rushes_jobs_running_here", "Jobs run by this process", registry=self.registry)


class Observed:
    """ASGI middleware: request ids, counts, times, and a log line for what failed or was slow."""

    def __init__(self, app: Any, metrics: Metrics, *, log_all: bool) -> None:
        self._app = app
        self._metrics = metrics
        self._log_all = log_all
        self._children: dict[tuple[str, str, int], tuple[Any, Any]] = {}

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
            await send(message)

        with structlog.contextvars.bound_contextvars(request=request_id.decode()):
            try:
                await self._app(scope, receive, answer)
            finally:
                took = time.perf_counter() - started
                self._count(scope, status, took)
                if self._log_all or status >= 500 or took > _SLOW:
                    log.info(
                        "request",
                        method=scope["method"],
                        path=scope["path"],
                        status=status,
                        seconds=round(took, 4),
                    )

    def _count(self, scope: Any, status: int, took: float) -> None:
        # The route's pattern, not the path: ids would make a time series each.
        route = getattr(scope.get("route"), "path", "other")
        key = (scope["method"], route, status)
        children = self._children.get(key)
        if children is None:
            children = self._children[key] = (
                self._metrics.requests.labels(*key),
                self._metrics.seconds.labels(route),
            )
        children[0].inc()
        children[1].observe(took)


def _request_id(scope: Any) -> bytes:
    for name, value in scope["headers"]:
        if name == b"x-request-id" and _SAFE_ID.fullmatch(value):
            return bytes(value)
    return secrets.token_hex(8).encode()


def configure_logging(level: str, format: str) -> None:
    """Structured logs on standard error: JSON lines, or for people when it is a terminal."""
    people = format == "console" or (format == "auto" and sys.stderr.isatty())
    processors: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer() if people else _TRACEBACKS,
        structlog.dev.ConsoleRenderer() if people else structlog.processors.JSONRenderer(),
    ]
    structlog.configure(
        processors=processors,
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
