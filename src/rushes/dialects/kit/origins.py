"""Requests that another site's page makes a browser send, told by what the browser says of itself.

A browser sends our cookie along, so for unsafe methods its word about the page counts: `Sec-Fetch-Site`, or, from
older ones, `Origin`. What sends neither is no browser, and cannot be led astray by a page.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.requests import Request

from rushes.dialects.kit.problems import Problem

_SAFE = ("GET", "HEAD", "OPTIONS")
_OURS = ("same-origin", "none")


def check_origin(request: Request) -> None:
    """Answers 403 to an unsafe request that a page of another site made."""
    if request.method in _SAFE:
        return
    site = request.headers.get("sec-fetch-site")
    if site in _OURS:
        return
    origin = request.headers.get("origin")
    if site is None and origin is None:
        return
    host = _host(origin) if origin is not None else ""
    if host and host == request.headers.get("host", "").lower():
        return
    raise Problem(403, "cross_site", "a page of another site made this request; sessions are for our own pages")


def _host(origin: str) -> str:
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:
        return ""
