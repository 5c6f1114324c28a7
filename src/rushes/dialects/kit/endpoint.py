"""Endpoints as data: one row says the path, who may call, what goes in and out. Routes and documents follow."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Literal

import structlog
from msgspec import Struct
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from rushes.dialects.kit.held import Held
from rushes.dialects.kit.problems import Problem, to_problem

log = structlog.get_logger("http")

Handler = Callable[[Request], Awaitable[Response]]
Auth = Literal["none", "key", "token", "key or token"]


class Endpoint(Struct, frozen=True, kw_only=True):
    """One operation of an API. `body`, `query` and `answer` are the types of its JSON and its parameters."""

    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
    path: str
    run: Handler
    summary: str
    auth: Auth = "key"
    body: type[Any] | None = None
    query: type[Any] | None = None
    answer: Any = None
    media: str | tuple[str, ...] = "application/json"
    """The answer's media type, or those it may have."""
    others: tuple[str, ...] = ()
    """Further ones, of answers of another shape that the request may ask for."""
    status: int = 200
    errors: tuple[int, ...] = ()
    upload: bool = False
    """The body is multipart/form-data or raw bytes."""
    listed: bool = True
    """Whether it is in the document; not, where it is another's second address."""
    creates: bool = False
    """It makes a job, and heeds Idempotency-Key."""


class Dialect(Struct, frozen=True, kw_only=True):
    """One public API: its endpoints, its words for fields, its error envelope."""

    name: str
    title: str
    description: str
    endpoints: Sequence[Endpoint]
    error: type[Any]
    """The type of the error body, for the document."""
    render: Callable[[Problem], Response]
    names: Mapping[str, str] = {}
    sessions: bool = False
    """Whether a browser's session cookie opens what a key does."""


def routes(dialect: Dialect, once: Callable[[Handler], Handler], held: Held) -> list[Route]:
    """Starlette routes of a dialect, every exception translated to its envelope.

    Endpoints of one path become one route, so that a wrong method answers 405. It has the dialect's name. `once` wraps
    those that create; `held` counts the bodies.
    """
    by_path: dict[str, dict[str, Handler]] = {}
    for endpoint in dialect.endpoints:
        run = once(endpoint.run) if endpoint.creates else endpoint.run
        by_path.setdefault(endpoint.path, {})[endpoint.method] = run
    return [Route(path, _Path(dialect, methods, held), name=dialect.name) for path, methods in by_path.items()]


class _Path:
    """The ASGI application behind one path."""

    def __init__(self, dialect: Dialect, methods: dict[str, Handler], held: Held) -> None:
        if "GET" in methods:
            methods.setdefault("HEAD", methods["GET"])
        self._dialect = dialect
        self._methods = methods
        self._held = held

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self._held.watch(scope)
        try:
            await self._serve(scope, receive, send)
        finally:
            self._held.leave(scope)

    async def _serve(self, scope: Any, receive: Any, send: Any) -> None:
        request = Request(scope, receive)
        run = self._methods.get(request.method)
        if run is None:
            allowed = ", ".join(self._methods)
            problem = Problem(405, "method_not_allowed", f"{request.method} is not allowed here, only {allowed}")
            response = self._dialect.render(problem)
            response.headers["Allow"] = allowed
        else:
            response = await self._answer(run, request)
            # Files say themselves how long they keep; keys and profiles are for the caller alone.
            response.headers.setdefault("Cache-Control", "no-store")
        await response(scope, receive, send)

    async def _answer(self, run: Handler, request: Request) -> Response:
        try:
            return await run(request)
        except ClientDisconnect:
            return Response(status_code=400)
        except Exception as error:
            problem = to_problem(error, self._dialect.names)
            if problem is None:
                log.error("request broke", path=request.scope["path"], exc_info=error)
                problem = Problem(500, "internal", "internal error; the request id in the headers helps to find it")
            response = self._dialect.render(problem)
            if problem.retry_after is not None:
                response.headers["Retry-After"] = str(problem.retry_after)
            return response
