"""Runway as docs.dev.runwayml.com describes it (api, api-details/task-failures, assets/inputs)."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from tests.cloud.upstreams.base import Handler, Seen, Upstream, answer

_FIELDS = {
    "/v1/text_to_video": {"model", "promptText", "ratio", "duration", "seed"},
    "/v1/image_to_video": {"model", "promptText", "promptImage", "ratio", "duration", "seed"},
    "/v1/text_to_image": {"model", "promptText", "ratio", "seed", "referenceImages"},
}
_RATIOS = {"1280:720", "720:1280", "1104:832", "832:1104", "960:960", "1584:672", "1920:1080", "1024:1024"}


class RunwayServer(Upstream):
    """Tasks, ephemeral uploads, the organisation. Refuses requests without the version."""

    def routes(self) -> dict[str, Handler]:
        made: dict[str, Handler] = {f"POST {path}": self._create for path in _FIELDS}
        return made | {
            "GET /v1/tasks/{id}": self._get,
            "DELETE /v1/tasks/{id}": self._delete,
            "POST /v1/uploads": self._upload,
            "GET /v1/organization": lambda seen: answer({"creditBalance": 1000}),
        }

    def refuse(self, seen: Seen) -> Response | None:
        if seen.headers.get("authorization") != f"Bearer {self.key}":
            return answer({"error": "You did not provide a valid API key."}, 401)
        if seen.headers.get("x-runway-version") != "2024-11-06":
            return answer({"error": "Header X-Runway-Version is required."}, 400)
        return None

    def fail(self, code: str, message: str) -> None:
        """Let tasks fail."""
        self.states = ["running", "failed"]
        self.failure = (code, message)

    def _create(self, seen: Seen) -> Response:
        body = seen.json
        for name in set(body) - _FIELDS[seen.path]:
            return answer({"error": f"Validation of body failed: unrecognized key {name}"}, 400)
        if body.get("ratio") not in _RATIOS:
            return answer({"error": "Validation of body failed: ratio"}, 400)
        return answer({"id": self.make().id})

    def _get(self, seen: Seen) -> Response:
        task = self.tasks.get(seen.query["id"])
        if task is None:
            return answer({"error": "Task not found"}, 404)
        state = task.next()
        said = {"waiting": "THROTTLED", "running": "RUNNING", "done": "SUCCEEDED", "empty": "SUCCEEDED"}
        body: dict[str, Any] = {"id": task.id, "status": said.get(state, state.upper()), "createdAt": "2026-11-21"}
        if state == "running":
            body["progress"] = 0.4
        if state == "failed":
            body |= {"failureCode": self.failure[0], "failure": self.failure[1]}
        if state in ("done", "empty"):
            body["output"] = [self.media()] if state == "done" else []
        return answer(body)

    def _delete(self, seen: Seen) -> Response:
        self.tasks[seen.query["id"]].cancelled = True
        return Response(status_code=204)

    def _upload(self, seen: Seen) -> Response:
        place = {"uploadUrl": f"{self.files.url}/upload", "fields": {"key": "k1", "policy": "p1"}}
        return answer(place | {"runwayUri": "runway://u1"})
