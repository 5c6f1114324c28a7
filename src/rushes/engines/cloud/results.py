"""What a provider has made, as an engine says it. The operation remembers what the adapter said about the request."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urlsplit

from rushes.engines.cloud.keeping import MADE, Made
from rushes.engines.contract import Done, Failed, FailureCode, Kind, Mode, Operation, Output, Pending, Request, Status

_KINDS: dict[Mode, Kind] = {
    Mode.TEXT_TO_IMAGE: "image",
    Mode.IMAGE_TO_IMAGE: "image",
    Mode.UPSCALE_IMAGE: "image",
    Mode.REMOVE_BACKGROUND: "image",
    Mode.FACE_SWAP: "image",
    Mode.TEXT_TO_SPEECH: "audio",
    Mode.TEXT_TO_AUDIO: "audio",
    Mode.DENOISE_AUDIO: "audio",
    Mode.SPEECH_TO_TEXT: "text",
}
_ENDINGS: dict[str, dict[str, str]] = {
    "video": {".mp4": "video/mp4", ".webm": "video/webm", ".mov": "video/quicktime"},
    "image": {".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".webp": "image/webp"},
    "audio": {".mp3": "audio/mpeg", ".wav": "audio/wav", ".flac": "audio/flac"},
}
_USUAL: dict[str, str] = {"video": "video/mp4", "image": "image/png", "audio": "audio/mpeg"}
_PAUSES: dict[str, float] = {"video": 5.0}
"""Seconds between two polls that all the providers' documents are content with; others are quicker."""
_PAUSE = 2.0


def started(request: Request, name: str, warnings: Sequence[str] = (), **more: Any) -> Operation:
    """The operation of a request that the provider calls `name`."""
    return {"id": name, "kind": _KINDS.get(request.mode, "video"), "warnings": list(warnings), **more}


def answered(
    request: Request, results: Sequence[Made], warnings: Sequence[str] = (), usage: dict[str, Any] | None = None
) -> Operation:
    """The operation of a request whose answer was already the result; the driver keeps it (`keeping.py`)."""
    used = {name: value for name, value in (usage or {}).items() if value is not None}
    return started(request, request.job, warnings, **{MADE: list(results), "usage": used})


def waiting(operation: Operation, progress: float | None = None) -> Pending:
    """Not ready yet. `progress` 0-1 where the provider says one."""
    return Pending(progress=progress, poll_after=_PAUSES.get(operation.get("kind", "video"), _PAUSE))


def finished(
    title: str,
    operation: Operation,
    addresses: Sequence[object],
    usage: dict[str, Any] | None = None,
    warnings: Sequence[str] = (),
) -> Status:
    """The end of a generation whose results lie at `addresses`: on the web, or paths at the provider ("/…").

    What is neither is none. Without a result it failed, whatever the provider calls it. `warnings` are the provider's.
    """
    kind: Kind = operation.get("kind", "video")
    outputs = tuple(
        Output(kind=kind, mime=_mime(each, kind), location=each)
        for each in addresses
        if isinstance(each, str) and each.startswith(("https://", "http://", "/"))
    )
    if not outputs:
        return Failed(code=FailureCode.INTERNAL, message=f"{title} ended without a result")
    used = {name: value for name, value in (usage or {}).items() if value is not None}
    return Done(outputs=outputs, usage=used, warnings=(*operation.get("warnings", ()), *warnings))


def _mime(address: str, kind: Kind) -> str:
    """By the name's ending, where that is one of this kind."""
    ending = PurePosixPath(urlsplit(address).path).suffix.lower()
    return _ENDINGS[kind].get(ending, _USUAL[kind])
