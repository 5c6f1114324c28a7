"""Another Rushes, by its native API (/rushes/v1): every mode that this API has, with every setting.

POST rushes/v1/generations → id; GET …/{id} → queued, running, succeeded, failed, cancelled; DELETE …/{id} cancels.
Files go in as data: addresses; `callback_url` is called at the end. The upstream is known to honour Idempotency-Key, so
a create whose answer was lost is made once more under the same key: it is answered with the job that the first one
made, or makes it now, once in any case. For that its body has to be the same, the address to call too.
"""

from __future__ import annotations

from typing import Any

from rushes.engines.cloud.codes import load_faults
from rushes.engines.cloud.exchange import Call, Exchange, Garbage
from rushes.engines.cloud.faults import expect
from rushes.engines.cloud.hooked import HERE, Hook
from rushes.engines.cloud.inputs import data_uri
from rushes.engines.cloud.peers import once, said
from rushes.engines.cloud.results import started, waiting
from rushes.engines.cloud.rushes.shapes import Generation
from rushes.engines.contract import (
    Done,
    EngineError,
    Failed,
    FailureCode,
    Input,
    Mode,
    Operation,
    Output,
    Request,
    Role,
    Status,
)

_FIELDS = {
    Role.IMAGE: "image",
    Role.END_IMAGE: "end_image",
    Role.MASK: "mask",
    Role.REFERENCE_IMAGE: "references",
}
_CLIPS = {
    Mode.VIDEO_TO_VIDEO: Role.REFERENCE_VIDEO,
    Mode.UPSCALE_VIDEO: Role.VIDEO,
    Mode.INTERPOLATE_VIDEO: Role.VIDEO,
}
"""Modes that change a clip, and its role; elsewhere a clip is one to refer to."""
_SOUNDS = frozenset({Mode.SPEECH_TO_TEXT, Mode.DENOISE_AUDIO, Mode.SOUND_TO_VIDEO})
_FREE = frozenset({"voice", "speed", "format"})
_OPTIONS = {
    Mode.TEXT_TO_IMAGE: {"quality", "background"},
    Mode.IMAGE_TO_IMAGE: {"style", "strength", "keep_colors", "quality", "background"},
    Mode.VIDEO_TO_VIDEO: {"style", "strength", "keep_colors"},
    Mode.UPSCALE_IMAGE: {"scale"},
    Mode.UPSCALE_VIDEO: {"scale"},
    Mode.INTERPOLATE_VIDEO: {"fps", "factor"},
    Mode.FACE_SWAP: {"face"},
    Mode.DENOISE_AUDIO: {"strength"},
    Mode.TEXT_TO_AUDIO: {"tags", "loop"},
}
"""What the API's `options` have in each mode."""
_LARGEST = 24 << 20
"""Bytes of a file: the body that a Rushes takes is fifty million bytes unless told otherwise, and base64 is longer."""


