"""Veo in the Gemini API as ai.google.dev/gemini-api/docs describes it (video, webhooks)."""

from __future__ import annotations

from typing import Any

from starlette.responses import RedirectResponse, Response

from tests.cloud.upstreams.base import STANDARD, Handler, Seen, Task, Upstream, answer

_MODELS = {"veo-3.1-generate-preview", "veo-3.1-fast-generate-preview"}
_PARAMETERS = {"aspectRatio", "resolution", "durationSeconds", "negativePrompt", "seed", "personGeneration"}


class VeoServer(Upstream):
    """Long running operations, and files that need the key and lie elsewhere."""

    def routes(self) -> dict[str, Handler]:
        return {
            "POST /v1beta/models/{model}:predictLongRunning": self._predict,
            "GET /v1beta/models/{model}/operations/{id}": self._get,
            "GET /v1beta/files/{id}:download": lambda seen: RedirectResponse(self.media(), 302),
            "GET /v1beta/models": lambda seen: answer({"models": []}),
        }

    def refuse(self, seen: Seen) -> Response | None:
        if seen.headers.get("x-goog-api-key") == self.key:
            return None
        return self.error(403, "PERMISSION_DENIED", "Method doesn't allow unregistered callers.")

    def error(self, status: int, name: str, message: str, **headers: str) -> Response:
        """A refusal in the API's shape."""
        return answer({"error": {"code": status, "message": message, "status": name}}, status, **headers)

    def fail(self, code: int, message: str) -> None:
        """Let operations end with an error."""
        self.states = ["running", "failed"]
        self.failure = {"code": code, "message": message}

    def _predict(self, seen: Seen) -> Response:
        if seen.query["model"] not in _MODELS:
            return self.error(404, "NOT_FOUND", "models/x is not found for API version v1beta")
        (instance,), parameters = seen.json["instances"], seen.json["parameters"]
        for name in set(parameters) - _PARAMETERS:
            return self.error(400, "INVALID_ARGUMENT", f"`{name}` isn't supported by this model.")
        if unknown := set(seen.json) - {"instances", "parameters", "webhookConfig"}:
            return self.error(400, "INVALID_ARGUMENT", f"Unknown name {unknown.pop()!r}: Cannot find field.")
        (hook,) = seen.json.get("webhookConfig", {"uris": [""]})["uris"]
        whole = parameters.get("durationSeconds") == 8
        if not whole and (parameters.get("resolution") != "720p" or "referenceImages" in instance):
            return self.error(400, "INVALID_ARGUMENT", "durationSeconds must be 8")
        return answer({"name": f"models/{seen.query['model']}/operations/{self.make(hook).id}"})

    def _get(self, seen: Seen) -> Response:
        task = self.tasks.get(seen.query["id"])
        if task is None:
            return self.error(404, "NOT_FOUND", "Requested entity was not found.")
        state = task.next()
        body: dict[str, Any] = {"name": f"models/{seen.query['model']}/operations/{task.id}"}
        if state in ("waiting", "running"):
            return answer(body)
        if state == "failed":
            return answer(body | {"done": True, "error": self.failure})
        made: dict[str, Any] = {}
        if state == "done":
            made = {"generatedSamples": [{"video": {"uri": f"{self.url}/v1beta/files/f1:download?alt=media"}}]}
        if state == "filtered":
            made = {"raiMediaFilteredCount": 1, "raiMediaFilteredReasons": self.failure}
        return answer(body | {"done": True, "response": {"generateVideoResponse": made}})

    def told(self, task: Task, state: str) -> Any:
        """A pointer to what was made; only the ends are told."""
        data = {"id": task.id, "file_id": "f1", "video_uri": f"{self.url}/v1beta/files/f1:download?alt=media"}
        return {"type": "video.generated", "version": "v1", "timestamp": "2026-11-21T10:00:00Z", "data": data}

    def signed(self, task: Task) -> dict[str, str]:
        return STANDARD
