"""How a file is answered: ranges, validators, HEAD (RFC 9110 §13–14). Pure: headers in, a plan out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from email.utils import formatdate, parsedate_to_datetime

from msgspec import Struct

# 20 digits hold every 64-bit number; int() refuses absurdly long ones.
_RANGE = re.compile(r"bytes=\s*([0-9]{0,20})\s*-\s*([0-9]{0,20})\s*", re.IGNORECASE)
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]")
_SHOWN = ("image/", "video/", "audio/")
"""Media types that a browser may show by itself; SVG, a document that can run scripts, is left out."""


class ServePlan(Struct, frozen=True):
    """What to answer: the body is the file's bytes start (inclusive) to end (exclusive)."""

    status: int
    headers: dict[str, str]
    start: int = 0
    end: int = 0


def plan_response(
    method: str,
    headers: Mapping[str, str],
    *,
    size: int,
    sha256: str,
    modified_ms: int,
    mime: str,
    filename: str,
) -> ServePlan:
    """Plan the answer to a GET or HEAD with these (lower-case) request headers.

    One range is served as 206; several ranges, which players do not use, as the whole file. A HEAD ignores
    ranges (RFC 9110 §14.2). What a browser should not show by itself is a download.
    """
    etag = f'"{sha256}"'
    shown = mime.startswith(_SHOWN) and not mime.startswith("image/svg")
    answer = {
        "ETag": etag,
        "Last-Modified": formatdate(modified_ms // 1000, usegmt=True),
        "Accept-Ranges": "bytes",
        "Cache-Control": "private, max-age=3600",
        "Content-Type": mime,
        "Content-Disposition": f'{"inline" if shown else "attachment"}; filename="{_UNSAFE.sub("_", filename)}"',
        "X-Content-Type-Options": "nosniff",
    }
    if _unchanged(headers, etag, modified_ms):
        return ServePlan(304, {name: answer[name] for name in ("ETag", "Last-Modified", "Cache-Control")})
    start, end, status = 0, size, 200
    wanted = headers.get("range")
    if wanted is not None and method == "GET" and _range_applies(headers, etag, modified_ms):
        found = _range(wanted, size)
        if found == "unsatisfiable":
            return ServePlan(416, {"Content-Range": f"bytes */{size}", "Accept-Ranges": "bytes"})
        if isinstance(found, tuple):
            start, end = found
            status = 206
            answer["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    answer["Content-Length"] = str(end - start)
    if method == "HEAD":
        return ServePlan(status, answer)
    return ServePlan(status, answer, start, end)


def _unchanged(headers: Mapping[str, str], etag: str, modified_ms: int) -> bool:
    match = headers.get("if-none-match")
    if match is not None:
        tags = [tag.strip().removeprefix("W/") for tag in match.split(",")]
        return "*" in tags or etag in tags
    since = _seconds(headers.get("if-modified-since"))
    return since is not None and modified_ms // 1000 <= since


def _range_applies(headers: Mapping[str, str], etag: str, modified_ms: int) -> bool:
    condition = headers.get("if-range")
    if condition is None:
        return True
    if condition.startswith('"'):
        return condition == etag
    return _seconds(condition) == modified_ms // 1000


def _range(wanted: str, size: int) -> tuple[int, int] | str | None:
    """(start, end) of one range, "unsatisfiable", or None for what is not one range (it is ignored)."""
    match = _RANGE.fullmatch(wanted)
    if match is None or match.group(1, 2) == ("", ""):
        return None
    first, last = match.group(1, 2)
    if not first:
        start, end = max(0, size - int(last)), size
    else:
        start, end = int(first), min(size, int(last) + 1) if last else size
        if last and int(last) < int(first):
            return None
    return (start, end) if start < end else "unsatisfiable"


def _seconds(text: str | None) -> int | None:
    if text is None:
        return None
    try:
        return int(parsedate_to_datetime(text).timestamp())
    except (ValueError, OverflowError):
        return None
