"""fal's queue as fal.ai/docs describes it (model-apis/inference/queue, …/webhooks, …/errors, …/request-errors)."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from rushes.engines.cloud.fal.adapter import Fal
from tests.cloud.upstreams.base import Handler, Seen, Task, Upstream, answer

_FIELDS = {
    "fal-ai/bytedance/seedance/v1.5/pro/text-to-video": {
        "prompt", "aspect_ratio", "resolution", "duration", "camera_fixed", "seed", "enable_safety_checker",
        "generate_audio",
    },
    "fal-ai/sora-2/text-to-video": {"prompt", "resolution", "aspect_ratio", "duration", "delete_video", "model"},
}  # fmt: skip
"""The fields of models whose pages were read whole."""


class FalServer(Upstream):
    """Submit, status, result, cancel. A failed request is COMPLETED, and its result says how it failed."""

    def routes(self) -> dict[str, Handler]:
        at = "/{owner}/{app}/requests/{id}"
        return {
            f"GET {at}/status": self._status,
            f"GET {at}": self._result,
            f"PUT {at}/cancel": self._cancel,
            "POST /{model:path}": self._submit,
        }

    def refuse(self, seen: Seen) -> Response | None:
        if seen.headers.get("authorization") == f"Key {self.key}":
            return None
        return answer({"detail": "No user found for Key ID and Secret"}, 401)

    def fail(self, kind: str, message: str, status: int = 422, field: str = "prompt") -> None:
        """Let tasks fail with an error of the model."""
        self.states = ["running", "failed"]
        self.failure = (status, {"detail": [{"loc": ["body", field], "msg": message, "type": kind, "url": "-"}]})

    def _submit(self, seen: Seen) -> Response:
        model = seen.query["model"]
        if model not in Fal()._forms.forms:
            return answer({"detail": f"Application {model!r} not found"}, 404)
        unknown = set(seen.json) - _FIELDS.get(model, set(seen.json))
        if unknown:
            return answer({"detail": [{"loc": ["body", *unknown], "msg": "unknown", "type": "value_error"}]}, 422)
        task = self.make(seen.query.get("fal_webhook"))
        at = f"https://queue.fal.run/{'/'.join(model.split('/')[:2])}/requests/{task.id}"
        return answer(
            {
                "request_id": task.id,
                "status": "IN_QUEUE",
                "queue_position": 0,
                "response_url": at,
                "status_url": f"{at}/status",
                "cancel_url": f"{at}/cancel",
            }
        )

    def _status(self, seen: Seen) -> Response:
        task = self.tasks.get(seen.query["id"])
        if task is None:
            return answer({"detail": "Request not found"}, 404)
        state = task.next()
        if state == "waiting":
            return answer({"status": "IN_QUEUE", "queue_position": 3, "request_id": task.id}, 202)
        if state == "running":
            return answer({"status": "IN_PROGRESS", "logs": None, "request_id": task.id}, 202)
        return answer({"status": "COMPLETED", "metrics": {"inference_time": 12.5}, "request_id": task.id})

    def _result(self, seen: Seen) -> Response:
        task = self.tasks[seen.query["id"]]
        state = task.states[-1]
        if state == "failed":
            status, body = self.failure
            return answer(body, status)
        return answer(self._made(state), x_fal_billable_units="5.0")

    def _made(self, state: str) -> Any:
        if state == "empty":
            return {"video": None, "seed": 7}
        if state == "images":
            return {"images": [{"url": self.media(f"{n}.png"), "content_type": "image/png"} for n in (1, 2)]}
        video = {"url": self.media(), "content_type": "video/mp4", "file_name": "clip.mp4", "file_size": 100}
        return {"video": video, "seed": 7}

    def told(self, task: Task, state: str) -> Any:
        body: dict[str, Any] = {"request_id": task.id, "gateway_request_id": task.id}
        if state == "failed":
            status, payload = self.failure
            return body | {"status": "ERROR", "error": f"Invalid status code: {status}", "payload": payload}
        return body | {"status": "OK", "error": None, "payload": self._made(state)}

    def signed(self, task: Task) -> dict[str, str]:
        names = {"Request-Id": task.id, "User-Id": "acme", "Timestamp": "1795255200", "Signature": "0a" * 64}
        return {f"X-Fal-Webhook-{name}": value for name, value in names.items()}

    def _cancel(self, seen: Seen) -> Response:
        task = self.tasks[seen.query["id"]]
        if task.states[-1] == task.states[min(task.polls, len(task.states) - 1)]:
            return answer({"status": "ALREADY_COMPLETED"}, 400)
        task.cancelled = True
        return answer({"status": "CANCELLATION_REQUESTED"}, 202)
