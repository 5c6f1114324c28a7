"""The HTTP application: dialects, files, documents, health. Composition only."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any

import msgspec
import structlog
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route, request_response

from rushes import __version__
from rushes.dialects.apixo import apixo
from rushes.dialects.apixo import callback as apixo_callback
from rushes.dialects.kit.answers import json
from rushes.dialects.kit.endpoint import Dialect, routes
from rushes.dialects.kit.gate import Gate
from rushes.dialects.kit.held import Held
from rushes.dialects.kit.links import Links
from rushes.dialects.kit.once import Admit, Once
from rushes.dialects.kit.openapi import document
from rushes.dialects.kit.reference import page
from rushes.dialects.kit.routing import Paths
from rushes.dialects.openai import callback as openai_callback
from rushes.dialects.openai import openai
from rushes.dialects.rushes import callback as native_callback
from rushes.dialects.rushes import native
from rushes.dialects.rushes.files import Files
from rushes.dialects.series import series
from rushes.dialects.studio import studio
from rushes.dialects.usvideo import usvideo
from rushes.dialects.xpilot import xpilot
from rushes.jobs import hooks
from rushes.net.forwarded import Forwarded, networks
from rushes.observing.requests import Observed
from rushes.services import Services
from rushes.settings import Settings
from rushes.webhooks.sender import Render

log = structlog.get_logger("app")
DIALECTS = {
    "rushes": native,
    "series": series,
    "usvideo": usvideo,
    "xpilot": xpilot,
    "apixo": apixo,
    "openai": openai,
    "studio": studio,
}
"""Every API that is served, by the name that keys and limits know it by. Of two that match a path, the first has it:
series' /v1/videos/videos is no id of usvideo's.
"""
FORMATS: dict[str, Callable[[Links], Render]] = {
    "rushes": native_callback,
    "apixo": apixo_callback,
    "openai": openai_callback,
}
"""How callbacks are written, by the name of their format."""
_HOOK_SECONDS = 2.0
"""How long a call of a hook may take to say something."""
_FORM_FILES = 3
"""A body may carry this many images of the largest size, as data URLs."""


def formats(settings: Settings, secret: str) -> dict[str, Render]:
    """The writers of callbacks on this server."""
    links = Links(settings.public_url, secret)
    return {name: make(links) for name, make in FORMATS.items()}


def create_app(services: Services, gate: Gate) -> Any:
    """The ASGI application over running services."""
    links = Links(services.settings.public_url, services.secret)
    gates = {name: gate.of(name) for name in DIALECTS}
    dialects = [make(services, gates[name], links) for name, make in DIALECTS.items()]
    settings = services.settings
    pictures = settings.max_body + _FORM_FILES * settings.max_image_bytes * 4 // 3
    largest = max(pictures, settings.max_video_bytes + settings.max_body)
    once = Once(services.database, services.node, max_body=largest)
    held = Held()
    app = Paths(
        [
            *[
                route
                for dialect in dialects
                for route in routes(dialect, partial(once.guard, admit=_admit(dialect, gates[dialect.name])), held)
            ],
            Route("/files/{name}", Files(services.library, services.secret)),
            *_Pages(services, dialects).routes(),
            *_Health(services).routes(),
        ],
        request_response(_not_found),
    )
    return _outside(app, services)


def worker_app(services: Services) -> Any:
    """What a process without an API answers: how it is."""
    return _outside(Paths(_Health(services).routes(), request_response(_not_found)), services)


def _outside(app: Any, services: Services) -> Any:
    """What every request passes first."""
    settings = services.settings
    seen = Observed(app, services.watching, DIALECTS, services.leaving, log_all=settings.log_level == "debug")
    trusted = networks(settings.trusted_proxies)
    return Forwarded(seen, trusted) if trusted else seen


def _admit(dialect: Dialect, gate: Gate) -> Admit:
    return gate.by_session if dialect.sessions else gate.by_key


class _Pages:
    def __init__(self, services: Services, dialects: list[Dialect]) -> None:
        self._services = services
        self._dialects = dialects
        self._document: dict[str, Any] | None = None

    def routes(self) -> list[Route]:
        return [
            Route("/", self.root),
            Route("/docs", self.docs),
            Route("/openapi.json", self.openapi),
            Route(f"{hooks.PATH}{{token}}", self.hook, methods=["POST"]),
        ]

    def _openapi(self) -> dict[str, Any]:
        if self._document is None:  # on first use: making it would slow every start
            self._document = document(self._dialects, version=__version__)
        return self._document

    async def root(self, request: Request) -> Response:
        return json({"name": "rushes", "version": __version__, "docs": "/docs", "openapi": "/openapi.json"})

    async def openapi(self, request: Request) -> Response:
        return Response(msgspec.json.encode(self._openapi()), media_type="application/json")

    async def docs(self, request: Request) -> Response:
        return HTMLResponse(page(self._openapi()))

    async def hook(self, request: Request) -> Response:
        """A provider says that something has changed. What it says is not believed: the job is looked at sooner.

        The answer is 200, as APIXO wants no other.
        """
        job = hooks.read(request.path_params["token"], self._services.secret)
        if job is None:
            return await _not_found(request)
        self._services.cluster.wire.nudge(job)
        return Response(hooks.answer(await _beginning(request, hooks.LONGEST)), media_type="application/json")


class _Health:
    def __init__(self, services: Services) -> None:
        self._services = services

    def routes(self) -> list[Route]:
        return [
            Route("/healthz", self.health),
            Route("/readyz", self.ready),
            Route("/metrics", self.metrics),
        ]

    async def health(self, request: Request) -> Response:
        return PlainTextResponse("ok\n")

    async def ready(self, request: Request) -> Response:
        """Whether a request that needs the database and an engine would be served, and this process is to stay."""
        if self._services.leaving.is_set():
            return json({"ready": False, "reason": "the server is about to end"}, 503)
        try:
            await self._services.database.one("SELECT 1")
        except Exception as error:
            log.warning("not ready", error=repr(error))
            return json({"ready": False, "reason": "the database does not answer"}, 503)
        states = {}
        for name in self._services.engines:
            health = await self._services.watch.health(name)
            states[name] = "ready" if health.ready else health.reason
        ready = any(state == "ready" for state in states.values())
        return json({"ready": ready, "engines": states}, 200 if ready else 503)

    async def metrics(self, request: Request) -> Response:
        return Response(await self._services.scrape.text(), media_type="text/plain; version=0.0.4")


async def _beginning(request: Request, most: int) -> bytes:
    """The first bytes of a body, or what came of them in time."""
    body = b""
    try:
        async with asyncio.timeout(_HOOK_SECONDS):
            async for chunk in request.stream():
                body += chunk
                if len(body) >= most:
                    break
    except (TimeoutError, ClientDisconnect):
        pass
    return body[:most]


async def _not_found(request: Request) -> Response:
    message = f"nothing is at {request.scope['path'][:200]}; /docs lists what there is"
    return json({"error": message, "code": "not_found"}, 404)
