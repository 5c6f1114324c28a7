"""/files/…: results under signed links, with ranges, ETags and HEAD."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from rushes.db import Unavailable
from rushes.dialects.kit.answers import json
from rushes.dialects.kit.sending import send_file
from rushes.ids import now_ms
from rushes.library import Library
from rushes.library.signing import verify


class Files:
    """The ASGI application that serves files to whoever has a link."""

    def __init__(self, library: Library, secret: str) -> None:
        self._library = library
        self._secret = secret

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        request = Request(scope, receive)
        try:
            response = await self._answer(request)
        except Unavailable as error:
            response = json({"error": str(error)}, 503, {"Retry-After": str(error.retry_after)})
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        if request.method not in ("GET", "HEAD"):
            return json({"error": "only GET and HEAD are allowed here"}, 405, {"Allow": "GET, HEAD"})
        # The path that was routed: Starlette's `request.url` is also made of the Host header, which anybody may choose.
        path: str = request.scope["path"]
        if not verify(path, request.query_params, self._secret, now_ms() // 1000):
            return json({"error": "this link is not valid or has expired; read the job again for a new one"}, 403)
        asset = await self._library.get(request.path_params["name"].partition(".")[0])
        if asset is None:
            return json({"error": "this file does not exist any more"}, 404)
        return send_file(request, self._library, asset)
