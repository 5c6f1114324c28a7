"""The five dialects as their documents have them, without what a Rushes adds, and the native API of a Rushes."""

from __future__ import annotations

import json
from typing import Any, ClassVar

from starlette.responses import Response

from tests.cloud.upstreams.base import CLIP, STANDARD, Handler, Seen, Task, Upstream, answer


class Dialect(Upstream):
    """What they share: a Bearer key."""

    refused: ClassVar[Any] = {"error": "invalid API key"}

    def refuse(self, seen: Seen) -> Response | None:
        if seen.headers.get("authorization") == f"Bearer {self.key}":
            return None
        return answer(self.refused, 401)

    def fail(self, message: str) -> None:
        """Let jobs fail with a sentence."""
        self.states = ["running", "failed"]
        self.failure = message

    def find(self, name: str) -> Task | None:
        return self.tasks.get(name)


class UsVideoServer(Dialect):
    """usvideoapi.com/docs."""

    def routes(self) -> dict[str, Handler]:
        return {
            "POST /v1/videos": self._create,
            "GET /v1/videos/{id}": self._get,
            "DELETE /v1/videos/{id}": self._delete,
            "GET /v1/account": lambda seen: answer({"email": "ada@example.com", "balance_cents": 4850}),
        }

    def _create(self, seen: Seen) -> Response:
        body = seen.json
        if body["mode"] not in ("text_to_video", "image_to_video", "reference"):
            return answer({"error": "mode is not valid"}, 400)
        needs = {"image_to_video": "image_url", "reference": "reference_url"}.get(body["mode"])
        if needs and needs not in body:
            return answer({"error": f"{needs} is required"}, 400)
        more = {"estimated_cost_cents": 120, "created_at": "2026-04-21T15:30:00Z"}
        return answer({"id": self.make().id, "status": "pending", "mode": body["mode"], **more})

    def _get(self, seen: Seen) -> Response:
        task = self.find(seen.query["id"])
        if task is None:
            return answer({"error": "not found"}, 404)
        state = task.next()
        said = {"waiting": "pending", "running": "processing", "done": "completed", "empty": "completed"}
        body: dict[str, Any] = {"id": task.id, "status": said.get(state, state)}
        if state == "done":
            body |= {"video_url": self.media(), "duration": 5, "cost_cents": 120}
        if state == "failed":
            body["error"] = self.failure
        return answer(body)

    def _delete(self, seen: Seen) -> Response:
        self.tasks[seen.query["id"]].cancelled = True
        return answer({"deleted": False, "cancelled": True})


class XPilotServer(Dialect):
    """xpilot.jytech.us/docs/api."""

    refused: ClassVar[Any] = {"error": {"message": "Invalid or missing API key", "code": "UNAUTHORIZED"}}
    at_once = True
    """Whether pictures are in the answer itself."""

    def routes(self) -> dict[str, Handler]:
        return {
            "GET /api/v1/models": lambda seen: answer({"models": {}}),
            "POST /api/v1/video/generate": self._video,
            "POST /api/v1/image/generate": self._image,
            "GET /api/v1/video/{id}": self._poll,
        }

    def error(self, status: int, code: str, message: str) -> Response:
        """The document's error."""
        return answer({"error": {"message": message, "code": code}}, status)

    def _video(self, seen: Seen) -> Response:
        if not {"model", "prompt"} <= set(seen.json):
            return self.error(400, "INVALID_PARAMS", "prompt is required")
        name = self.make().id
        body = {"task_id": name, "status": "processing", "provider": "seedance", "cost_cents": 300}
        return answer(body | {"poll_url": f"/api/v1/video/{name}?provider=seedance", "remaining_credits_cents": 4700})

    def _image(self, seen: Seen) -> Response:
        name = self.make().id
        body: dict[str, Any] = {"task_id": name, "cost_cents": 5, "remaining_credits_cents": 4695}
        if self.at_once:
            return answer(body | {"status": "completed", "outputs": [self.media("image.png")]})
        return answer(body | {"status": "processing", "poll_url": f"/api/v1/video/{name}?pollUrl=https%3A%2F%2Fx"})

    def _poll(self, seen: Seen) -> Response:
        task = self.find(seen.query["id"])
        if task is None:
            return self.error(500, "POLL_FAILED", "Failed to get task")
        state = task.next()
        said = {"waiting": "created", "running": "processing", "done": "completed", "empty": "completed"}
        body: dict[str, Any] = {"task_id": task.id, "status": said.get(state, state), "outputs": [], "provider": "x"}
        if state == "done":
            body["outputs"] = [self.media()]
        if state == "failed":
            body["error"] = self.failure
        return answer(body)


