"""ModelArk's video tasks as docs.byteplus.com/en/docs/ModelArk describes them (1520757, 1521309, 1521720, 1299023)."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from tests.cloud.upstreams.base import Handler, Seen, Task, Upstream, answer

_EVERY = {"model", "content", "ratio", "resolution", "duration", "seed", "watermark", "generate_audio", "callback_url"}
_FIELDS = {
    "dreamina-seedance-2-0-260128": _EVERY | {"priority"},
    "dreamina-seedance-2-0-fast-260128": _EVERY | {"priority"},
    "seedance-1-5-pro-251215": _EVERY | {"camera_fixed", "service_tier", "draft"},
    "seedance-1-0-pro-250528": _EVERY | {"camera_fixed", "service_tier", "frames"},
    "seedance-1-0-pro-fast-251015": _EVERY | {"camera_fixed", "service_tier", "frames"},
}
_LENGTHS = {"dreamina-seedance-2-0-260128": (4, 15), "seedance-1-5-pro-251215": (4, 12)}


class ArkServer(Upstream):
    """Create, query, list and delete tasks. Refuses a field that a model does not have, as the service does."""

    def routes(self) -> dict[str, Handler]:
        at = "/api/v3/contents/generations/tasks"
        return {
            f"POST {at}": self._create,
            f"GET {at}": lambda seen: answer({"items": [], "total": 0}),
            f"GET {at}/{{id}}": self._query,
            f"DELETE {at}/{{id}}": self._delete,
        }

    def refuse(self, seen: Seen) -> Response | None:
        if seen.headers.get("authorization") == f"Bearer {self.key}":
            return None
        return self.error("AuthenticationError", "The API key in the request is missing or invalid.", 401)

    def error(self, code: str, message: str, status: int = 400, **headers: str) -> Response:
        """A refusal in the service's shape."""
        body = {"code": code, "message": f"{message} Request id: 021", "param": "", "type": "BadRequest"}
        return answer({"error": body}, status, **headers)

    def fail(self, code: str, message: str) -> None:
        """Let tasks fail."""
        self.states = ["running", "failed"]
        self.failure = {"code": code, "message": message}

    def _create(self, seen: Seen) -> Response:
        body = seen.json
        model = body.get("model")
        if model not in _FIELDS:
            return self.error("InvalidEndpointOrModel.NotFound", f"The model {model} does not exist.", 404)
        for field in set(body) - _FIELDS[model]:
            return self.error("InvalidParameter", f"The parameter {field} is not supported for model {model}.")
        shortest, longest = _LENGTHS.get(model, (2, 15))
        if not shortest <= body.get("duration", 5) <= longest:
            return self.error("InvalidParameter.duration", "The parameter `duration` is not valid.")
        roles = {part["role"] for part in body["content"] if part["type"] != "text"}
        if roles & {"first_frame", "last_frame"} and roles & {"reference_image"}:
            return self.error("InvalidParameter.content", "first/last frame and references exclude one another.")
        return answer({"id": self.make(body.get("callback_url")).id})

    def _query(self, seen: Seen) -> Response:
        task = self.tasks.get(seen.query["id"])
        if task is None:
            return self.error("NotFound.Task", "The specified task is not found.", 404)
        return answer(self.told(task, task.next()))

    def told(self, task: Task, state: str) -> Any:
        said = {"waiting": "queued", "running": "running", "done": "succeeded", "empty": "succeeded"}
        body: dict[str, Any] = {"id": task.id, "model": "seedance", "status": said.get(state, state)}
        if state == "failed":
            body["error"] = self.failure
        if state in ("done", "empty"):
            body["content"] = {"video_url": self.media()} if state == "done" else {}
            body |= {"usage": {"completion_tokens": "108900", "total_tokens": "108900"}, "duration": 5, "ratio": "16:9"}
            body |= {"resolution": "720p", "framespersecond": 24, "seed": 7}
        return body

    def _delete(self, seen: Seen) -> Response:
        task = self.tasks[seen.query["id"]]
        if task.states[min(task.polls, len(task.states) - 1)] == "running":
            return self.error("InvalidAction.RunningTaskDeletion", "A running task cannot be deleted.", 409)
        task.cancelled = True
        return answer({})
