"""Replicate's predictions (replicate.com/docs: reference/http, topics/predictions/rate-limits, topics/webhooks).

POST models/{owner}/{name}/predictions for official models, POST predictions with a `version` for others (upstream
"owner/name:id") → id; GET predictions/{id} → starting, processing, succeeded, failed, canceled, aborted; POST
predictions/{id}/cancel. Small files go in as data: addresses, larger ones through POST files, as the document advises.
Results are gone after an hour. `webhook` is called for the events that are asked for: the end only.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from rushes.engines.cloud.exchange import Call, Exchange, Garbage, Part
from rushes.engines.cloud.faults import expect, message_of
from rushes.engines.cloud.hooked import HERE, Hook
from rushes.engines.cloud.inputs import data_uri
from rushes.engines.cloud.replicate.shapes import Prediction, Uploaded
from rushes.engines.cloud.results import finished, started, waiting
from rushes.engines.cloud.tabled import Tabled
from rushes.engines.contract import EngineError, FailureCode, Input, Mode, Operation, Output, Request, Status

_SMALL = 256 << 10
"""Bytes up to which a file is sent in the request itself."""
_UPLOAD_SECONDS = 300.0


class Replicate(Tabled):
    """See Provider."""

    title = "Replicate"
    base = "https://api.replicate.com/v1"
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
    hook = Hook(body={"webhook": HERE, "webhook_events_filter": ["completed"]})

    def start(self, request: Request) -> Exchange[Operation]:
        """See Provider."""
        self._forms.check(request)
        addresses = {}
        for each in request.inputs:
            small = Path(each.path).stat().st_size <= _SMALL
            addresses[each] = data_uri(each) if small else (yield from self._upload(each))
        filled = self._forms.fill(request, addresses)
        model, _, version = request.upstream.partition(":")
        if version:
            call = Call(method="POST", url="predictions", json={"version": version, "input": filled.fields}, paid=True)
        else:
            call = Call(method="POST", url=f"models/{model}/predictions", json={"input": filled.fields}, paid=True)
        reply = yield from self.hook.submit(call, request.hook)
        if not reply.ok:
            raise self._faults.refused(reply, "", message_of(reply))
        return started(request, reply.read(Prediction).id, filled.warnings)

    def status(self, operation: Operation) -> Exchange[Status]:
        """See Provider."""
        reply = yield Call(method="GET", url=f"predictions/{operation['id']}", longest=4 << 20)
        expect(reply)
        prediction = reply.read(Prediction)
        if prediction.status in ("starting", "processing"):
            return waiting(operation)
        if prediction.status == "succeeded":
            if prediction.data_removed:
                return self._faults.failed("data_removed")
            usage = {"predict_time": (prediction.metrics or {}).get("predict_time")}
            return finished(self.title, operation, _addresses(prediction.output), usage)
        if prediction.status in ("failed", "canceled", "aborted"):
            message = prediction.error if isinstance(prediction.error, str) else ""
            return self._faults.failed(_code(message) or prediction.status, message)
        raise Garbage(f"status {prediction.status}")

    def cancel(self, operation: Operation) -> Exchange[None]:
        """See Provider."""
        yield Call(method="POST", url=f"predictions/{operation['id']}/cancel")

    def fetch(self, output: Output) -> Call:
        """See Provider."""
        return Call(method="GET", url=output.location)

    def check(self) -> Call:
        """See Provider."""
        return Call(method="GET", url="account")

    def _upload(self, file: Input) -> Exchange[str]:
        part = Part(name="content", file=Path(file.path), mime=file.mime)
        reply = yield Call(method="POST", url="files", parts=(part,), seconds=_UPLOAD_SECONDS)
        if reply.status in (400, 413, 415, 422):
            raise EngineError(FailureCode.INPUT_FORMAT, f"Replicate does not take the {file.role}")
        if reply.status >= 500:
            raise EngineError(FailureCode.UNAVAILABLE, "Replicate is not available", retryable=True)
        if not reply.ok:
            raise self._faults.refused(reply, "", "")
        return reply.read(Uploaded).urls.get


def _addresses(output: object) -> list[object]:
    """A model's output: an address, several, or an object that has them."""
    if isinstance(output, Mapping):
        return [found for value in output.values() for found in _addresses(value)]
    if isinstance(output, list):
        return output
    return [output]


def _code(message: str) -> str:
    """The code at the end of a message, "… (E005)"."""
    code = message.rpartition("(")[2].partition(")")[0]
    return code if code.startswith("E") and code[1:].isdigit() else ""
