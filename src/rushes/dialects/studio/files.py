"""Made files: the owner's, or open to those who have a share token, or to all when they are public."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import Response

from rushes.dialects.kit.endpoint import Endpoint
from rushes.dialects.kit.problems import not_found
from rushes.dialects.kit.reading import read_query
from rushes.dialects.kit.sending import send_file
from rushes.dialects.studio.context import Context
from rushes.dialects.studio.finding import OUTPUT, named_file
from rushes.dialects.studio.shapes_files import FileQuery
from rushes.engines.contract import Kind
from rushes.gallery import marks
from rushes.ids import now_ms


def endpoints(context: Context) -> list[Endpoint]:
    """Downloads."""
    files = _Files(context)
    return [
        Endpoint(method="GET", path="/api/video/{filename}", run=files.get_video, query=FileQuery,
                 summary="Download a generated video", media="video/mp4", errors=(404, 429)),
        Endpoint(method="GET", path="/api/image/{filename}", run=files.get_image, query=FileQuery,
                 summary="Download a generated image", media="image/png", errors=(404, 429)),
    ]  # fmt: skip


class _Files:
    def __init__(self, context: Context) -> None:
        self._context = context

    async def get_video(self, request: Request) -> Response:
        return await self._send(request, ("video",))

    async def get_image(self, request: Request) -> Response:
        return await self._send(request, ("image", "archive"))

    async def _send(self, request: Request, kinds: Sequence[Kind]) -> Response:
        services = self._context.services
        asset = await named_file(services.library, request.path_params["filename"], kinds, (OUTPUT,))
        token = read_query(request, FileQuery).token
        if asset is not None and await services.database.read(marks.readable(asset.job_id or "", token, now_ms())):
            return send_file(request, services.library, asset)
        caller = await self._context.gate.by_session(request)
        if asset is None or asset.account_id != caller.who.account:
            raise not_found(kinds[0])
        return send_file(request, services.library, asset)
