"""MiniMax as platform.minimax.io/docs/api-reference describes it (video-generation-*, errorcode)."""

from __future__ import annotations

import json
from typing import Any

from starlette.responses import Response

from tests.cloud.upstreams.base import Handler, Seen, Task, Upstream, answer

_FIELDS = {
    "model", "prompt", "prompt_optimizer", "duration", "resolution", "first_frame_image", "last_frame_image",
    "subject_reference", "aigc_watermark",
    "callback_url",
}  # fmt: skip


class MiniMaxServer(Upstream):
    """Tasks, their files. Whatever goes wrong comes as a 200 with a code.

    Who is to be called must give a challenge back, as the document says; that others are refused it does not say.
    """

    def routes(self) -> dict[str, Handler]:
        return {
            "POST /v1/video_generation": self._create,
            "GET /v1/query/video_generation": self._query,
            "GET /v1/files/retrieve": self._file,
            "GET /v1/files/list": lambda seen: answer({"files": [], **self.base(0, "success")}),
        }

    def refuse(self, seen: Seen) -> Response | None:
        if seen.headers.get("authorization") == f"Bearer {self.key}":
            return None
        return answer(self.base(1004, "login fail: Please carry the API secret key"), 401)

    def base(self, code: int, message: str) -> dict[str, Any]:
        """How a call went."""
        return {"base_resp": {"status_code": code, "status_msg": message}}

    def fail(self, code: int, message: str) -> None:
        """Let tasks fail."""
        self.states = ["running", "failed"]
        self.failure = (code, message)

    async def _create(self, seen: Seen) -> Response:
        body = seen.json
        for name in set(body) - _FIELDS:
            return answer({"task_id": "", **self.base(2013, f"invalid params, {name}")})
        if body.get("resolution") == "1080P" and body.get("duration") != 6:
            return answer({"task_id": "", **self.base(2013, "invalid params, 1080P takes 6 seconds")})
        task = self.make(body.get("callback_url"))
        if task.hook and self.door:
            challenge = {"challenge": f"challenge of {task.id}"}
            echo = await self.tell(task, "running", json.dumps(challenge).encode())
            if not echo.is_success or echo.json() != challenge:
                del self.tasks[task.id]
                return answer({"task_id": "", **self.base(2013, "invalid params, callback_url")})
        return answer({"task_id": task.id, **self.base(0, "success")})

    def _query(self, seen: Seen) -> Response:
        task = self.tasks.get(seen.query["task_id"])
        if task is None:
            return answer({"task_id": "", "status": "", **self.base(2013, "invalid params, task_id")})
        state = task.next()
        said = {"waiting": "Queueing", "running": "Processing", "done": "Success", "empty": "Success", "failed": "Fail"}
        body: dict[str, Any] = {"task_id": task.id, "status": said.get(state, state), "file_id": ""}
        if state == "failed":
            return answer(body | self.base(*self.failure))
        if state == "done":
            body |= {"file_id": "205258526306433", "video_width": 1366, "video_height": 768}
        return answer(body | self.base(0, "success"))

    def _file(self, seen: Seen) -> Response:
        file = {"file_id": int(seen.query["file_id"]), "filename": "output.mp4", "download_url": self.media()}
        return answer({"file": file, **self.base(0, "success")})

    def told(self, task: Task, state: str) -> Any:
        said = {"done": "success", "failed": "failed"}
        body = {"task_id": task.id, "status": said.get(state, "processing"), "file_id": "205258526306433"}
        return body | (self.base(*self.failure) if state == "failed" else self.base(0, "success"))
