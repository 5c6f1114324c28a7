"""The cookie of a browser's session: out of scripts' reach, and sent along only from our own pages and by links."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from rushes.accounts.sessions import LIFETIME
from rushes.dialects.kit.gate import COOKIE


def set_session(request: Request, response: Response, token: str, public_url: str) -> None:
    """Log the browser in. Over TLS, ours or a proxy's, the cookie never travels without it."""
    response.set_cookie(
        COOKIE,
        token,
        max_age=LIFETIME,
        secure=request.url.scheme == "https" or public_url.startswith("https://"),
        httponly=True,
        samesite="lax",
    )


def clear_session(response: Response) -> None:
    """Log the browser out."""
    response.delete_cookie(COOKIE, httponly=True, samesite="lax")