class SeriesServer(Dialect):
    """docs.xingchaoyiqing.com, with its base path."""

    at = "/kyyReactApiServer"

    def routes(self) -> dict[str, Handler]:
        return {f"POST {self.at}/v1/videos/videos": self._create, f"GET {self.at}/v1/result/{{id}}": self._get}

    def _create(self, seen: Seen) -> Response:
        body = seen.json
        if bool(body.get("first_image")) != bool(body.get("last_image")):
            return answer({"message": "first_image and last_image must be used together"}, 400)
        return answer(self._body(self.make(), "queued"))

    def _get(self, seen: Seen) -> Response:
        task = self.find(seen.query["id"])
        if task is None:
            return answer({"message": "task not found"}, 404)
        state = task.next()
        said = {"waiting": "queued", "running": "processing", "done": "completed", "empty": "completed"}
        body = self._body(task, said.get(state, state))
        if state == "done":
            body |= {"video_url": self.media(), "actualDuration": 5}
        if state == "failed":
            body["error"] = self.failure
        return answer(body)

    def _body(self, task: Task, status: str) -> dict[str, Any]:
        said = {"object": "video", "created": 1761635478, "model": "videos", "video_url": None, "error": None}
        return {"id": task.id, "status": status, **said}


class ApixoServer(Dialect):
    """apixo.ai/docs."""

    refused: ClassVar[Any] = {"code": 401, "message": "Invalid or missing API key"}

    def routes(self) -> dict[str, Handler]:
        return {
            "POST /api/v1/generateTask/{model}": self._generate,
            "GET /api/v1/statusTask/{model}": self._status,
            "GET /api/v1/apikeys/current-balance": lambda seen: answer(
                {"code": 200, "message": "success", "data": 7.4}
            ),
        }

    def fail(self, code: str, message: str) -> None:  # type: ignore[override]
        """Let tasks fail."""
        self.states = ["running", "failed"]
        self.failure = {"failCode": code, "failMsg": message}

    def error(self, code: int, message: str, data: Any = None) -> Response:
        """The document's envelope."""
        return answer({"code": code, "message": message, "data": data}, code)

    def _generate(self, seen: Seen) -> Response:
        given = seen.json["input"]
        if given["duration"] not in (4, 8, 12):
            return self.error(400, "Invalid request", {"error": "duration must be 4, 8 or 12"})
        if given["mode"] == "image-to-video" and not given.get("image_urls"):
            return self.error(400, "Invalid request", {"error": "Missing required field: input.image_urls"})
        called = seen.json["request_type"] == "callback"
        if called and not seen.json.get("callback_url"):
            return self.error(400, "Invalid request", {"error": "Missing required field: callback_url"})
        task = self.make(seen.json["callback_url"] if called else "")
        return answer({"code": 200, "message": "success", "data": {"taskId": task.id}})

    def _status(self, seen: Seen) -> Response:
        task = self.find(seen.query["taskId"])
        if task is None:
            return self.error(404, "Task not found")
        return answer(self.told(task, task.next()))

    def told(self, task: Task, state: str) -> Any:
        said = {"waiting": "pending", "running": "processing", "done": "success", "empty": "success"}
        body: dict[str, Any] = {"taskId": task.id, "state": said.get(state, state), "createTime": 1767965610929}
        if state == "done":
            body["resultJson"] = json.dumps({"resultUrls": [self.media()]})
        if state == "failed":
            body |= self.failure
        return {"code": 200, "message": "success", "data": body}


