"""The xpilot dialect's endpoints."""

from __future__ import annotations

from functools import partial

from starlette.requests import Request
from starlette.responses import Response

from rushes.catalog import Plan, make_plan
from rushes.dialects.kit.answers import json
from rushes.dialects.kit.endpoint import Dialect, Endpoint
from rushes.dialects.kit.gate import Caller, Gate
from rushes.dialects.kit.links import Links
from rushes.dialects.kit.problems import Problem, failed, not_found
from rushes.dialects.kit.reading import Body, ignored, read_query
from rushes.dialects.kit.submitting import Submitter
from rushes.dialects.kit.writing import whole
from rushes.dialects.xpilot import shapes, translate
from rushes.jobs import Job, text_plan
from rushes.jobs.intake import Source
from rushes.ledger import InsufficientCredits, wallet
from rushes.services import Services

_WAIT = 8.0
"""An image that is done within this many seconds is in the answer itself."""


def xpilot(services: Services, gate: Gate, links: Links) -> Dialect:
    """The dialect over these services."""
    api = _Api(services, gate, links)
    at_create = (400, 402, 413, 429, 500)
    return Dialect(
        name="xpilot",
        title="xPilot v1",
        description="Video, image and text, priced per call, balance in cents.",
        error=shapes.ErrorBody,
        render=render,
        names=translate.NAMES,
        endpoints=[
            Endpoint(method="GET", path="/api/v1/models", run=api.list_models, summary="Models by type, with prices",
                     answer=shapes.ModelList, errors=(429,)),
            Endpoint(method="POST", path="/api/v1/video/generate", run=api.generate_video, summary="Generate a video",
                     body=shapes.GenerateVideo, answer=shapes.VideoTask, errors=at_create, creates=True),
            Endpoint(method="GET", path="/api/v1/video/{id}", run=api.poll, summary="Poll a video's or image's status",
                     query=shapes.PollQuery, answer=shapes.Task, errors=(400, 404, 429)),
            Endpoint(method="POST", path="/api/v1/image/generate", run=api.generate_image, summary="Generate an image",
                     body=shapes.GenerateImage, answer=shapes.ImageTask, errors=at_create, creates=True),
            Endpoint(method="POST", path="/api/v1/text/generate", run=api.generate_text, summary="Generate a text",
                     body=shapes.GenerateText, answer=shapes.Text, errors=at_create, creates=True),
        ],
    )  # fmt: skip


def render(problem: Problem) -> Response:
    """The dialect's error envelope."""
    status, body = translate.error(problem)
    response = json(body, status)
    if problem.limit is not None:
        response.headers["X-RateLimit-Limit"] = str(problem.limit)
        response.headers["X-RateLimit-Remaining"] = "0"
    return response


class _Api:
    def __init__(self, services: Services, gate: Gate, links: Links) -> None:
        self._services = services
        self._gate = gate
        self._links = links
        self._submitter = Submitter(services, links, "xpilot")
        limit = services.settings.max_body
        self._video = Body(shapes.GenerateVideo, limit)
        self._image = Body(shapes.GenerateImage, limit)
        self._text = Body(shapes.GenerateText, limit)

    async def list_models(self, request: Request) -> Response:
        await self._gate.by_key(request)
        return json(shapes.ModelList(models=translate.models(self._services.catalog)))

    async def generate_video(self, request: Request) -> Response:
        caller = await self._gate.by_key(request)
        body, unknown = await self._video.read(request)
        translate.required(body.prompt)
        model = translate.find_model(self._services.catalog, body.model, "video")
        wish, sources, warnings = translate.video_wish(model, body)
        plan = make_plan(self._services.catalog, wish, [*ignored(unknown), *warnings])
        job = await self._submit(request, caller, plan, sources)
        return json(
            shapes.VideoTask(
                task_id=job.id,
                status=translate.STATUSES[job.state],
                provider=translate.provider_of(job.model),
                poll_url=translate.video_poll_url(job),
                cost_cents=job.quote,
                remaining_credits_cents=await self._available(caller),
                engine=job.engine,
                draft=bool(job.draft),
                warnings=job.warning_list(),
            )
        )

    async def poll(self, request: Request) -> Response:
        caller = await self._gate.by_key(request)
        query = read_query(request, shapes.PollQuery)
        job = await self._services.jobs.get(caller.who.account, request.path_params["id"])
        if job is None:
            raise not_found("task")
        return json(translate.task(job, query.provider, partial(self._links.file, request)))

    async def generate_image(self, request: Request) -> Response:
        caller = await self._gate.by_key(request)
        body, unknown = await self._image.read(request)
        translate.required(body.prompt)
        model = translate.find_model(self._services.catalog, body.model, "image")
        wish, sources, warnings = translate.image_wish(model, body)
        plan = make_plan(self._services.catalog, wish, [*ignored(unknown), *warnings])
        accepted = await self._submit(request, caller, plan, sources)
        job = await self._services.jobs.wait(caller.who.account, accepted.id, _WAIT) or accepted
        if job.error_code is not None:
            raise failed(job.error_code, job.error_message or "Generation failed")
        answer = shapes.ImageTask(
            task_id=job.id,
            status=translate.STATUSES[job.state],
            # What was held, until it is known what was taken.
            cost_cents=job.quote if job.cost is None else job.cost,
            remaining_credits_cents=await self._available(caller),
            engine=job.engine,
            draft=bool(job.draft),
            warnings=job.warning_list(),
        )
        if job.succeeded:
            answer.outputs = translate.urls(job, partial(self._links.file, request))
        else:
            answer.poll_url = translate.image_poll_url(job)
        return json(answer)

    async def generate_text(self, request: Request) -> Response:
        caller = await self._gate.by_key(request)
        body, unknown = await self._text.read(request)
        translate.required(body.prompt)
        model, warnings = translate.text_model(self._services.catalog, body.model)
        chat = translate.chat(model, body)
        plan = text_plan(model, chat, (*ignored(unknown), *warnings))
        order = self._submitter.order(request, caller, plan)
        try:
            content, written = await whole(self._services.texts.write(caller.who.account, model, chat, order))
        except InsufficientCredits:
            raise Problem(402, "insufficient_credits", "Insufficient credits") from None
        if not content:
            raise Problem(500, "generation_failed", "No content generated")
        end = written.end
        return json(
            shapes.Text(
                content=content,
                model=model.id,
                usage=shapes.Usage(
                    prompt_tokens=end.prompt_tokens,
                    completion_tokens=end.completion_tokens,
                    total_tokens=end.prompt_tokens + end.completion_tokens,
                ),
                cost_cents=written.cost,
                remaining_credits_cents=written.available,
                engine=end.model,
                draft=bool(written.job.draft),
                warnings=written.job.warning_list(),
            )
        )

    async def _submit(self, request: Request, caller: Caller, plan: Plan, sources: list[Source]) -> Job:
        try:
            return await self._submitter.submit(request, caller, plan, sources)
        except InsufficientCredits as error:
            message = f"Insufficient credits. Need ${error.required / 100:.2f}, have ${error.available / 100:.2f}"
            raise Problem(402, "insufficient_credits", message) from None

    async def _available(self, caller: Caller) -> int:
        return (await self._services.database.read(wallet(caller.who.account))).available
