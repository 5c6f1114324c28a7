"""APIXO (apixo.ai/docs: api-reference/generate-task, status-task, webhooks, error-codes, system; shared by a Rushes).

POST api/v1/generateTask/{model} → taskId; GET api/v1/statusTask/{model}?taskId= → pending, processing, success, failed.
Every answer is in an envelope whose code repeats the status; too little money is a 400. Nothing can be cancelled. A
second picture is the last frame. Pictures are addresses there; files go in as data: addresses. With request_type
callback, `callback_url` is called at the end and the status is asked for all the same.
"""

from __future__ import annotations

import msgspec

from rushes.engines.cloud.apixo.shapes import Accepted, Found, Refusal, Results, Task
from rushes.engines.cloud.exchange import Call, Exchange, Garbage, Reply
from rushes.engines.cloud.faults import expect
from rushes.engines.cloud.hooked import HERE, Hook
from rushes.engines.cloud.inputs import data_uri
from rushes.engines.cloud.peers import LARGEST, once
from rushes.engines.cloud.results import finished, started, waiting
from rushes.engines.cloud.tabled import Tabled
from rushes.engines.contract import Mode, Operation, Output, Request, Status

_MODES = {
    Mode.TEXT_TO_VIDEO: "text-to-video",
    Mode.IMAGE_TO_VIDEO: "image-to-video",
    Mode.FIRST_LAST_FRAME: "image-to-video",
}


class Apixo(Tabled):
    """See Provider."""

    title = "APIXO"
    base = "https://api.apixo.ai"
    modes = frozenset(_MODES)
    paid = True
    hook = Hook(body={"callback_url": HERE, "request_type": "callback"})

    def start(self, request: Request) -> Exchange[Operation]:
        """See Provider."""
        self._forms.check(request)
        filled = self._forms.fill(request, {each: data_uri(each, longest=LARGEST // 2) for each in request.inputs})
        body = {"request_type": "async", "input": {"mode": _MODES[request.mode], **filled.fields}}
        call = Call(
            method="POST",
            url=f"api/v1/generateTask/{request.upstream}",
            json=body,
            headers=once(request, "apixo"),
            paid=True,
        )
        reply = yield from self.hook.submit(call, request.hook)
        if not reply.ok:
            raise self._faults.refused(reply, *_said(reply))
        accepted = reply.read(Accepted)
        if accepted.data is None:
            raise self._faults.refused(reply, accepted.code, accepted.message)
        return started(request, accepted.data.id, filled.warnings, model=request.upstream)

    def status(self, operation: Operation) -> Exchange[Status]:
        """See Provider. "processing_r2" is a state that a client of the service has seen."""
        query = {"taskId": operation["id"]}
        reply = yield Call(method="GET", url=f"api/v1/statusTask/{operation['model']}", query=query)
        expect(reply)
        task = reply.read(Found).data
        if task.state in ("pending", "processing", "processing_r2"):
            return waiting(operation, task.progress)
        if task.state == "success":
            return finished(self.title, operation, _addresses(task), warnings=task.notes())
        if task.state == "failed":
            return self._faults.failed(task.code or "", task.message or "")
        raise Garbage(f"state {task.state}")

    def cancel(self, operation: Operation) -> Exchange[None]:
        """See Provider. There is no call for it."""
        return
        yield

    def fetch(self, output: Output) -> Call:
        """See Provider."""
        return Call(method="GET", url=output.location)

    def check(self) -> Call:
        """See Provider."""
        return Call(method="GET", url="api/v1/apikeys/current-balance")


def _addresses(task: Task) -> list[str]:
    try:
        return msgspec.json.decode(task.results or '{"resultUrls": []}', type=Results).addresses
    except msgspec.DecodeError:
        raise Garbage("resultJson is not what was promised") from None


def _said(reply: Reply) -> tuple[str, str]:
    """The fail code where there is one, and the reason before the envelope's own sentence."""
    try:
        refusal = reply.read(Refusal)
    except Garbage:
        return "", ""
    data = refusal.data or {}
    return str(data.get("failCode", "")), str(data.get("error") or refusal.message)