class StudioServer(Dialect):
    """video.progressiverobot.com/api-docs; files lie at the service itself."""

    def routes(self) -> dict[str, Handler]:
        made = {"job_id": "", "status": "queued", "credits_charged": 21}
        return {
            "POST /api/generate": lambda seen: answer(made | {"job_id": self.make().id}),
            "POST /api/generate-v2v": lambda seen: answer(made | {"job_id": self.make().id}),
            "POST /api/generate-audio": lambda seen: answer(made | {"job_id": self.make().id}),
            "POST /api/generate-image": lambda seen: answer(
                {"job_ids": [self.make().id for _ in range(seen.json.get("count", 1))], "status": "queued"}
            ),
            "POST /api/tts/generate": lambda seen: answer({"filename": "said.mp3", "duration_seconds": 2.0}),
            "POST /api/upload-image": lambda seen: answer({"filename": f"up-{len(self.calls('POST', 'upload'))}.png"}),
            "GET /api/status": self._status,
            "POST /api/cancel": self._cancel,
            "GET /api/credits": lambda seen: answer({"balance": 100}),
            "GET /api/video/{name}": lambda seen: Response(CLIP, media_type="video/mp4"),
            "GET /api/image/{name}": lambda seen: Response(CLIP, media_type="image/png"),
            "GET /api/audio/{name}": lambda seen: Response(CLIP, media_type="audio/mpeg"),
        }

    def _status(self, seen: Seen) -> Response:
        task = self.find(seen.query["job_id"])
        if task is None:
            return answer({"error": "not found"}, 404)
        state = task.next()
        said = {"waiting": "queued", "running": "processing", "done": "completed", "empty": "completed"}
        said["failed"] = "error"
        body: dict[str, Any] = {"job_id": task.id, "status": said[state], "progress": 30}
        if state == "done":
            body["filename"] = f"{task.id}.mp4"
        if state == "failed":
            body["error"] = self.failure
        return answer(body)

    def _cancel(self, seen: Seen) -> Response:
        self.tasks[seen.json["job_id"]].cancelled = True
        return answer({"cancelled": True})


class RushesServer(Dialect):
    """docs/dialects: /rushes/v1/generations, with its keys for sending again."""

    refused: ClassVar[Any] = {"error": {"code": "unauthorized", "message": "invalid API key"}}

    def routes(self) -> dict[str, Handler]:
        at = "/rushes/v1/generations"
        self.keys: dict[str, str] = {}
        return {
            f"POST {at}": self._create,
            f"GET {at}": lambda seen: answer({"generations": [], "has_more": False}),
            f"GET {at}/{{id}}": self._get,
            f"DELETE {at}/{{id}}": self._delete,
        }

    def fail(self, code: str, message: str) -> None:  # type: ignore[override]
        """Let generations fail."""
        self.states = ["running", "failed"]
        self.failure = {"code": code, "message": message}

    def begin(self, key: str, hook: object = "") -> str:
        """The job of a key: made the first time."""
        if key not in self.keys:
            self.keys[key] = self.make(hook).id
        return self.keys[key]

    def _create(self, seen: Seen) -> Response:
        name = self.begin(seen.headers["idempotency-key"], seen.json.get("callback_url"))
        return answer({"id": name, "state": "queued", "outputs": []}, 202)

    def _get(self, seen: Seen) -> Response:
        task = self.find(seen.query["id"])
        if task is None:
            return answer({"error": {"code": "not_found", "message": "generation not found"}}, 404)
        return answer(self._body(task, task.next()))

    def _body(self, task: Task, state: str) -> dict[str, Any]:
        said = {"waiting": "queued", "running": "running", "done": "succeeded", "empty": "succeeded"}
        body: dict[str, Any] = {"id": task.id, "state": said.get(state, state), "progress": 0.5, "outputs": []}
        if state == "done":
            body |= {"outputs": [{"url": self.media(), "kind": "video", "mime": "video/mp4"}], "cost": 12}
        if state == "failed":
            body["failure"] = self.failure
        return body

    def told(self, task: Task, state: str) -> Any:
        event = "generation.failed" if state == "failed" else "generation.completed"
        return {"type": event, "timestamp": "2026-11-21T10:00:00Z", "data": self._body(task, state)}

    def signed(self, task: Task) -> dict[str, str]:
        return STANDARD

    def _delete(self, seen: Seen) -> Response:
        self.tasks[seen.query["id"]].cancelled = True
        return answer({"id": seen.query["id"], "cancelled": True, "deleted": False})
