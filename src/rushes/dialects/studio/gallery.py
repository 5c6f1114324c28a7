"""What strangers see: a shared generation, and the community gallery."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from rushes.dialects.kit.answers import json
from rushes.dialects.kit.endpoint import Endpoint
from rushes.dialects.kit.problems import not_found
from rushes.dialects.kit.reading import Page, read_query
from rushes.dialects.studio.context import Context
from rushes.dialects.studio.shapes_history import Community, Shown
from rushes.dialects.studio.views import main_output, public_item, shown
from rushes.gallery import marks
from rushes.ids import now_ms


def endpoints(context: Context) -> list[Endpoint]:
    """Both are public."""
    gallery = _Gallery(context)
    return [
        Endpoint(method="GET", path="/api/share/{token}", run=gallery.get_shared, auth="none",
                 summary="Get a shared generation", answer=Shown, errors=(404, 429)),
        Endpoint(method="GET", path="/api/gallery/community", run=gallery.list_community, auth="none", query=Page,
                 summary="Browse the public gallery, the latest published first", answer=Community,
                 errors=(400, 429)),
    ]  # fmt: skip


class _Gallery:
    def __init__(self, context: Context) -> None:
        self._context = context
        self._database = context.services.database

    async def get_shared(self, request: Request) -> Response:
        await self._context.gate.open(request)
        token: str = request.path_params["token"]
        job = await self._database.read(marks.shared(token, now_ms()))
        output = main_output(job) if job is not None else None
        if job is None or output is None:
            raise not_found("shared generation")
        return json(shown(job, output, token))

    async def list_community(self, request: Request) -> Response:
        await self._context.gate.open(request)
        query = read_query(request, Page)
        found = await self._database.read(marks.community(query.limit + 1, query.offset, now_ms()))
        items = []
        for job, published in found[: query.limit]:
            output = main_output(job)
            if output is not None:
                items.append(public_item(job, output, published))
        return json(Community(items=items, limit=query.limit, offset=query.offset, has_more=len(found) > query.limit))
