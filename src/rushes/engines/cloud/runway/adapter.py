"""Runway's own API (docs.dev.runwayml.com: api, api-details/task-failures, assets/inputs; runwayml/sdk-python).

POST v1/{text_to_video|image_to_video|text_to_image} → id; GET v1/tasks/{id} → PENDING, THROTTLED, RUNNING, SUCCEEDED,
FAILED, CANCELLED; DELETE v1/tasks/{id} cancels. Small pictures go in as data: addresses, larger ones are uploaded.
Nobody can be called: tasks are asked for.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rushes.engines.cloud.exchange import Call, Exchange, Garbage, Part
from rushes.engines.cloud.faults import expect, message_of
from rushes.engines.cloud.inputs import data_uri
from rushes.engines.cloud.results import finished, started, waiting
from rushes.engines.cloud.runway.shapes import Accepted, Place, Task
from rushes.engines.cloud.tabled import Tabled
from rushes.engines.contract import EngineError, FailureCode, Input, Mode, Operation, Output, Request, Role, Status

_SMALL = 3_300_000
"""Bytes of a picture whose address is under 5 MB when it is in base64."""
_PATHS = {
    Mode.TEXT_TO_VIDEO: "v1/text_to_video",
    Mode.TEXT_TO_IMAGE: "v1/text_to_image",
    Mode.IMAGE_TO_IMAGE: "v1/text_to_image",
}
_POSITIONS = {Role.IMAGE: "first", Role.END_IMAGE: "last"}


class Runway(Tabled):
    """See Provider."""

    title = "Runway"
    base = "https://api.dev.runwayml.com"
    modes = frozenset({*_PATHS, Mode.IMAGE_TO_VIDEO, Mode.FIRST_LAST_FRAME})
    paid = True

    def headers(self, key: str) -> dict[str, str]:
        """See Provider."""
        return {"Authorization": f"Bearer {key}", "X-Runway-Version": "2024-11-06"}

    def start(self, request: Request) -> Exchange[Operation]:
        """See Provider."""
        self._forms.check(request)
        filled = self._forms.fill(request, {})
        pictures = []
        for each in request.inputs:
            small = Path(each.path).stat().st_size <= _SMALL
            address = data_uri(each) if small else (yield from self._upload(each))
            pictures.append((each.role, address))
        path = _PATHS.get(request.mode, "v1/image_to_video")
        body = {"model": request.upstream, **filled.fields, **_pictures(path, pictures)}
        reply = yield Call(method="POST", url=path, json=body, paid=True)
        if not reply.ok:
            raise self._faults.refused(reply, "", message_of(reply))
        return started(request, reply.read(Accepted).id, filled.warnings)

    def status(self, operation: Operation) -> Exchange[Status]:
        """See Provider."""
        reply = yield Call(method="GET", url=f"v1/tasks/{operation['id']}")
        expect(reply)
        task = reply.read(Task)
        if task.status in ("PENDING", "THROTTLED", "RUNNING"):
            return waiting(operation, task.progress)
        if task.status == "SUCCEEDED":
            return finished(self.title, operation, task.output or ())
        if task.status in ("FAILED", "CANCELLED"):
            # The code is for us, the sentence for people: so the document.
            return self._faults.failed(task.failure_code or task.status, task.failure or "")
        raise Garbage(f"status {task.status}")

    def cancel(self, operation: Operation) -> Exchange[None]:
        """See Provider."""
        yield Call(method="DELETE", url=f"v1/tasks/{operation['id']}")

    def fetch(self, output: Output) -> Call:
        """See Provider."""
        return Call(method="GET", url=output.location)

    def check(self) -> Call:
        """See Provider."""
        return Call(method="GET", url="v1/organization")

    def _upload(self, file: Input) -> Exchange[str]:
        """An ephemeral upload: a place is asked for, then the file is posted there, as to any store of files."""
        name = Path(file.path).name
        reply = yield Call(method="POST", url="v1/uploads", json={"filename": name, "type": "ephemeral"})
        if not reply.ok:
            if reply.status >= 500:
                raise EngineError(FailureCode.UNAVAILABLE, "Runway is not available", retryable=True)
            raise self._faults.refused(reply, "", message_of(reply))
        place = reply.read(Place)
        parts = [Part(name=field, value=value) for field, value in place.fields.items()]
        parts.append(Part(name="file", file=Path(file.path), filename=name, mime=file.mime))
        stored = yield Call(method="POST", url=place.upload_url, parts=tuple(parts), seconds=300.0)
        if not stored.ok:
            raise EngineError(FailureCode.UNAVAILABLE, "Runway did not take the picture", retryable=True)
        return place.runway_uri


def _pictures(path: str, pictures: list[tuple[Role, str]]) -> dict[str, Any]:
    if not pictures:
        return {}
    if path == "v1/text_to_image":
        return {"referenceImages": [{"uri": address} for _, address in pictures]}
    return {"promptImage": [{"uri": address, "position": _POSITIONS[role]} for role, address in pictures]}
