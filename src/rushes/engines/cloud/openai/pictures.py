"""images/generations and images/edits: answered when the pictures are made, with the pictures in base64."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from rushes.engines.cloud.codes import Faults
from rushes.engines.cloud.exchange import Call, Exchange, Garbage
from rushes.engines.cloud.keeping import Made
from rushes.engines.cloud.openai.forms import parts, said
from rushes.engines.cloud.openai.shapes import Images
from rushes.engines.cloud.results import answered, started
from rushes.engines.contract import Input, Operation, Request

LONGEST = 192 << 20
"""Bytes of an answer: ten large pictures in base64."""
SECONDS = 600.0


def draw(
    request: Request,
    fields: dict[str, Any],
    files: Mapping[str, list[Input]],
    warnings: tuple[str, ...],
    faults: Faults,
    headers: dict[str, str],
) -> Exchange[Operation]:
    """Have pictures made, or changed where there are `files`. Addresses in the answer are fetched as results are."""
    body = {"model": request.upstream, **fields}
    if files:
        call = Call(method="POST", url="images/edits", parts=parts(body, files))
    else:
        call = Call(method="POST", url="images/generations", json=body)
    reply = yield Call(
        method=call.method, url=call.url, json=call.json, parts=call.parts, headers=headers, paid=True, longest=LONGEST,
        seconds=SECONDS,
    )  # fmt: skip
    if not reply.ok:
        raise faults.refused(reply, *said(reply))
    images = reply.read(Images)
    usage = {"total_tokens": images.usage.total_tokens} if images.usage else {}
    made = [_made(each.b64_json) for each in images.data if each.b64_json]
    if made:
        return answered(request, made, warnings, usage)
    addresses = [each.url for each in images.data if each.url]
    if not addresses:
        raise Garbage("no picture in the answer")
    return started(request, request.job, warnings, addresses=addresses, usage=usage)


def _made(text: str) -> Made:
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError:  # binascii.Error, or letters beyond ASCII
        raise Garbage("a picture is not base64") from None
    return Made(kind="image", mime=_mime(data), data=data)


def _mime(data: bytes) -> str:
    """What the picture is, by its first bytes; the answer need not say."""
    if data.startswith(b"\xff\xd8"):
        return "image/jpeg"
    if data[8:12] == b"WEBP":
        return "image/webp"
    return "image/png"
