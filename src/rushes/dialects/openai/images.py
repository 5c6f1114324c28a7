"""/images: generations and edits, answered in the request itself."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence

from starlette.requests import Request
from starlette.responses import Response

from rushes.catalog import Model, Wish
from rushes.dialects.kit.answers import json
from rushes.dialects.kit.bodies import AnyBody, Given
from rushes.dialects.kit.endpoint import Endpoint
from rushes.dialects.kit.gate import Caller, Gate
from rushes.dialects.kit.links import Links
from rushes.dialects.kit.reading import ignored
from rushes.dialects.kit.streaming import EVENTS, event, stream
from rushes.dialects.openai import shapes_images as shapes
from rushes.dialects.openai import translate_images as translate
from rushes.dialects.openai.callbacks import wanted
from rushes.dialects.openai.errors import unsupported
from rushes.dialects.openai.finishing import Finisher
from rushes.dialects.openai.honesty import tell
from rushes.dialects.openai.planning import planned
from rushes.engines.contract import Mode
from rushes.jobs import Job
from rushes.jobs.intake import Source
from rushes.services import Services

Asked = Given[shapes.GenerateImages] | Given[shapes.EditImages]


def endpoints(services: Services, gate: Gate, links: Links, finisher: Finisher, *, limit: int) -> list[Endpoint]:
    """The endpoints over these services. `limit` is for bodies with files, in bytes."""
    api = _Api(services, gate, links, finisher, limit)
    errors = (400, 404, 413, 429, 500, 503, 504)
    return [
        Endpoint(method="POST", path="/openai/v1/images/generations", run=api.generate_images,
                 summary="Generate images", body=shapes.GenerateImages, answer=shapes.Images, others=(EVENTS,),
                 errors=errors, creates=True),
        Endpoint(method="POST", path="/openai/v1/images/edits", run=api.edit_images, upload=True,
                 summary="Edit images: multipart/form-data with image or image[], mask, prompt",
                 answer=shapes.Images, others=(EVENTS,), errors=errors, creates=True),
    ]  # fmt: skip


class _Api:
    def __init__(self, services: Services, gate: Gate, links: Links, finisher: Finisher, limit: int) -> None:
        self._catalog = services.catalog
        self._gate = gate
        self._links = links
        self._finisher = finisher
        self._generate = AnyBody(shapes.GenerateImages, services.settings.max_body)
        self._edit = AnyBody(shapes.EditImages, limit, only_form=True)

    async def generate_images(self, request: Request) -> Response:
        caller = await self._gate.by_key(request)
        given = await self._generate.read(request)
        model, wish, warnings = translate.wish_of(self._catalog, given.fields, Mode.TEXT_TO_IMAGE)
        return await self._answer(request, caller, given, model, wish, warnings)

    async def edit_images(self, request: Request) -> Response:
        caller = await self._gate.by_key(request)
        given = await self._edit.read(request)
        if "markup" in given.files:
            raise unsupported("markup", "say it in the prompt, or mark what is to change by a mask", "markup")
        sources = translate.edit_sources(given.files.get("image", ()), given.file("mask"))
        model, wish, warnings = translate.wish_of(self._catalog, given.fields, Mode.IMAGE_TO_IMAGE)
        return await self._answer(request, caller, given, model, wish, warnings, sources)

    async def _answer(
        self,
        request: Request,
        caller: Caller,
        given: Asked,
        model: Model,
        wish: Wish,
        warnings: Sequence[str],
        sources: Sequence[Source] = (),
    ) -> Response:
        body = given.fields
        plan = planned(self._catalog, wish, translate.NAMES, [*ignored(given.unknown), *warnings])
        job = await self._finisher.finish(
            request,
            caller,
            plan,
            sources,
            callback=wanted(body.callback_url),
            revise=translate.fitting(self._catalog, model, wish) if sources else None,
        )
        if body.stream:
            kind: shapes.EventType = "image_edit.completed" if sources else "image_generation.completed"
            return tell(await stream(self._events(job, kind)), job)
        if translate.by_link(model, body):
            data = translate.as_links(job, lambda output: self._links.file(request, output, job))
        else:
            assets = await self._finisher.assets(job)
            data = translate.as_base64([await self._finisher.content(asset) for asset in assets])
        return tell(json(translate.images(job, data)), job)

    async def _events(self, job: Job, kind: shapes.EventType) -> AsyncGenerator[bytes, None]:
        """The pictures one by one: there are no partial ones, a picture may always come before them."""
        for asset in await self._finisher.assets(job):
            yield event(translate.event(job, kind, await self._finisher.content(asset)), kind)
