"""The native dialect's endpoints."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from functools import partial

import msgspec
from msgspec import UNSET
from starlette.requests import Request
from starlette.responses import Response

from rushes.catalog import Model, Plan, make_plan, measured
from rushes.dialects.kit.answers import json
from rushes.dialects.kit.endpoint import Dialect, Endpoint
from rushes.dialects.kit.gate import Gate
from rushes.dialects.kit.links import Links
from rushes.dialects.kit.problems import Problem, not_found
from rushes.dialects.kit.reading import Body, Page, ignored, read_query
from rushes.dialects.kit.streaming import event, stream
from rushes.dialects.kit.submitting import Submitter
from rushes.dialects.rushes import shapes, webhooks
from rushes.dialects.rushes.translate import generation, to_sources, to_wish
from rushes.engines.contract import Mode
from rushes.jobs import Job
from rushes.library import Asset
from rushes.services import Services
from rushes.webhooks.outbox import Callback

_AS_LONG_AS_THE_INPUT = frozenset(
    {
        Mode.SPEECH_TO_TEXT,
        Mode.DENOISE_AUDIO,
        Mode.VIDEO_TO_VIDEO,
        Mode.UPSCALE_VIDEO,
        Mode.INTERPOLATE_VIDEO,
    }
)
_INPUTS_IN_BODY = 3
"""A body may carry this many images of the largest size, as data URLs."""


def native(services: Services, gate: Gate, links: Links) -> Dialect:
    """The dialect over these services."""
    api = _Api(services, gate, links)
    return Dialect(
        name="rushes",
        title="Rushes",
        description="The native API: every parameter, and progress as server-sent events.",
        error=shapes.ErrorBody,
        render=render,
        endpoints=[
            Endpoint(method="GET", path="/rushes/v1/models", run=api.list_models, summary="All models",
                     answer=shapes.ModelList, auth="none"),
            Endpoint(method="POST", path="/rushes/v1/generations", run=api.create, summary="Submit a generation",
                     body=shapes.CreateGeneration, answer=shapes.Generation, status=202,
                     errors=(400, 402, 413, 429, 502), creates=True),
            Endpoint(method="GET", path="/rushes/v1/generations", run=api.list_generations,
                     summary="List generations, newest first", query=Page,
                     answer=shapes.GenerationList, errors=(400, 429)),
            Endpoint(method="GET", path="/rushes/v1/generations/{id}", run=api.get, summary="Get a generation",
                     answer=shapes.Generation, errors=(404, 429)),
            Endpoint(method="GET", path="/rushes/v1/generations/{id}/events", run=api.events,
                     summary="Follow a generation: an event at every change, the last when it is over",
                     media="text/event-stream", errors=(404, 429)),
            Endpoint(method="DELETE", path="/rushes/v1/generations/{id}", run=api.delete,
                     summary="Cancel a generation, or delete a finished one", answer=shapes.Removed,
                     errors=(404, 429)),
            *webhooks.endpoints(services, gate),
        ],
    )  # fmt: skip


def render(problem: Problem) -> Response:
    """The dialect's error envelope."""
    detail = shapes.ErrorDetail(code=problem.kind, message=problem.message, field=problem.field or UNSET)
    return json(shapes.ErrorBody(error=detail), problem.status)


class _Api:
    def __init__(self, services: Services, gate: Gate, links: Links) -> None:
        self._services = services
        self._gate = gate
        self._links = links
        self._submitter = Submitter(services, links, "rushes")
        limit = services.settings.max_body + _INPUTS_IN_BODY * services.settings.max_image_bytes * 4 // 3
        self._create = Body(shapes.CreateGeneration, limit)

    async def list_models(self, request: Request) -> Response:
        models = [self._model(model) for model in self._services.catalog.models.values()]
        return json(shapes.ModelList(models=models))

    async def create(self, request: Request) -> Response:
        caller = await self._gate.by_key(request)
        body, unknown = await self._create.read(request)
        plan = make_plan(self._services.catalog, to_wish(self._services.catalog, body), ignored(unknown))
        callback = Callback(url=body.callback_url, format="rushes") if body.callback_url else None
        job = await self._submitter.submit(
            request, caller, plan, to_sources(body, plan.mode), callback=callback, revise=self._by_length
        )
        return json(self._view(request, job), 202, {"Location": f"/rushes/v1/generations/{job.id}"})

    def _by_length(self, plan: Plan, inputs: Sequence[Asset]) -> Plan:
        """What changes a clip or a recording is as long as that, and priced by it once it is here."""
        if plan.mode not in _AS_LONG_AS_THE_INPUT:
            return plan
        return measured(self._services.catalog, plan, inputs[0].duration)

    async def get(self, request: Request) -> Response:
        return json(self._view(request, await self._find(request)))

    async def list_generations(self, request: Request) -> Response:
        caller = await self._gate.by_key(request)
        query = read_query(request, Page)
        found = await self._services.jobs.recent(caller.who.account, query.limit + 1, query.offset)
        views = [self._view(request, job) for job in found[: query.limit]]
        return json(shapes.GenerationList(generations=views, has_more=len(found) > query.limit))

    async def events(self, request: Request) -> Response:
        job = await self._find(request)

        async def states() -> AsyncGenerator[bytes, None]:
            async for state in self._services.jobs.follow(job.account_id, job.id):
                yield event(self._view(request, state), state.state)

        return await stream(states())

    async def delete(self, request: Request) -> Response:
        caller = await self._gate.by_key(request)
        account, name = caller.who.account, request.path_params["id"]
        if await self._services.jobs.cancel(account, name) is not None:
            return json(shapes.Removed(id=name, cancelled=True, deleted=False))
        if not await self._services.jobs.remove(account, name):
            raise not_found("generation")
        await self._services.library.collect()
        return json(shapes.Removed(id=name, cancelled=False, deleted=True))

    async def _find(self, request: Request) -> Job:
        caller = await self._gate.by_key(request)
        job = await self._services.jobs.get(caller.who.account, request.path_params["id"])
        if job is None:
            raise not_found("generation")
        return job

    def _view(self, request: Request, job: Job) -> shapes.Generation:
        return generation(job, partial(self._links.file, request))

    def _model(self, model: Model) -> shapes.ModelInfo:
        return shapes.ModelInfo(
            id=model.id,
            label=model.label,
            description=model.description,
            kind=model.kind,
            modes=[str(mode) for mode in model.modes],
            available=self._services.jobs.available(model),
            prompt_max=model.prompt_max,
            seconds=msgspec.to_builtins(model.duration),
            resolutions=model.resolutions,
            ratios=list(model.ratios),
            fps=list(model.fps),
            sound=model.sound,
            price=msgspec.to_builtins(model.price),
        )
