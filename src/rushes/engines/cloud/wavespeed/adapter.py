"""WaveSpeedAI v3 (wavespeed.ai/docs: submit-task, get-result, how-to-use-webhooks, upload-files-api, error-codes).

POST /{model} → data.id; GET /predictions/{id}/result → created, processing, completed, failed. Every answer says its
status twice, in HTTP and as `code`. Files are uploaded first. Work that runs cannot be stopped: there is no such call.
`webhook` is called at the end, completed or failed.
"""

from __future__ import annotations

from pathlib import Path

import msgspec

from rushes.engines.cloud.exchange import Call, Exchange, Garbage, Part, Reply
from rushes.engines.cloud.faults import expect, message_of
from rushes.engines.cloud.hooked import HERE, Hook
from rushes.engines.cloud.results import finished, started, waiting
from rushes.engines.cloud.tabled import Tabled
from rushes.engines.cloud.wavespeed.shapes import Envelope, Prediction, Said, Uploaded
from rushes.engines.contract import EngineError, FailureCode, Input, Mode, Operation, Output, Request, Status

_UPLOAD_SECONDS = 300.0


class WaveSpeed(Tabled):
    """See Provider."""

    title = "WaveSpeed"
    base = "https://api.wavespeed.ai/api/v3"
    modes = frozenset(
        {
            Mode.TEXT_TO_VIDEO,
            Mode.IMAGE_TO_VIDEO,
            Mode.FIRST_LAST_FRAME,
            Mode.REFERENCE_TO_VIDEO,
            Mode.TEXT_TO_IMAGE,
            Mode.IMAGE_TO_IMAGE,
        }
    )
    paid = True
    hook = Hook(query={"webhook": HERE})

    def start(self, request: Request) -> Exchange[Operation]:
        """See Provider."""
        self._forms.check(request)
        addresses = {}
        for each in request.inputs:
            addresses[each] = yield from self._upload(each)
        filled = self._forms.fill(request, addresses)
        call = Call(method="POST", url=request.upstream, json=filled.fields, paid=True)
        reply = yield from self.hook.submit(call, request.hook)
        said = _said(reply)
        if not said.ok:
            raise self._faults.refused(said, said.status, message_of(reply))
        data = reply.read(Envelope[Prediction]).data
        if data is None or not data.id:
            raise Garbage("an answer without an id")
        return started(request, data.id, filled.warnings)

    def status(self, operation: Operation) -> Exchange[Status]:
        """See Provider."""
        reply = yield Call(method="GET", url=f"predictions/{operation['id']}/result")
        expect(_said(reply))
        data = reply.read(Envelope[Prediction]).data
        if data is None:
            raise Garbage("an answer without data")
        if data.status in ("created", "processing"):
            return waiting(operation)
        if data.status == "completed":
            if not data.outputs and any(data.has_nsfw_contents or ()):
                return self._faults.failed("nsfw")
            usage = {"inference_ms": (data.timings or {}).get("inference")}
            return finished(self.title, operation, data.outputs or (), usage)
        if data.status in ("failed", "cancelled", "timeout"):
            return self._faults.failed(data.code or data.status, data.error or "")
        raise Garbage(f"status {data.status}")

    def cancel(self, operation: Operation) -> Exchange[None]:
        """See Provider. There is no call for it: the prediction runs to its end."""
        return
        yield

    def fetch(self, output: Output) -> Call:
        """See Provider."""
        return Call(method="GET", url=output.location)

    def check(self) -> Call:
        """See Provider. The account's balance."""
        return Call(method="GET", url="balance")

    def _upload(self, file: Input) -> Exchange[str]:
        part = Part(name="file", file=Path(file.path), mime=file.mime)
        reply = yield Call(method="POST", url="media/upload/binary", parts=(part,), seconds=_UPLOAD_SECONDS)
        said = _said(reply)
        if said.status in (400, 413, 415, 422):
            raise EngineError(FailureCode.INPUT_FORMAT, f"WaveSpeed does not take the {file.role}")
        if not said.ok:
            raise self._faults.refused(said, "", "") if said.status < 500 else _unavailable()
        data = reply.read(Envelope[Uploaded]).data
        if data is None:
            raise Garbage("an upload without an address")
        return data.download_url


def _said(reply: Reply) -> Reply:
    """The answer with the status that its body says, where the body has another than HTTP."""
    if not reply.ok:
        return reply
    code = reply.read(Said).code
    return reply if code is None or code == reply.status else msgspec.structs.replace(reply, status=code)


def _unavailable() -> EngineError:
    return EngineError(FailureCode.UNAVAILABLE, "WaveSpeed is not available", retryable=True)
