"""Input pictures: uploaded, or taken from the end of a video to go on from there."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from rushes.dialects.kit.answers import json
from rushes.dialects.kit.endpoint import Endpoint
from rushes.dialects.kit.forms import read_form
from rushes.dialects.kit.gate import Caller
from rushes.dialects.kit.problems import Problem, invalid, not_found
from rushes.dialects.kit.reading import Body
from rushes.dialects.kit.sending import filename, send_file
from rushes.dialects.studio.context import Context
from rushes.dialects.studio.finding import own_file
from rushes.dialects.studio.shapes_files import ExtendedVideo, ExtendVideo, InputImage
from rushes.dialects.studio.views import main_output
from rushes.gallery.inputs import Inputs
from rushes.library import Asset
from rushes.media.checks import BadMedia
from rushes.media.probe import UnreadableMedia

_MOST_BYTES = 10_000_000
_FORM_BYTES = 64_000
"""What the form around an image may take."""


def endpoints(context: Context) -> list[Endpoint]:
    """Bringing pictures in, and reading them again."""
    inputs = _Inputs(context)
    return [
        Endpoint(method="POST", path="/api/upload-image", run=inputs.upload_image, upload=True,
                 summary="Upload an image for image-to-video (multipart; PNG, JPEG or WebP, at most 10 MB)",
                 answer=InputImage, errors=(400, 429)),
        Endpoint(method="GET", path="/api/input-image/{filename}", run=inputs.get_input_image,
                 summary="Download an uploaded or extracted input image", media="image/png", errors=(404, 429)),
        Endpoint(method="POST", path="/api/extend-video", run=inputs.extend_video, body=ExtendVideo,
                 summary="Take a video's last frame as an input image, to extend it with an image-to-video model",
                 answer=ExtendedVideo, errors=(400, 404, 409, 429)),
    ]  # fmt: skip


class _Inputs:
    def __init__(self, context: Context) -> None:
        services = context.services
        self._context = context
        self._inputs = Inputs(
            services.database,
            services.library,
            services.node.scratch,
            max_pixels=services.settings.max_image_pixels,
            quota=services.settings.quota_bytes,
            retention_days=services.settings.retention_days,
        )
        self._extend = Body(ExtendVideo, services.settings.max_body)

    async def upload_image(self, request: Request) -> Response:
        caller = await self._context.gate.by_session(request)
        form = await read_form(request, _MOST_BYTES + _FORM_BYTES)
        files = [(field, file) for field, found in form.files.items() for file in found]
        if len(files) != 1:
            raise invalid("image", f"one file is required, got {len(files)}")
        [(field, file)] = files
        try:
            asset = await self._inputs.upload(caller.who.account, file.content, _MOST_BYTES)
        except BadMedia as error:
            raise invalid(field, str(error)) from None
        return json(
            InputImage(
                filename=filename(asset.id, asset.mime),
                url=_url(asset),
                width=asset.width,
                height=asset.height,
                mime=asset.mime,
                size=asset.size,
            )
        )

    async def get_input_image(self, request: Request) -> Response:
        caller = await self._context.gate.by_session(request)
        name: str = request.path_params["filename"]
        asset = await self._inputs.find(caller.who.account, name.partition(".")[0])
        if asset is None or filename(asset.id, asset.mime) != name:
            raise not_found("image")
        return send_file(request, self._context.services.library, asset)

    async def extend_video(self, request: Request) -> Response:
        caller = await self._context.gate.by_session(request)
        body, _ = await self._extend.read(request)
        video = await self._video(caller, body)
        try:
            frame = await self._inputs.last_frame(caller.who.account, video)
        except UnreadableMedia as error:
            raise invalid("video_filename", str(error)) from None
        return json(
            ExtendedVideo(
                filename=filename(frame.id, frame.mime),
                url=_url(frame),
                width=frame.width,
                height=frame.height,
                video_filename=filename(video.id, video.mime),
                generation_id=video.job_id or "",
            )
        )

    async def _video(self, caller: Caller, body: ExtendVideo) -> Asset:
        services = self._context.services
        name = body.video_filename
        if body.generation_id is not None:
            job = await services.jobs.get(caller.who.account, str(body.generation_id))
            if job is None:
                raise not_found("generation")
            output = main_output(job)
            if output is None and job.succeeded:  # its time is over
                raise not_found("video")
            if output is None:
                raise Problem(409, "not_completed", "only a completed generation can be extended")
            if output.kind != "video":
                raise invalid("generation_id", "made no video")
            made = filename(output.asset, output.mime)
            if name is not None and name != made:
                raise invalid("video_filename", f"generation {job.id} made {made}")
            name = made
        if name is None:
            raise invalid("video_filename", "is required, or generation_id")
        return await own_file(services.library, caller, "video_filename", name, "video")


def _url(asset: Asset) -> str:
    return f"/api/input-image/{filename(asset.id, asset.mime)}"
