"""xPilot's v1 API (xpilot.jytech.us/docs/api; shared by a Rushes at /api/v1).

POST api/v1/video/generate → task_id and poll_url; GET that → created, processing, completed, failed with outputs. POST
api/v1/image/generate may be answered with the outputs at once. Nothing can be cancelled. A 500 GENERATION_FAILED is the
answer that nothing was made and nothing charged. Inputs are addresses there; files go in as data: addresses.
"""

from __future__ import annotations

from typing import Any

from rushes.engines.cloud.exchange import Call, Exchange, Garbage, Reply
from rushes.engines.cloud.faults import expect
from rushes.engines.cloud.inputs import data_uri
from rushes.engines.cloud.peers import LARGEST, once, said
from rushes.engines.cloud.results import finished, started, waiting
from rushes.engines.cloud.tabled import Tabled
from rushes.engines.cloud.xpilot.shapes import Task
from rushes.engines.contract import EngineError, FailureCode, Mode, Operation, Output, Request, Status

_PICTURES = {Mode.TEXT_TO_IMAGE: "t2i", Mode.IMAGE_TO_IMAGE: "i2i"}
_POLL = "/api/v1/video/"


class XPilot(Tabled):
    """See Provider."""

    title = "xPilot"
    base = "https://xpilot.jytech.us"
    modes = frozenset({*_PICTURES, Mode.TEXT_TO_VIDEO, Mode.IMAGE_TO_VIDEO})
    paid = True

    def start(self, request: Request) -> Exchange[Operation]:
        """See Provider."""
        self._forms.check(request)
        filled = self._forms.fill(request, {each: data_uri(each, longest=LARGEST) for each in request.inputs})
        body: dict[str, Any] = {"model": request.upstream, **filled.fields}
        picture = _PICTURES.get(request.mode)
        if picture:
            body["mode"] = picture
        reply = yield Call(
            method="POST",
            url=f"api/v1/{'image' if picture else 'video'}/generate",
            json=body,
            headers=once(request, "xpilot"),
            paid=True,
        )
        if not reply.ok:
            raise self._refused(reply)
        task = reply.read(Task)
        if task.status == "failed":
            raise EngineError(FailureCode.INTERNAL, self._faults.failed("", task.error or "").message)
        usage = {"credits": task.cost_cents}
        poll = task.poll_url or f"{_POLL}{task.task_id}"
        if not poll.startswith(_POLL):
            raise Garbage("poll_url is no path of the document's")
        notes = (*filled.warnings, *task.notes())
        done = list(task.outputs) if task.status == "completed" else None
        return started(request, task.task_id, notes, poll=poll, usage=usage, done=done)

    def status(self, operation: Operation) -> Exchange[Status]:
        """See Provider."""
        if operation["done"] is not None:
            return finished(self.title, operation, operation["done"], operation["usage"])
        reply = yield Call(method="GET", url=operation["poll"])
        expect(reply)
        task = reply.read(Task)
        if task.status in ("created", "processing"):
            return waiting(operation)
        if task.status == "completed":
            return finished(self.title, operation, task.outputs, operation["usage"])
        if task.status == "failed":
            return self._faults.failed("", task.error or "")
        raise Garbage(f"status {task.status}")

    def cancel(self, operation: Operation) -> Exchange[None]:
        """See Provider. There is no call for it."""
        return
        yield

    def fetch(self, output: Output) -> Call:
        """See Provider."""
        return Call(method="GET", url=output.location)

    def check(self) -> Call:
        """See Provider."""
        return Call(method="GET", url="api/v1/models", longest=4 << 20)

    def _refused(self, reply: Reply) -> Exception:
        code, message = said(reply)
        if reply.status == 500 and code == "GENERATION_FAILED":
            failed = self._faults.failed(code, message)
            return EngineError(failed.code, failed.message)
        return self._faults.refused(reply, code, message)
