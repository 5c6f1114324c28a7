"""The series dialect's endpoints."""

from __future__ import annotations

from functools import partial

from starlette.requests import Request
from starlette.responses import Response

from rushes.catalog import make_plan
from rushes.dialects.kit.answers import json
from rushes.dialects.kit.endpoint import Dialect, Endpoint
from rushes.dialects.kit.gate import Gate
from rushes.dialects.kit.links import Links
from rushes.dialects.kit.problems import Problem, not_found
from rushes.dialects.kit.reading import Body
from rushes.dialects.kit.submitting import Submitter
from rushes.dialects.series import shapes
from rushes.dialects.series.translate import NAMES, created, judge_videos, result, to_wish
from rushes.services import Services

_BASES = ("", "/kyyReactApiServer")
"""The service's own base address has a path: a client that changes only the host keeps it."""
_LINK_SECONDS = 24 * 3600
"""Results' addresses are temporary: a day (its guide to asynchronous tasks)."""


def series(services: Services, gate: Gate, links: Links) -> Dialect:
    """The dialect over these services."""
    api = _Api(services, gate, links)
    endpoints = []
    for base in _BASES:
        endpoints += [
            Endpoint(method="POST", path=f"{base}/v1/videos/videos", run=api.create_video, summary="Submit a task",
                     body=shapes.CreateVideo, answer=shapes.Created, errors=(400, 402, 413, 429, 502), creates=True,
                     listed=not base),
            Endpoint(method="GET", path=f"{base}/v1/result/{{id}}", run=api.get_result, summary="Query a task",
                     answer=shapes.Result, errors=(404, 429), listed=not base),
        ]  # fmt: skip
    return Dialect(
        name="series",
        title="Videos series",
        description="Text, first and last frame, or references to video, priced per call.",
        error=shapes.ErrorBody,
        render=render,
        names=NAMES,
        endpoints=endpoints,
    )


def render(problem: Problem) -> Response:
    """The dialect's error envelope."""
    return json(shapes.ErrorBody(error=problem.message, message=problem.message, code=problem.status), problem.status)


class _Api:
    def __init__(self, services: Services, gate: Gate, links: Links) -> None:
        self._services = services
        self._gate = gate
        self._links = links
        self._submitter = Submitter(services, links, "series")
        self._create = Body(shapes.CreateVideo, services.settings.max_body)

    async def create_video(self, request: Request) -> Response:
        caller = await self._gate.by_key(request)
        body, unknown = await self._create.read(request)
        wish, sources, warnings = to_wish(body, unknown)
        plan = make_plan(self._services.catalog, wish, warnings)
        job = await self._submitter.submit(request, caller, plan, sources, revise=judge_videos, keep_refused=True)
        return json(created(job))

    async def get_result(self, request: Request) -> Response:
        caller = await self._gate.by_key(request)
        job = await self._services.jobs.get(caller.who.account, request.path_params["id"])
        if job is None:
            raise not_found("task")
        return json(result(job, partial(self._links.file, request, seconds=_LINK_SECONDS)))
