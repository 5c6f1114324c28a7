"""Kling's own API (app.klingai.com/global/dev/document-api: common information, text to video, …, callback protocol).

POST v1/videos/{text2video|image2video} → task_id; GET …/{task_id} → submitted, processing, succeed, failed. Answers
have a `code` of their own, 0 when all is well. The key is "access:secret", of which each request carries a signed
token (JWT, HS256), or one API key. Our job is the task's `external_task_id`, which the account may use only once.
Upstream names are the model's and the quality, "kling-v2-6:pro". Nothing can be cancelled. `callback_url` is called
at every change.
"""

from __future__ import annotations

import time

from rushes.engines.cloud.exchange import Call, Exchange, Garbage, Reply
from rushes.engines.cloud.faults import expect
from rushes.engines.cloud.hooked import HERE, Hook
from rushes.engines.cloud.inputs import encoded
from rushes.engines.cloud.kling.shapes import Answer
from rushes.engines.cloud.results import finished, started, waiting
from rushes.engines.cloud.tabled import Tabled
from rushes.engines.contract import EngineError, FailureCode, Mode, Operation, Output, Request, Status

_LARGEST = 10 << 20
_LIFE, _SLACK = 1800, 5
"""Seconds that a token is good for, and that clocks may differ."""


class Kling(Tabled):
    """See Provider."""

    title = "Kling"
    base = "https://api-singapore.klingai.com"
    modes = frozenset({Mode.TEXT_TO_VIDEO, Mode.IMAGE_TO_VIDEO, Mode.FIRST_LAST_FRAME})
    paid = True
    hook = Hook(body={"callback_url": HERE})

    def headers(self, key: str) -> dict[str, str]:
        """See Provider."""
        access, colon, secret = key.partition(":")
        return {"Authorization": f"Bearer {_token(access, secret) if colon else key}"}

    def start(self, request: Request) -> Exchange[Operation]:
        """See Provider."""
        self._forms.check(request)
        pictures = {each: encoded(each, longest=_LARGEST) for each in request.inputs}
        filled = self._forms.fill(request, pictures, shaped=bool(pictures))
        model, _, quality = request.upstream.partition(":")
        path = _path(request)
        body = {"model_name": model, "mode": quality, "external_task_id": request.job, **filled.fields}
        call = Call(method="POST", url=path, json=body, paid=True)
        reply = yield from self.hook.submit(call, request.hook)
        answer = _read(reply)
        if answer is None or not reply.ok or answer.code != 0:
            code, message = (answer.code, answer.message) if answer else ("", "")
            raise self._faults.refused(reply, code, message)
        if answer.data is None:
            raise Garbage("an answer without a task")
        return started(request, answer.data.task_id, filled.warnings, path=path)

    def find(self, request: Request) -> Exchange[Operation | None]:
        """See Finder. Tasks are found by their `external_task_id` as by their own."""
        path = _path(request)
        reply = yield Call(method="GET", url=f"{path}/{request.job}")
        answer = _read(reply)
        if not reply.ok or answer is None or answer.code != 0 or answer.data is None:
            return None
        task = answer.data
        if task.task_info is not None and task.task_info.external_task_id not in (None, request.job):
            return None
        warnings = self._forms.fill(request, {}, shaped=bool(request.inputs)).warnings
        return started(request, task.task_id, warnings, path=path)

    def status(self, operation: Operation) -> Exchange[Status]:
        """See Provider."""
        reply = yield Call(method="GET", url=f"{operation['path']}/{operation['id']}")
        expect(reply)
        answer = reply.read(Answer)
        task = answer.data
        if answer.code != 0 or task is None:
            raise Garbage(f"code {answer.code}")
        if task.task_status in ("submitted", "processing"):
            return waiting(operation)
        if task.task_status == "succeed":
            videos = task.task_result.videos if task.task_result else ()
            usage = {"units": task.final_unit_deduction}
            return finished(self.title, operation, [each.url for each in videos], usage)
        if task.task_status == "failed":
            return self._faults.failed("", task.task_status_msg or "")
        raise Garbage(f"status {task.task_status}")

    def cancel(self, operation: Operation) -> Exchange[None]:
        """See Provider. There is no call for it."""
        return
        yield

    def fetch(self, output: Output) -> Call:
        """See Provider."""
        return Call(method="GET", url=output.location)

    def check(self) -> Call:
        """See Provider."""
        return Call(method="GET", url="v1/videos/text2video", query={"pageNum": "1", "pageSize": "1"})


def _path(request: Request) -> str:
    return "v1/videos/image2video" if request.inputs else "v1/videos/text2video"


def _token(access: str, secret: str) -> str:
    import jwt

    now = int(time.time())
    try:
        return jwt.encode({"iss": access, "exp": now + _LIFE, "nbf": now - _SLACK}, secret, algorithm="HS256")
    except jwt.PyJWTError:
        raise EngineError(FailureCode.UNAVAILABLE, "Kling is not available: its key is not accepted") from None


def _read(reply: Reply) -> Answer | None:
    try:
        return reply.read(Answer)
    except Garbage:
        if reply.ok:
            raise
        return None
