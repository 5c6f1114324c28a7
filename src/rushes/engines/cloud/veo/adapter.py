"""Google's Veo in the Gemini API (ai.google.dev/gemini-api/docs: video, webhooks; names as in python-genai 2.34).

POST models/{model}:predictLongRunning → name; GET {name} → done with `error`, or with `response`. A response without a
video was stopped by a safety filter, which says why. The video's address is the API's own and needs the key; what it
redirects to does not. Nothing can be cancelled. `webhookConfig` has who is called at the end of this one
operation, instead of those registered for the project.
"""

from __future__ import annotations

from typing import Any

from rushes.engines.cloud.exchange import Call, Exchange, Garbage, Reply
from rushes.engines.cloud.faults import expect
from rushes.engines.cloud.hooked import HERE, Hook
from rushes.engines.cloud.inputs import encoded, first, given
from rushes.engines.cloud.results import finished, started, waiting
from rushes.engines.cloud.tabled import Tabled
from rushes.engines.cloud.veo.shapes import LongRunning, Refusal
from rushes.engines.contract import Failed, FailureCode, Input, Mode, Operation, Output, Request, Role, Status

_LARGEST = 20 << 20
"""Bytes of a request's pictures."""
_WHOLE = 8
"""Seconds that large pictures and reference pictures need."""


class Veo(Tabled):
    """See Provider."""

    title = "Google"
    base = "https://generativelanguage.googleapis.com/v1beta"
    modes = frozenset({Mode.TEXT_TO_VIDEO, Mode.IMAGE_TO_VIDEO, Mode.FIRST_LAST_FRAME, Mode.REFERENCE_TO_VIDEO})
    paid = True
    hook = Hook(body={"webhookConfig": {"uris": [HERE]}})

    def headers(self, key: str) -> dict[str, str]:
        """See Provider."""
        return {"x-goog-api-key": key}

    def start(self, request: Request) -> Exchange[Operation]:
        """See Provider."""
        self._forms.check(request)
        filled = self._forms.fill(request, {})
        parameters, warnings = filled.fields, list(filled.warnings)
        large = parameters.get("resolution", "720p") != "720p" or given(request, Role.REFERENCE_IMAGE)
        if large and parameters["durationSeconds"] != _WHOLE:
            warnings.append(f"seconds: {_WHOLE} made, which this size or reference pictures need")
            parameters["durationSeconds"] = _WHOLE
        body = {"instances": [_instance(request)], "parameters": parameters}
        call = Call(method="POST", url=f"models/{request.upstream}:predictLongRunning", json=body, paid=True)
        reply = yield from self.hook.submit(call, request.hook)
        if not reply.ok:
            code, message = _error(reply)
            raise self._faults.refused(reply, code, message)
        name = reply.read(LongRunning).name
        if not name.startswith("models/"):  # it becomes an address
            raise Garbage("an operation by another name")
        return started(request, name, warnings)

    def status(self, operation: Operation) -> Exchange[Status]:
        """See Provider."""
        reply = yield Call(method="GET", url=operation["id"], longest=4 << 20)
        expect(reply)
        state = reply.read(LongRunning)
        if not state.done:
            return waiting(operation)
        if state.error is not None:
            return self._faults.failed(state.error.status or state.error.code, state.error.message)
        answer = state.response.answer if state.response else None
        samples = answer.samples if answer else ()
        reasons = answer.reasons if answer else ()
        if not samples and (reasons or (answer and answer.filtered)):
            message = " ".join(reasons) or "Google's safety filter stopped this"
            return Failed(code=FailureCode.CONTENT_VIOLATION, message=message[:500])
        return finished(self.title, operation, [each.video.uri for each in samples if each.video])

    def cancel(self, operation: Operation) -> Exchange[None]:
        """See Provider. There is no call for it."""
        return
        yield

    def fetch(self, output: Output) -> Call:
        """See Provider."""
        return Call(method="GET", url=output.location)

    def check(self) -> Call:
        """See Provider."""
        return Call(method="GET", url="models", query={"pageSize": "1"})


def _instance(request: Request) -> dict[str, Any]:
    made: dict[str, Any] = {"prompt": request.prompt}
    if (image := first(request, Role.IMAGE)) is not None:
        made["image"] = _picture(image)
    if (last := first(request, Role.END_IMAGE)) is not None:
        made["lastFrame"] = _picture(last)
    if references := given(request, Role.REFERENCE_IMAGE):
        made["referenceImages"] = [{"image": _picture(each), "referenceType": "asset"} for each in references]
    return made


def _picture(file: Input) -> dict[str, str]:
    return {"bytesBase64Encoded": encoded(file, longest=_LARGEST), "mimeType": file.mime}


def _error(reply: Reply) -> tuple[str, str]:
    try:
        error = reply.read(Refusal).error
    except Garbage:
        return "", ""
    return error.status or str(error.code), error.message
