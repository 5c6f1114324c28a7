"""/videos: create, list, look, download, remix, delete."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import Response

from rushes.catalog import Wish
from rushes.dialects.kit.answers import json
from rushes.dialects.kit.bodies import AnyBody
from rushes.dialects.kit.endpoint import Endpoint
from rushes.dialects.kit.gate import Caller, Gate
from rushes.dialects.kit.problems import invalid, not_found
from rushes.dialects.kit.reading import Body, ignored, read_query
from rushes.dialects.kit.submitting import Submitter
from rushes.dialects.openai import shapes_videos as shapes
from rushes.dialects.openai import translate_videos as translate
from rushes.dialects.openai.callbacks import wanted
from rushes.dialects.openai.contents import Contents
from rushes.dialects.openai.honesty import tell
from rushes.dialects.openai.planning import planned
from rushes.jobs import Job
from rushes.jobs.intake import Source
from rushes.library import Asset
from rushes.services import Services


def endpoints(services: Services, gate: Gate, submitter: Submitter, *, limit: int) -> list[Endpoint]:
    """The endpoints over these services. `limit` is for bodies with files, in bytes."""
    api = _Api(services, gate, submitter, limit)
    at = "/openai/v1/videos"
    at_create = (400, 404, 413, 429, 500, 503)
    return [
        Endpoint(method="POST", path=at, run=api.create_video, body=shapes.CreateVideo, answer=shapes.Video,
                 summary="Create a video; the body may be multipart/form-data", errors=at_create, creates=True),
        Endpoint(method="GET", path=at, run=api.list_videos, summary="List videos", query=shapes.VideoQuery,
                 answer=shapes.VideoList, errors=(400, 429)),
        Endpoint(method="POST", path=f"{at}/edits", run=api.edit_video, body=shapes.EditVideo, answer=shapes.Video,
                 summary="Make a new video from one of yours, or from an uploaded one (multipart/form-data)",
                 errors=at_create, creates=True),
        Endpoint(method="GET", path=f"{at}/{{id}}", run=api.retrieve_video, summary="Get a video",
                 answer=shapes.Video, errors=(404, 429)),
        Endpoint(method="DELETE", path=f"{at}/{{id}}", run=api.delete_video, answer=shapes.VideoDeleted,
                 summary="Delete a video and its files; one that is not done is cancelled first", errors=(404, 429)),
        Endpoint(method="GET", path=f"{at}/{{id}}/content", run=api.video_content, query=shapes.ContentQuery,
                 summary="Download a completed video, a thumbnail or a spritesheet of it",
                 media=("video/mp4", "image/webp", "image/jpeg"), errors=(400, 404, 429)),
        Endpoint(method="POST", path=f"{at}/{{id}}/remix", run=api.remix_video, body=shapes.RemixVideo,
                 answer=shapes.Video, summary="Make a new video from a completed one", errors=at_create, creates=True),
    ]  # fmt: skip


class _Api:
    def __init__(self, services: Services, gate: Gate, submitter: Submitter, limit: int) -> None:
        self._services = services
        self._gate = gate
        self._submitter = submitter
        self._contents = Contents(services)
        self._modes = translate.video_modes(services.catalog)
        self._create = AnyBody(shapes.CreateVideo, limit)
        self._edit = AnyBody(shapes.EditVideo, limit)
        self._remix = Body(shapes.RemixVideo, services.settings.max_body)

    async def create_video(self, request: Request) -> Response:
        caller = await self._gate.by_key(request)
        given = await self._create.read(request)
        upload = given.file("input_reference")
        wish, sources = translate.create_wish(self._services.catalog, given.fields, upload)
        return await self._submit(request, caller, wish, sources, given.unknown, given.fields.callback_url)

    async def remix_video(self, request: Request) -> Response:
        caller = await self._gate.by_key(request)
        body, unknown = await self._remix.read(request)
        job, asset = await self._ready(caller, request.path_params["id"])
        wish = translate.remix_wish(self._services.catalog, body.prompt, body.model, job)
        sources = [translate.video_source(asset=asset)]
        return await self._submit(request, caller, wish, sources, unknown, body.callback_url)

    async def edit_video(self, request: Request) -> Response:
        caller = await self._gate.by_key(request)
        given = await self._edit.read(request)
        body, upload = given.fields, given.file("video")
        if upload is not None:
            wish = translate.edit_wish(self._services.catalog, body.prompt, body.model)
            source = translate.video_source(content=upload.content)
        elif body.video is not None:
            job, asset = await self._ready(caller, body.video.id)
            wish = translate.remix_wish(self._services.catalog, body.prompt, body.model, job)
            source = translate.video_source(asset=asset)
        else:
            raise invalid("video", 'is required: a file, or {"id": …} of a completed video')
        return await self._submit(request, caller, wish, [source], given.unknown, body.callback_url)

    async def list_videos(self, request: Request) -> Response:
        caller = await self._gate.by_key(request)
        query = read_query(request, shapes.VideoQuery)
        found = await self._services.jobs.page(
            caller.who.account,
            self._modes,
            after=query.after,
            limit=query.limit + 1,
            oldest_first=query.order == "asc",
        )
        data = [translate.video(job) for job in found[: query.limit]]
        ends = (data[0].id, data[-1].id) if data else (None, None)
        more = len(found) > query.limit
        return json(shapes.VideoList(data=data, has_more=more, first_id=ends[0], last_id=ends[1]))

    async def retrieve_video(self, request: Request) -> Response:
        job = await self._find(await self._gate.by_key(request), request.path_params["id"])
        return tell(json(translate.video(job)), job)

    async def delete_video(self, request: Request) -> Response:
        caller = await self._gate.by_key(request)
        job = await self._find(caller, request.path_params["id"])
        await self._services.jobs.cancel(caller.who.account, job.id)
        if not await self._services.jobs.remove(caller.who.account, job.id):
            raise not_found("video")
        await self._services.library.collect()
        return json(shapes.VideoDeleted(id=job.id))

    async def video_content(self, request: Request) -> Response:
        caller = await self._gate.by_key(request)
        query = read_query(request, shapes.ContentQuery)
        job, asset = await self._ready(caller, request.path_params["id"])
        return tell(await self._contents.answer(request, asset, query.variant), job)

    async def _submit(
        self,
        request: Request,
        caller: Caller,
        wish: Wish,
        sources: Sequence[Source],
        unknown: Sequence[str],
        callback_url: str | None,
    ) -> Response:
        plan = planned(self._services.catalog, wish, translate.NAMES, ignored(unknown))
        callback = wanted(callback_url)
        job = await self._submitter.submit(request, caller, plan, sources, callback=callback)
        return tell(json(translate.video(job)), job)

    async def _find(self, caller: Caller, name: str) -> Job:
        job = await self._services.jobs.get(caller.who.account, name)
        if job is None or job.mode not in self._modes:
            raise not_found(f"video {name[:100]}")
        return job

    async def _ready(self, caller: Caller, name: str) -> tuple[Job, Asset]:
        """A completed video and its file."""
        job = await self._find(caller, name)
        if not job.succeeded:
            raise translate.not_ready(job)
        asset = await self._services.library.get(job.output_list()[0].asset)
        if asset is None:
            raise not_found("the video's file, which is kept until its expires_at,")
        return job, asset