class Rushes:
    """See Provider, and Finder."""

    title = "the other Rushes"
    base = ""
    modes = frozenset(
        {
            *_OPTIONS,
            Mode.TEXT_TO_VIDEO,
            Mode.IMAGE_TO_VIDEO,
            Mode.FIRST_LAST_FRAME,
            Mode.REFERENCE_TO_VIDEO,
            Mode.SOUND_TO_VIDEO,
            Mode.TEXT_TO_SPEECH,
            Mode.SPEECH_TO_TEXT,
            Mode.REMOVE_BACKGROUND,
        }
    )
    paid = True
    hook = Hook(body={"callback_url": HERE})

    def __init__(self) -> None:
        self._faults = load_faults(__package__ or "", self.title)

    def headers(self, key: str) -> dict[str, str]:
        """See Provider."""
        return {"Authorization": f"Bearer {key}"}

    def start(self, request: Request) -> Exchange[Operation]:
        """See Provider."""
        return self._create(request, paid=True)

    def find(self, request: Request) -> Exchange[Operation | None]:
        """See Finder. Not a look but the same create again: its key makes it the same one."""
        return (yield from self._create(request, paid=False))

    def status(self, operation: Operation) -> Exchange[Status]:
        """See Provider."""
        reply = yield Call(method="GET", url=f"rushes/v1/generations/{operation['id']}")
        expect(reply)
        job = reply.read(Generation)
        if job.state in ("queued", "running"):
            return waiting(operation, job.progress)
        if job.state == "succeeded":
            outputs = tuple(Output(kind=each.kind, mime=each.mime, location=each.url) for each in job.outputs)
            if not outputs:
                return Failed(code=FailureCode.INTERNAL, message=f"{self.title} ended without a result")
            usage = {} if job.cost is None else {"credits": job.cost}
            return Done(outputs=outputs, usage=usage, warnings=(*operation["warnings"], *job.notes()))
        if job.state in ("failed", "cancelled"):
            failure = job.failure
            return self._faults.failed(failure.code if failure else job.state, failure.message if failure else "")
        raise Garbage(f"state {job.state}")

    def cancel(self, operation: Operation) -> Exchange[None]:
        """See Provider."""
        yield Call(method="DELETE", url=f"rushes/v1/generations/{operation['id']}")

    def fetch(self, output: Output) -> Call:
        """See Provider."""
        return Call(method="GET", url=output.location)

    def check(self) -> Call:
        """See Provider."""
        return Call(method="GET", url="rushes/v1/generations", query={"limit": "1"})

    def _create(self, request: Request, *, paid: bool) -> Exchange[Operation]:
        body, warnings = _body(request)
        call = Call(
            method="POST",
            url="rushes/v1/generations",
            json=body,
            headers=once(request, "rushes"),
            paid=paid,
            seconds=180.0,
        )
        reply = yield from self.hook.submit(call, request.hook)
        if not reply.ok:
            raise self._faults.refused(reply, *said(reply))
        return started(request, reply.read(Generation).id, warnings)


def _body(request: Request) -> tuple[dict[str, Any], list[str]]:
    """The create's body, and what of the request it cannot say."""
    known = _OPTIONS.get(request.mode, set())
    options = {name: value for name, value in request.extra.items() if name in known}
    free = {name: value for name, value in request.extra.items() if name in _FREE}
    asked = {name for name, value in request.extra.items() if value not in ("", None, "transcribe", 0.0)}
    warnings = [f"{name}: ignored, the native API does not take it" for name in sorted(asked - known - _FREE)]
    said: dict[str, Any] = {
        "negative_prompt": request.negative_prompt,
        "size": f"{request.width}x{request.height}" if request.width and request.height else "",
        "seconds": request.seconds if request.mode not in _CLIPS and request.mode not in _SOUNDS else 0,
        "fps": request.fps if request.seconds and request.width else 0,
        "sound": request.sound,
        "fixed_lens": request.fixed_lens,
        "options": options,
    }
    body = {
        "model": request.upstream or request.model,
        "mode": str(request.mode),
        "prompt": request.prompt,
        "seed": request.seed,
        "count": request.count,
        **{name: value for name, value in said.items() if value},
        **free,
        **_files(request),
    }
    return body, warnings


def _files(request: Request) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for each in request.inputs:
        field = _field(each, request.mode)
        if field == "references":
            found.setdefault(field, []).append(data_uri(each, longest=_LARGEST))
        else:
            found[field] = data_uri(each, longest=_LARGEST)
    return found


def _field(file: Input, mode: Mode) -> str:
    """The field for a file. Raises EngineError for one that this mode of the API does not take."""
    if file.role in _FIELDS:
        return _FIELDS[file.role]
    if file.role is _CLIPS.get(mode):
        return "video"
    if file.role is Role.REFERENCE_VIDEO and mode is Mode.REFERENCE_TO_VIDEO:
        return "references"
    if file.role in (Role.AUDIO, Role.VIDEO) and mode in _SOUNDS:
        return "audio"
    what = str(file.role).replace("_", " ")
    raise EngineError(FailureCode.INVALID_INPUT, f"the other Rushes takes no {what} in this mode")
