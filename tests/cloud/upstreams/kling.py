"""Kling as app.klingai.com/global/dev/document-api describes it (common information, …, callback protocol)."""

from __future__ import annotations

from typing import Any

import jwt
from starlette.responses import Response

from tests.cloud.upstreams.base import Handler, Seen, Task, Upstream, answer

_FIELDS = {
    "model_name", "prompt", "negative_prompt", "sound", "cfg_scale", "mode", "duration", "external_task_id",
    "callback_url",
}  # fmt: skip


class KlingServer(Upstream):
    """Tasks of two kinds; a signed token with each request; a job's name may be used once."""

    key = "access-1:secret-which-is-long-enough-for-hs256"

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.named: dict[str, str] = {}

    def routes(self) -> dict[str, Handler]:
        made: dict[str, Handler] = {}
        for kind, own in (("text2video", {"aspect_ratio"}), ("image2video", {"image", "image_tail"})):
            made[f"POST /v1/videos/{kind}"] = lambda seen, own=own: self._create(seen, _FIELDS | own)
            made[f"GET /v1/videos/{kind}/{{id}}"] = self._get
            made[f"GET /v1/videos/{kind}"] = lambda seen: self.say(0, "SUCCEED", [])
        return made

    def refuse(self, seen: Seen) -> Response | None:
        access, _, secret = self.key.partition(":")
        token = seen.headers.get("authorization", "").removeprefix("Bearer ")
        try:
            claims = jwt.decode(token, secret, algorithms=["HS256"], options={"require": ["exp", "nbf", "iss"]})
        except jwt.PyJWTError:
            return self.say(1002, "Authorization is invalid", status=401)
        return None if claims["iss"] == access else self.say(1002, "access key not found", status=401)

    def say(self, code: int, message: str, data: Any = None, status: int = 200, **headers: str) -> Response:
        """An answer in the service's shape."""
        return answer({"code": code, "message": message, "request_id": "r-1", "data": data}, status, **headers)

    def fail(self, message: str) -> None:
        """Let tasks fail."""
        self.states = ["running", "failed"]
        self.failure = message

    def _create(self, seen: Seen, fields: set[str]) -> Response:
        body = seen.json
        for name in set(body) - fields:
            return self.say(1201, f"{name} is not supported", status=400)
        if not isinstance(body["duration"], str) or body.get("image", "").startswith("data:"):
            return self.say(1201, "invalid parameter", status=400)
        if body["external_task_id"] in self.named:
            return self.say(1201, "external_task_id is not unique", status=400)
        task = self.make(body.get("callback_url"))
        self.named[body["external_task_id"]] = task.id
        return self.say(
            0, "SUCCEED", {"task_id": task.id, "task_status": "submitted", "created_at": 1, "updated_at": 1}
        )

    def _get(self, seen: Seen) -> Response:
        name = seen.query["id"]
        task = self.tasks.get(self.named.get(name, name))
        if task is None:
            return self.say(1203, "task not found", status=404)
        return self.say(0, "SUCCEED", self.told(task, task.next()))

    def told(self, task: Task, state: str) -> Any:
        said = {"waiting": "submitted", "running": "processing", "done": "succeed", "empty": "succeed"}
        data: dict[str, Any] = {"task_id": task.id, "task_status": said.get(state, state)}
        data["task_info"] = {"external_task_id": next(ours for ours, theirs in self.named.items() if theirs == task.id)}
        if state == "failed":
            data["task_status_msg"] = self.failure
        if state in ("done", "empty"):
            videos = [{"id": "v1", "url": self.media(), "duration": "5.1"}] if state == "done" else []
            data |= {"task_result": {"videos": videos}, "final_unit_deduction": "3.5"}
        return data | {"created_at": 1722769557708, "updated_at": 1722769557708}
