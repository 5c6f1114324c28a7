"""The videos series (docs.xingchaoyiqing.com/api-reference/video: videos-create, videos-query; shared by a Rushes).

POST v1/videos/videos → id; GET v1/result/{id} → queued, processing, completed, failed. A task refused for its content
fails at once. Nothing can be cancelled, and nothing tells of an account. Inputs are addresses there; files go in as
data: addresses.
"""

from __future__ import annotations

from rushes.engines.cloud.exchange import Call, Exchange, Garbage
from rushes.engines.cloud.faults import expect, message_of
from rushes.engines.cloud.inputs import data_uri
from rushes.engines.cloud.peers import LARGEST, once
from rushes.engines.cloud.results import finished, started, waiting
from rushes.engines.cloud.series.shapes import Task
from rushes.engines.cloud.tabled import Tabled
from rushes.engines.contract import EngineError, Mode, Operation, Output, Request, Status


class Series(Tabled):
    """See Provider."""

    title = "the videos service"
    base = "https://zcbservice.aizfw.cn/kyyReactApiServer"
    modes = frozenset({Mode.TEXT_TO_VIDEO, Mode.FIRST_LAST_FRAME, Mode.REFERENCE_TO_VIDEO})
    paid = True

    def start(self, request: Request) -> Exchange[Operation]:
        """See Provider."""
        self._forms.check(request)
        filled = self._forms.fill(request, {each: data_uri(each, longest=LARGEST) for each in request.inputs})
        body = {"model": request.upstream, **filled.fields}
        reply = yield Call(method="POST", url="v1/videos/videos", json=body, headers=once(request, "series"), paid=True)
        if not reply.ok:
            raise self._faults.refused(reply, "", message_of(reply))
        task = reply.read(Task)
        if task.status == "failed":  # clients of the service have seen it
            failed = self._faults.failed("", task.error or "")
            raise EngineError(failed.code, failed.message)
        return started(request, task.id, filled.warnings)

    def status(self, operation: Operation) -> Exchange[Status]:
        """See Provider."""
        reply = yield Call(method="GET", url=f"v1/result/{operation['id']}")
        expect(reply)
        task = reply.read(Task)
        if task.status in ("queued", "processing"):
            return waiting(operation)
        if task.status == "completed":
            return finished(self.title, operation, [task.video_url], {"seconds": task.seconds}, task.notes())
        if task.status in ("failed", "cancelled"):
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
        """See Provider. There is no such task: 404 says that the key is good."""
        return Call(method="GET", url="v1/result/none")
