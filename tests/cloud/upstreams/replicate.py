"""Replicate as replicate.com/docs/reference/http describes it, with …/reference/error-codes and topics/webhooks."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from rushes.engines.cloud.replicate.adapter import Replicate
from tests.cloud.upstreams.base import STANDARD, Handler, Seen, Task, Upstream, answer

_ENDED = ("done", "empty", "several", "removed")


class ReplicateServer(Upstream):
    """Predictions, files, the account."""

    def routes(self) -> dict[str, Handler]:
        return {
            "POST /v1/models/{owner}/{name}/predictions": self._official,
            "POST /v1/predictions": self._versioned,
            "POST /v1/predictions/{id}/cancel": self._cancel,
            "GET /v1/predictions/{id}": self._get,
            "POST /v1/files": self._file,
            "GET /v1/account": lambda seen: answer({"type": "organization", "username": "acme"}),
        }

    def refuse(self, seen: Seen) -> Response | None:
        if seen.headers.get("authorization") == f"Bearer {self.key}":
            return None
        return self.problem(401, "Unauthenticated", "You did not pass a valid authentication token")

    def problem(self, status: int, title: str, detail: str, **headers: str) -> Response:
        """A refusal in the service's shape."""
        return answer({"title": title, "detail": detail, "status": status}, status, **headers)

    def fail(self, message: str) -> None:
        """Let predictions fail."""
        self.states = ["running", "failed"]
        self.failure = message

    def _official(self, seen: Seen) -> Response:
        if f"{seen.query['owner']}/{seen.query['name']}" not in Replicate()._forms.forms:
            return self.problem(404, "Not found", "The requested resource could not be found.")
        return self._made(seen)

    def _versioned(self, seen: Seen) -> Response:
        if not seen.json.get("version"):
            return self.problem(422, "Input validation failed", "- version is required")
        return self._made(seen)

    def _made(self, seen: Seen) -> Response:
        if "prompt" not in seen.json["input"]:
            return self.problem(422, "Input validation failed", "- input: prompt is required")
        return answer(self._shape(self.make(seen.json.get("webhook")).id, "starting"), 201)

    def _shape(self, name: str, status: str, **more: Any) -> dict[str, Any]:
        urls = {"get": f"https://api.replicate.com/v1/predictions/{name}"}
        body = {"id": name, "status": status, "input": {}, "output": None, "error": None, "logs": "", "urls": urls}
        return body | {"data_removed": False, "created_at": "2026-11-21T10:00:00Z"} | more

    def _get(self, seen: Seen) -> Response:
        task = self.tasks.get(seen.query["id"])
        if task is None:
            return self.problem(404, "Not found", "The requested resource could not be found.")
        return answer(self.told(task, task.next()))

    def told(self, task: Task, state: str) -> Any:
        more: dict[str, Any] = {}
        if state == "done":
            more = {"output": self.media(), "metrics": {"predict_time": 11.5}}
        if state == "several":
            more = {"output": [self.media("1.png"), self.media("2.png")]}
        if state == "removed":
            more = {"data_removed": True}
        if state == "failed":
            more = {"error": self.failure}
        said = {"waiting": "starting", "running": "processing"} | dict.fromkeys(_ENDED, "succeeded")
        return self._shape(task.id, said.get(state, state), **more)

    def signed(self, task: Task) -> dict[str, str]:
        return STANDARD

    def _cancel(self, seen: Seen) -> Response:
        self.tasks[seen.query["id"]].cancelled = True
        return answer(self._shape(seen.query["id"], "canceled"))

    def _file(self, seen: Seen) -> Response:
        if "content" not in seen.parts:
            return self.problem(400, "Bad request", "Missing content")
        name = "https://api.replicate.com/v1/files/abc"
        return answer({"id": "abc", "name": "in.png", "size": 1, "urls": {"get": name}}, 201)
