"""Asking for videos and images."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from msgspec import structs
from starlette.requests import Request
from starlette.responses import Response

from rushes.catalog import Plan
from rushes.dialects.kit.answers import json
from rushes.dialects.kit.endpoint import Endpoint
from rushes.dialects.kit.gate import Caller
from rushes.dialects.kit.once import claimed_job
from rushes.dialects.kit.reading import Body
from rushes.dialects.studio import shapes_generation as shapes
from rushes.dialects.studio.context import Context
from rushes.dialects.studio.planning import Planner, Prepared
from rushes.dialects.studio.views import STATUSES
from rushes.ids import new_id
from rushes.jobs import Job, State
from rushes.ledger import InsufficientCredits, wallet
from rushes.library import Asset

_INPUTS_IN_BODY = 2
"""Images of the largest size that fit into one body as data URLs."""


def endpoints(context: Context) -> list[Endpoint]:
    """Everything that queues a video or an image."""
    api = _Generation(context)
    errors = (400, 403, 404, 429, 503)
    return [
        Endpoint(method="POST", path="/api/generate", run=api.generate, body=shapes.Generate, creates=True,
                 summary="Queue a text-to-video, image-to-video or other video generation", answer=shapes.Accepted,
                 errors=errors),
        Endpoint(method="POST", path="/api/generate-image", run=api.generate_image, body=shapes.GenerateImage,
                 summary="Queue one or more image generations", answer=shapes.AcceptedImages, creates=True,
                 errors=errors),
        Endpoint(method="POST", path="/api/generate-v2v", run=api.generate_v2v, body=shapes.GenerateV2V, creates=True,
                 summary="Video-to-video style transfer", answer=shapes.Accepted, errors=errors),
    ]  # fmt: skip


class _Generation:
    def __init__(self, context: Context) -> None:
        self._context = context
        self._services = context.services
        self._planner = Planner(context.services)
        settings = context.services.settings
        with_images = settings.max_body + _INPUTS_IN_BODY * settings.max_image_bytes * 4 // 3
        self._generate = Body(shapes.Generate, with_images)
        self._image = Body(shapes.GenerateImage, with_images)
        self._v2v = Body(shapes.GenerateV2V, settings.max_body)

    async def generate(self, request: Request) -> Response:
        caller = await self._context.gate.by_session(request)
        body, unknown = await self._generate.read(request)
        return await self._accept(request, caller, await self._planner.video(caller, body, unknown))

    async def generate_v2v(self, request: Request) -> Response:
        caller = await self._context.gate.by_session(request)
        body, unknown = await self._v2v.read(request)
        return await self._accept(request, caller, await self._planner.restyle(caller, body, unknown))

    async def generate_image(self, request: Request) -> Response:
        caller = await self._context.gate.by_session(request)
        body, unknown = await self._image.read(request)
        jobs = await self._submit_all(request, caller, await self._planner.images(caller, body, unknown))
        first = jobs[0]
        return json(
            shapes.AcceptedImages(
                job_ids=[job.id for job in jobs],
                status=STATUSES[first.state],
                position=await self._position(first),
                credits_charged=sum(job.quote for job in jobs),
                credits_remaining=await self._available(caller),
                engine=first.engine,
                draft=bool(first.draft),
                warnings=first.warning_list(),
            )
        )

    async def _accept(self, request: Request, caller: Caller, prepared: Prepared) -> Response:
        def revise(plan: Plan, staged: Sequence[Asset]) -> Plan:
            return self._planner.follow_clip(caller, plan, staged)

        job = await self._context.submitter.submit(request, caller, prepared.plan, prepared.sources, revise=revise)
        return json(
            shapes.Accepted(
                job_id=job.id,
                generation_id=job.id,
                status=STATUSES[job.state],
                position=await self._position(job),
                credits_charged=job.quote,
                credits_remaining=await self._available(caller),
                engine=job.engine,
                draft=bool(job.draft),
                warnings=job.warning_list(),
            )
        )

    async def _submit_all(self, request: Request, caller: Caller, prepared: Sequence[Prepared]) -> list[Job]:
        """Queue all of them or none. What a repeated request had queued before is answered again."""
        services, account = self._services, caller.who.account
        claimed = claimed_job(request)
        ids = [f"{claimed}-{number}" if number and claimed else claimed for number in range(len(prepared))]
        if claimed and await services.jobs.get(account, claimed) is not None:
            return [job for name in ids if (job := await services.jobs.get(account, name)) is not None]
        total = sum(each.plan.quote for each in prepared)
        available = await self._available(caller)
        if available < total:  # before fetching anything
            raise InsufficientCredits(total, available)
        staged: list[Asset] = []
        orders = []
        order = partial(self._context.submitter.order, request, caller)
        try:
            for name, each in zip(ids, prepared, strict=True):
                name = name or new_id("job_")
                sources = each.sources
                if staged:  # fetched once, and a copy for each
                    sources = [structs.replace(s, asset=a) for s, a in zip(sources, staged, strict=False)]
                brought = await services.intake.bring(account, name, sources) if sources else []
                staged += brought
                orders.append(order(each.plan, name, inputs=tuple(asset.id for asset in brought)))
            return await services.jobs.submit_all(account, orders)
        except BaseException:
            await services.library.drop(account, staged)
            raise

    async def _position(self, job: Job) -> int | None:
        return await self._services.jobs.ahead(job) + 1 if job.state == State.QUEUED else None

    async def _available(self, caller: Caller) -> int:
        return (await self._services.database.read(wallet(caller.who.account))).available
