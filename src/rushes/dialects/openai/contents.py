"""A video's files: itself with ranges, a frame of it, a grid of frames."""

from __future__ import annotations

import asyncio
import hashlib
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from rushes.dialects.openai.shapes_videos import Variant
from rushes.ids import new_id
from rushes.library import Asset
from rushes.library.service import suffix
from rushes.library.serving import ServePlan, plan_response
from rushes.media.renditions import spritesheet, thumbnail
from rushes.services import Services


class _Rendition(NamedTuple):
    make: Callable[[Path], bytes]
    mime: str


_RENDITIONS = {"thumbnail": _Rendition(thumbnail, "image/webp"), "spritesheet": _Rendition(spritesheet, "image/jpeg")}


class Contents:
    """Answers downloads of videos."""

    def __init__(self, services: Services) -> None:
        self._library = services.library
        self._scratch = services.node.scratch

    async def answer(self, request: Request, asset: Asset, variant: Variant) -> Response:
        """The file, as the request's Range and validators want it."""
        rendition = _RENDITIONS.get(variant)
        if rendition is None:
            plan = _plan(request, asset, asset.id, size=asset.size, sha256=asset.sha256, mime=asset.mime)
            if plan.start == plan.end:
                return Response(status_code=plan.status, headers=plan.headers)
            return StreamingResponse(self._library.read(asset, plan.start, plan.end), plan.status, plan.headers)
        data = await self._rendered(asset, rendition.make)
        sha256 = hashlib.sha256(data).hexdigest()
        plan = _plan(request, asset, f"{asset.id}-{variant}", size=len(data), sha256=sha256, mime=rendition.mime)
        return Response(data[plan.start : plan.end], plan.status, plan.headers)

    async def _rendered(self, asset: Asset, make: Callable[[Path], bytes]) -> bytes:
        folder = self._scratch / new_id("rendition_")
        try:
            path = await self._library.copy_out(asset, folder)
            return await asyncio.to_thread(make, path)
        finally:
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)


def _plan(request: Request, asset: Asset, name: str, *, size: int, sha256: str, mime: str) -> ServePlan:
    return plan_response(
        request.method,
        request.headers,
        size=size,
        sha256=sha256,
        modified_ms=asset.created_at,
        mime=mime,
        filename=f"{name}{suffix(mime)}",
    )
