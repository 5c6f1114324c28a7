"""The native dialect's endpoints."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import msgspec
from msgspec import UNSET
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from rushes.catalog import Model, Wish, make_plan
from rushes.dialects.kit.answers import iso, json
from rushes.dialects.kit.endpoint import Dialect, Endpoint
from rushes.dialects.kit.gate import Gate
from rushes.dialects.kit.links import Links
from rushes.dialects.kit.problems import Problem, invalid, not_found
from rushes.dialects.kit.reading import Body, Page, read_query
from rushes.dialects.kit.submitting import submit
from rushes.dialects.rushes import shapes
from rushes.engines.contract import Mode, Role
from rushes.jobs import Job, NoEngine
from rushes.jobs.intake import Source
from rushes.services import Services

_SIZE = re.compile(r"(\d{1,5})[x×](\d{1,5})")
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
                     errors=(400, 402, 413, 429, 502)),
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
        limit = services.settings.max_body + _INPUTS_IN_BODY * services.settings.max_image_bytes * 4 // 3
        self._create = Body(shapes.CreateGeneration, limit)

    async def list_models(self, request: Request) -> Response:
        models = [self._model(model) for model in self._services.catalog.models.values()]
        return json(shapes.ModelList(models=models))

    async def create(self, request: Request) -> Response:
        caller = await self._gate.by_key(request)
        body, unknown = await self._create.read(request)
        ignored = [f"{name[:100]}: ignored" for name in unknown[:20]]
        plan = make_plan(self._services.catalog, _wish(body), ignored)
        job = await submit(self._services, caller, plan, "rushes", _sources(body, plan.mode))
        return json(self._view(request, job), 202, {"Location": f"/rushes/v1/generations/{job.id}"})

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

        async def stream() -> AsyncIterator[bytes]:
            async for state in self._services.jobs.follow(job.account_id, job.id):
                data = msgspec.json.encode(self._view(request, state))
                yield b"event: " + state.state.encode() + b"\ndata: " + data + b"\n\n"

        return StreamingResponse(
            stream(),
            media_type="text/event-stream",
            headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
        )

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
        plan = job.plan()
        files = [
            shapes.File(
                url=self._links.file(request, output, job),
                kind=output.kind,
                mime=output.mime,
                width=output.width,
                height=output.height,
                duration=output.duration,
                size=output.size,
            )
            for output in job.output_list()
        ]
        failure = shapes.Failure(code=job.error_code, message=job.error_message or "") if job.error_code else UNSET
        return shapes.Generation(
            id=job.id,
            state=job.state,
            progress=round(job.progress, 3),
            model=job.model,
            mode=plan.mode,
            prompt=plan.prompt,
            seconds=plan.seconds,
            width=plan.width,
            height=plan.height,
            fps=plan.fps,
            seed=plan.seed,
            sound=plan.sound,
            engine=job.engine,
            draft=bool(job.draft),
            quote=job.quote,
            warnings=job.warning_list(),
            outputs=files,
            created_at=iso(job.created_at),
            cost=job.cost if job.cost is not None else UNSET,
            started_at=iso(job.started_at) if job.started_at is not None else UNSET,
            finished_at=iso(job.finished_at) if job.finished_at is not None else UNSET,
            expires_at=iso(job.expires_at) if job.expires_at is not None else UNSET,
            failure=failure,
        )

    def _model(self, model: Model) -> shapes.ModelInfo:
        return shapes.ModelInfo(
            id=model.id,
            label=model.label,
            description=model.description,
            kind=model.kind,
            modes=[str(mode) for mode in model.modes],
            available=self._available(model),
            prompt_max=model.prompt_max,
            seconds=msgspec.to_builtins(model.duration),
            resolutions=model.resolutions,
            ratios=list(model.ratios),
            fps=list(model.fps),
            sound=model.sound,
            price=msgspec.to_builtins(model.price),
        )

    def _available(self, model: Model) -> str:
        try:
            return "draft" if self._services.jobs.choose(model).draft else "yes"
        except NoEngine:
            return "no"


def _wish(body: shapes.CreateGeneration) -> Wish:
    width, height = _size(body.size)
    return Wish(
        model=body.model,
        prompt=body.prompt,
        mode=_mode(body),
        negative_prompt=body.negative_prompt,
        seconds=body.seconds,
        resolution=body.resolution,
        ratio=body.ratio,
        width=width,
        height=height,
        fps=body.fps,
        seed=body.seed,
        sound=body.sound,
    )


def _size(text: str | None) -> tuple[int | None, int | None]:
    if text is None:
        return None, None
    match = _SIZE.fullmatch(text)
    if match is None:
        raise invalid("size", 'must be width x height in pixels, like "1280x720"')
    return int(match[1]), int(match[2])


def _mode(body: shapes.CreateGeneration) -> Mode:
    if body.mode is not None:
        try:
            return Mode(body.mode)
        except ValueError:
            raise invalid("mode", f"must be one of {', '.join(Mode)}") from None
    if body.image and body.end_image:
        return Mode.FIRST_LAST_FRAME
    if body.image:
        return Mode.IMAGE_TO_VIDEO
    return Mode.REFERENCE_TO_VIDEO if body.references else Mode.TEXT_TO_VIDEO


def _sources(body: shapes.CreateGeneration, mode: Mode) -> list[Source]:
    if mode is Mode.REFERENCE_TO_VIDEO:
        if not body.references:
            raise invalid("references", f"is required for {mode}")
        return [
            Source(field=f"references[{number}]", role=Role.REFERENCE_IMAGE, url=url, video_allowed=True)
            for number, url in enumerate(body.references)
        ]
    named = {"image": (body.image, Role.IMAGE), "end_image": (body.end_image, Role.END_IMAGE)}
    needed = {Mode.IMAGE_TO_VIDEO: ("image",), Mode.FIRST_LAST_FRAME: ("image", "end_image")}.get(mode, ())
    sources = []
    for field in needed:
        url, role = named[field]
        if not url:
            raise invalid(field, f"is required for {mode}")
        sources.append(Source(field=field, role=role, url=url))
    return sources
