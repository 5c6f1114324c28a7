"""BytePlus ModelArk's video generation (docs.byteplus.com/en/docs/ModelArk/1520757, codes: …/1299023).

POST contents/generations/tasks → id; GET …/{id} → queued, running, succeeded, failed, cancelled, expired; DELETE …/{id}
cancels what is queued. Text, pictures and their roles are a list; settings are fields beside it, and one that a model
does not have is refused. First and last pictures and references exclude one another. `callback_url` is called at
every change, with what the task's GET answers.
"""

from __future__ import annotations

from typing import Any

from rushes.engines.cloud.ark.shapes import Accepted, Refusal, Task
from rushes.engines.cloud.exchange import Call, Exchange, Garbage, Reply
from rushes.engines.cloud.faults import expect
from rushes.engines.cloud.hooked import HERE, Hook
from rushes.engines.cloud.inputs import data_uri
from rushes.engines.cloud.results import finished, started, waiting
from rushes.engines.cloud.tabled import Tabled
from rushes.engines.contract import Input, Mode, Operation, Output, Request, Role, Status

_TASKS = "contents/generations/tasks"
_PICTURES = {Role.IMAGE: "first_frame", Role.END_IMAGE: "last_frame", Role.REFERENCE_IMAGE: "reference_image"}


class Ark(Tabled):
    """See Provider."""

    title = "BytePlus"
    base = "https://ark.ap-southeast.bytepluses.com/api/v3"
    modes = frozenset({Mode.TEXT_TO_VIDEO, Mode.IMAGE_TO_VIDEO, Mode.FIRST_LAST_FRAME, Mode.REFERENCE_TO_VIDEO})
    paid = True
    hook = Hook(body={"callback_url": HERE})

    def start(self, request: Request) -> Exchange[Operation]:
        """See Provider."""
        self._forms.check(request)
        filled = self._forms.fill(request, {})
        content = [{"type": "text", "text": request.prompt}] if request.prompt else []
        body = {
            "model": request.upstream,
            "content": [*content, *(_part(each) for each in request.inputs)],
            **filled.fields,
        }
        call = Call(method="POST", url=_TASKS, json=body, paid=True)
        reply = yield from self.hook.submit(call, request.hook)
        if not reply.ok:
            code, message = _error(reply)
            raise self._faults.refused(reply, code, message)
        return started(request, reply.read(Accepted).id, filled.warnings)

    def status(self, operation: Operation) -> Exchange[Status]:
        """See Provider."""
        reply = yield Call(method="GET", url=f"{_TASKS}/{operation['id']}")
        expect(reply)
        task = reply.read(Task)
        if task.status in ("queued", "running"):
            return waiting(operation)
        if task.status == "succeeded":
            usage = {
                "tokens": int(task.usage.completion_tokens) if task.usage else None,
                "seconds": task.duration,
                "resolution": task.resolution,
            }
            return finished(self.title, operation, [task.content.video_url if task.content else None], usage)
        if task.status in ("failed", "cancelled", "expired"):
            failure = task.error
            return self._faults.failed(failure.code if failure else task.status, failure.message if failure else "")
        raise Garbage(f"status {task.status}")

    def cancel(self, operation: Operation) -> Exchange[None]:
        """See Provider. Only what is still queued can be stopped; a running task is left to end."""
        yield Call(method="DELETE", url=f"{_TASKS}/{operation['id']}")

    def fetch(self, output: Output) -> Call:
        """See Provider."""
        return Call(method="GET", url=output.location)

    def check(self) -> Call:
        """See Provider."""
        return Call(method="GET", url=_TASKS, query={"page_num": "1", "page_size": "1"})


def _part(file: Input) -> dict[str, Any]:
    return {"type": "image_url", "image_url": {"url": data_uri(file)}, "role": _PICTURES[file.role]}


def _error(reply: Reply) -> tuple[str, str]:
    try:
        error = reply.read(Refusal).error
    except Garbage:
        return "", ""
    # Every message ends with the number of the request, which is nobody else's business.
    return error.code, error.message.partition("Request id:")[0].partition("Request ID:")[0]
