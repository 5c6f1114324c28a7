"""A stored file as an answer: ranges, validators, HEAD. Who may read it, the caller has judged."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from rushes.library import Asset, Library
from rushes.library.service import suffix
from rushes.library.serving import plan_response


def filename(asset_id: str, mime: str) -> str:
    """The name under which a file is served."""
    return f"{asset_id}{suffix(mime)}"


def send_file(request: Request, library: Library, asset: Asset) -> Response:
    """The answer to a GET or HEAD of this file."""
    plan = plan_response(
        request.method,
        request.headers,
        size=asset.size,
        sha256=asset.sha256,
        modified_ms=asset.created_at,
        mime=asset.mime,
        filename=filename(asset.id, asset.mime),
    )
    if plan.start == plan.end:
        return Response(status_code=plan.status, headers=plan.headers)
    return StreamingResponse(library.read(asset, plan.start, plan.end), plan.status, plan.headers)
