"""MiniMax's own API (platform.minimax.io/docs/api-reference: video-generation-t2v, …-i2v, …-query, errorcode).

POST v1/video_generation → task_id; GET v1/query/video_generation → Preparing, Queueing, Processing, Success, Fail; GET
v1/files/retrieve → where the file can be had, for some hours. A refusal is a 200 whose `base_resp` has a code other
than 0. Nothing can be cancelled. `callback_url` is called at every change, if it first gave back a `challenge`
(`jobs/hooks.py`).
"""

from __future__ import annotations

from rushes.engines.cloud.exchange import Call, Exchange, Garbage, Reply
from rushes.engines.cloud.faults import Trouble, expect, message_of
from rushes.engines.cloud.hooked import HERE, Hook, refuses
from rushes.engines.cloud.inputs import data_uri, first
from rushes.engines.cloud.minimax.shapes import Accepted, Base, File, Query
from rushes.engines.cloud.results import finished, started, waiting
from rushes.engines.cloud.tabled import Tabled
from rushes.engines.contract import Mode, Operation, Output, Request, Role, Status

_LARGEST = 20 << 20
_WAITING = frozenset({"Preparing", "Queueing", "Processing"})
_BUSY = frozenset({1000, 1001, 1002, 1013, 1024, 1033, 1039})
"""Codes in the answer to a poll that say nothing about the task."""
_INVALID = 2013


class MiniMax(Tabled):
    """See Provider."""

    title = "MiniMax"
    base = "https://api.minimax.io"
    modes = frozenset({Mode.TEXT_TO_VIDEO, Mode.IMAGE_TO_VIDEO, Mode.FIRST_LAST_FRAME, Mode.REFERENCE_TO_VIDEO})
    paid = True
    hook = Hook(body={"callback_url": HERE})

    def start(self, request: Request) -> Exchange[Operation]:
        """See Provider."""
        self._forms.check(request)
        addresses = {each: data_uri(each, longest=_LARGEST) for each in request.inputs}
        filled = self._forms.fill(request, addresses, shaped=first(request, Role.IMAGE) is not None)
        fields, warnings = filled.fields, list(filled.warnings)
        if fields.get("resolution") == "1080P" and fields.get("duration") == 10:
            warnings.append("seconds: 6 made, which is the most at 1080p")
            fields["duration"] = 6
        if people := fields.pop("subject", None):
            fields["subject_reference"] = [{"type": "character", "image": people}]
        body = {"model": request.upstream, **fields}
        call = Call(method="POST", url="v1/video_generation", json=body, paid=True)
        reply = yield from self.hook.submit(call, request.hook, _refuses)
        if not reply.ok:
            raise self._faults.refused(reply, "", message_of(reply))
        answer = reply.read(Accepted)
        if answer.base_resp.status_code != 0:
            raise self._faults.refused(reply, answer.base_resp.status_code, answer.base_resp.status_msg)
        if not answer.task_id:
            raise Garbage("an answer without a task")
        return started(request, answer.task_id, warnings)

    def status(self, operation: Operation) -> Exchange[Status]:
        """See Provider."""
        reply = yield Call(method="GET", url="v1/query/video_generation", query={"task_id": operation["id"]})
        expect(reply)
        query = reply.read(Query)
        code = query.base_resp.status_code
        if query.status == "Fail":
            return self._faults.failed(code, query.base_resp.status_msg if code else "")
        _pass(query.base_resp)
        if query.status in _WAITING:
            return waiting(operation)
        if query.status != "Success":
            raise Garbage(f"status {query.status}")
        if not query.file_id:
            return finished(self.title, operation, [])
        return (yield from self._file(operation, query))

    def cancel(self, operation: Operation) -> Exchange[None]:
        """See Provider. There is no call for it."""
        return
        yield

    def fetch(self, output: Output) -> Call:
        """See Provider."""
        return Call(method="GET", url=output.location)

    def check(self) -> Call:
        """See Provider. A list of no files: with a wrong key that is a 401, or a 200 with a code."""
        return Call(method="GET", url="v1/files/list", query={"purpose": "video_generation"})

    def _file(self, operation: Operation, query: Query) -> Exchange[Status]:
        reply: Reply = yield Call(method="GET", url="v1/files/retrieve", query={"file_id": str(query.file_id)})
        expect(reply)
        found = reply.read(File)
        _pass(found.base_resp)
        usage = {"width": query.video_width, "height": query.video_height}
        return finished(self.title, operation, [found.file.download_url if found.file else None], usage)


def _refuses(reply: Reply) -> bool:
    """A refusal may be a 200 too."""
    return refuses(reply) or (reply.ok and reply.read(Accepted).base_resp.status_code == _INVALID)


def _pass(said: Base) -> None:
    """Let a poll go on only without a code. Raises Trouble, Garbage."""
    if said.status_code in _BUSY:
        raise Trouble(f"code {said.status_code}")
    if said.status_code != 0:
        raise Garbage(f"code {said.status_code}")
