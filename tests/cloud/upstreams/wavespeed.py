"""WaveSpeed v3 as wavespeed.ai/docs describes it (submit-task, get-result, how-to-use-webhooks, …)."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from rushes.engines.cloud.wavespeed.adapter import WaveSpeed
from tests.cloud.upstreams.base import Handler, Seen, Task, Upstream, answer


class WaveSpeedServer(Upstream):
    """Submit, result, upload, balance. Every answer is in an envelope that says its status again."""

    def routes(self) -> dict[str, Handler]:
        return {
            "POST /api/v3/media/upload/binary": self._upload,
            "GET /api/v3/predictions/{id}/result": self._result,
            "GET /api/v3/balance": lambda seen: self.wrap({"balance": 12.5}),
            "POST /api/v3/{model:path}": self._submit,
        }

    def refuse(self, seen: Seen) -> Response | None:
        if seen.headers.get("authorization") == f"Bearer {self.key}":
            return None
        return answer({"code": 401, "message": "unauthorized"}, 401)

    def wrap(self, data: Any, code: int = 200, message: str = "success", status: int = 200) -> Response:
        """An answer in its envelope."""
        return answer({"code": code, "message": message, "data": data}, status)

    def fail(self, message: str, code: int | None = None) -> None:
        """Let tasks fail."""
        self.states = ["running", "failed"]
        self.failure = {"error": message} | ({"code": code} if code else {})

    def _submit(self, seen: Seen) -> Response:
        if seen.query["model"] not in WaveSpeed()._forms.forms:
            return self.wrap(None, 404, "model not found", 404)
        task = self.make(seen.query.get("webhook"))
        data = {"id": task.id, "model": seen.query["model"], "status": "created", "outputs": [], "error": ""}
        return self.wrap(data | {"urls": {"get": f"https://api.wavespeed.ai/api/v3/predictions/{task.id}/result"}})

    def _result(self, seen: Seen) -> Response:
        task = self.tasks.get(seen.query["id"])
        if task is None:
            return self.wrap(None, 400, "prediction not found", 400)
        return self.wrap(self._data(task, task.next()))

    def _data(self, task: Task, state: str) -> dict[str, Any]:
        said = {"waiting": "created", "running": "processing", "done": "completed", "empty": "completed"}
        data: dict[str, Any] = {"id": task.id, "status": said.get(state, state), "outputs": [], "error": ""}
        if state == "done":
            data |= {"outputs": [self.media()], "timings": {"inference": 2500}, "has_nsfw_contents": [False]}
        if state == "nsfw":
            data |= {"status": "completed", "has_nsfw_contents": [True]}
        if state == "failed":
            data |= self.failure
        return data

    def told(self, task: Task, state: str) -> Any:
        urls = {"get": f"https://api.wavespeed.ai/api/v3/predictions/{task.id}/result"}
        return {"model": "m", "input": {}, "urls": urls, "created_at": "2026-11-21", **self._data(task, state)}

    def _upload(self, seen: Seen) -> Response:
        if "file" not in seen.parts:
            return self.wrap(None, 400, "file is required", 400)
        return self.wrap({"type": "image", "download_url": f"{self.files.url}/media/in.png", "filename": "in.png"})
