"""The caller's videos and pictures: lists, deletion, and the marks favourite, shared, public."""

from __future__ import annotations

from typing import TypeVar

from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response

from rushes.dialects.kit.answers import json
from rushes.dialects.kit.endpoint import Endpoint
from rushes.dialects.kit.gate import Caller
from rushes.dialects.kit.problems import Problem, not_found
from rushes.dialects.kit.reading import Body, Page, read_bytes, read_query
from rushes.dialects.studio import shapes_history as shapes
from rushes.dialects.studio.context import Context
from rushes.dialects.studio.views import file_url, generation, main_output
from rushes.gallery import marks
from rushes.ids import now_ms
from rushes.jobs import Job
from rushes.jobs.histories import Made, made_by

T = TypeVar("T", bound=Struct)
_BODY_BYTES = 10_000


def endpoints(context: Context) -> list[Endpoint]:
    """Histories and marks. What marks a video marks a picture too: ids are of one kind."""
    history = _History(context)
    return [
        Endpoint(method="GET", path="/api/generations", run=history.list_generations, query=Page,
                 summary="List your videos with full metadata, newest first", answer=shapes.GenerationList,
                 errors=(400, 429)),
        Endpoint(method="GET", path="/api/image-generations", run=history.list_image_generations, query=Page,
                 summary="List your images with full metadata, newest first", answer=shapes.GenerationList,
                 errors=(400, 429)),
        Endpoint(method="DELETE", path="/api/generations/{id}", run=history.delete_generation,
                 summary="Delete a video and its file; one still running is cancelled first", answer=shapes.Deleted,
                 errors=(404, 429)),
        Endpoint(method="DELETE", path="/api/image-generations/{id}", run=history.delete_image_generation,
                 summary="Delete an image and its file; one still running is cancelled first", answer=shapes.Deleted,
                 errors=(404, 429)),
        Endpoint(method="POST", path="/api/generations/{id}/favorite", run=history.favorite,
                 summary="Toggle favourite", body=shapes.SetFavorite, answer=shapes.Favorite, errors=(400, 404, 429)),
        Endpoint(method="POST", path="/api/generations/{id}/share", run=history.share,
                 summary="Create the share link, the same each time; or take it back",
                 body=shapes.SetShared, answer=shapes.Shared, errors=(400, 404, 409, 429)),
        Endpoint(method="POST", path="/api/generations/{id}/public", run=history.publish,
                 summary="Toggle visibility in the community gallery", body=shapes.SetPublic, answer=shapes.Public,
                 errors=(400, 404, 409, 429)),
    ]  # fmt: skip


class _History:
    def __init__(self, context: Context) -> None:
        self._context = context
        self._services = context.services
        self._favorite = Body(shapes.SetFavorite, _BODY_BYTES)
        self._share = Body(shapes.SetShared, _BODY_BYTES)
        self._public = Body(shapes.SetPublic, _BODY_BYTES)

    async def list_generations(self, request: Request) -> Response:
        return await self._list(request, "video")

    async def list_image_generations(self, request: Request) -> Response:
        return await self._list(request, "image")

    async def _list(self, request: Request, made: Made) -> Response:
        caller = await self._context.gate.by_session(request)
        query = read_query(request, Page)
        found, total = await self._services.jobs.history(caller.who.account, made, query.limit, query.offset)
        marked = await self._services.database.read(marks.of_many([job.id for job in found]))
        views = [generation(job, marked.get(job.id, marks.UNMARKED)) for job in found]
        return json(shapes.GenerationList(generations=views, total=total, limit=query.limit, offset=query.offset))

    async def delete_generation(self, request: Request) -> Response:
        return await self._delete(request, "video")

    async def delete_image_generation(self, request: Request) -> Response:
        return await self._delete(request, "image")

    async def _delete(self, request: Request, made: Made) -> Response:
        caller = await self._context.gate.by_session(request)
        job = await self._find(request, caller)
        if made_by(job.mode) != made:
            raise not_found("generation")
        cancelled = await self._services.jobs.cancel(job.account_id, job.id) is not None
        if not await self._services.jobs.remove(job.account_id, job.id):
            raise not_found("generation")
        await self._services.library.collect()
        return json(shapes.Deleted(id=job.id, deleted=True, cancelled=cancelled))

    async def favorite(self, request: Request) -> Response:
        caller = await self._context.gate.by_session(request)
        body = await _optional(request, self._favorite, shapes.SetFavorite())
        mark = await self._services.database.write(
            marks.favorite(caller.who.account, request.path_params["id"], body.is_favorite)
        )
        if mark is None:
            raise not_found("generation")
        return json(shapes.Favorite(id=request.path_params["id"], is_favorite=mark.favorite))

    async def share(self, request: Request) -> Response:
        caller = await self._context.gate.by_session(request)
        body = await _optional(request, self._share, shapes.SetShared())
        job = await self._find(request, caller)
        change = marks.share if body.shared else marks.unshare
        mark = await self._services.database.write(change(job.account_id, job.id))
        token = self._marked(job, mark).share_token
        answer = shapes.Shared(id=job.id, shared=token is not None, share_token=token, url=None, file_url=None)
        output = main_output(job)
        if token is not None and output is not None:
            base = self._context.links.base(request)
            answer.url = f"{base}/api/share/{token}"
            answer.file_url = base + file_url(output, token)
        return json(answer)

    async def publish(self, request: Request) -> Response:
        caller = await self._context.gate.by_session(request)
        body = await _optional(request, self._public, shapes.SetPublic())
        job = await self._find(request, caller)
        mark = await self._services.database.write(marks.publish(job.account_id, job.id, body.is_public, now_ms()))
        return json(shapes.Public(id=job.id, is_public=self._marked(job, mark).public_at is not None))

    def _marked(self, job: Job, mark: marks.Mark | None) -> marks.Mark:
        if mark is not None:
            return mark
        if made_by(job.mode) is None:
            raise not_found("generation")
        raise Problem(409, "not_completed", "only a completed generation can be shared or public")

    async def _find(self, request: Request, caller: Caller) -> Job:
        job = await self._services.jobs.get(caller.who.account, request.path_params["id"])
        if job is None:
            raise not_found("generation")
        return job


async def _optional(request: Request, body: Body[T], without: T) -> T:
    """The body, or `without` when there is none."""
    if not (await read_bytes(request, _BODY_BYTES)).strip():
        return without
    return (await body.read(request))[0]
