"""fal's queue (fal.ai/docs: documentation/model-apis/inference/queue, …/webhooks, …/errors, …/request-errors).

POST /{model} → request_id; GET /{owner}/{app}/requests/{id}/status → IN_QUEUE, IN_PROGRESS, COMPLETED; then
GET /{owner}/{app}/requests/{id} → the result, or the status and body of what went wrong: there is no FAILED.
Status and result have the first two parts of the model's name only. Files go in as data: addresses.
`fal_webhook` is called once, at the end.
"""

from __future__ import annotations

from typing import Any

from rushes.engines.cloud.exchange import Call, Exchange, Garbage, Reply
from rushes.engines.cloud.fal.shapes import Accepted, Progress
from rushes.engines.cloud.faults import Trouble, expect, message_of, retry_after
from rushes.engines.cloud.hooked import HERE, Hook
from rushes.engines.cloud.inputs import data_uri
from rushes.engines.cloud.results import finished, started, waiting
from rushes.engines.cloud.tabled import Tabled
from rushes.engines.contract import Mode, Operation, Output, Request, Status

_NOBODY = "fal-ai/fast-sdxl/requests/00000000-0000-0000-0000-000000000000/status"


class Fal(Tabled):
    """See Provider."""

    title = "fal"
    base = "https://queue.fal.run"
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
    hook = Hook(query={"fal_webhook": HERE})

    def headers(self, key: str) -> dict[str, str]:
        """See Provider."""
        return {"Authorization": f"Key {key}"}

    def start(self, request: Request) -> Exchange[Operation]:
        """See Provider."""
        self._forms.check(request)
        filled = self._forms.fill(request, {each: data_uri(each) for each in request.inputs})
        call = Call(method="POST", url=request.upstream, json=filled.fields, paid=True)
        reply = yield from self.hook.submit(call, request.hook)
        if not reply.ok:
            raise self._faults.refused(reply, _type(reply), _message(reply))
        name = reply.read(Accepted).request_id
        return started(request, name, filled.warnings, app="/".join(request.upstream.split("/")[:2]))

    def status(self, operation: Operation) -> Exchange[Status]:
        """See Provider."""
        address = f"{operation['app']}/requests/{operation['id']}"
        reply = yield Call(method="GET", url=f"{address}/status")
        expect(reply)
        progress = reply.read(Progress)
        if progress.status in ("IN_QUEUE", "IN_PROGRESS"):
            return waiting(operation)
        if progress.status != "COMPLETED":
            raise Garbage(f"status {progress.status}")
        result = yield Call(method="GET", url=address, longest=4 << 20)
        if not result.ok:
            return self._failure(result)
        units = result.headers.get("x-fal-billable-units")
        return finished(self.title, operation, _addresses(result.json()), {"billable_units": units})

    def cancel(self, operation: Operation) -> Exchange[None]:
        """See Provider."""
        yield Call(method="PUT", url=f"{operation['app']}/requests/{operation['id']}/cancel")

    def fetch(self, output: Output) -> Call:
        """See Provider."""
        return Call(method="GET", url=output.location)

    def check(self) -> Call:
        """See Provider. There is no such request: 404 says that the key is good."""
        return Call(method="GET", url=_NOBODY)

    def _failure(self, reply: Reply) -> Status:
        """A result that is not 2xx: how the generation ended, or only this answer's own trouble."""
        kind = _type(reply)
        if not kind and (reply.status >= 500 or reply.status in (401, 403, 408, 429)):
            raise Trouble(f"status {reply.status}", retry_after(reply))
        return self._faults.failed(kind or f"status_{reply.status}", _message(reply))


def _type(reply: Reply) -> str:
    """The machine-readable kind of an error: of the request (a header, a field) or of the model (in a list)."""
    if "x-fal-error-type" in reply.headers:
        return reply.headers["x-fal-error-type"]
    try:
        body = reply.json()
    except Garbage:
        return ""
    detail = body.get("detail") if isinstance(body, dict) else None
    if isinstance(detail, list) and detail and isinstance(detail[0], dict):
        return str(detail[0].get("type", ""))
    return str(body.get("error_type", "")) if isinstance(body, dict) else ""


def _message(reply: Reply) -> str:
    """What is wrong with what: the field, where one is named, and the sentence."""
    try:
        detail = reply.json()["detail"][0]
        where = [str(part) for part in detail.get("loc", ()) if part not in ("body", "__root__")]
        return f"{'.'.join(where)}: {detail['msg']}" if where else str(detail["msg"])
    except (Garbage, KeyError, IndexError, TypeError, AttributeError):
        return message_of(reply)


def _addresses(result: Any) -> list[object]:
    """The results' addresses, under whichever name the model gives them."""
    if not isinstance(result, dict):
        raise Garbage("the result is not an object")
    found = [result[name] for name in ("video", "image", "audio") if isinstance(result.get(name), dict)]
    for name in ("videos", "images"):
        several = result.get(name)
        found += [each for each in several if isinstance(each, dict)] if isinstance(several, list) else []
    return [each.get("url") for each in found]
