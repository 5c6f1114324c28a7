"""OpenAI's API for media, by the types of the official package (images, audio, videos), and video servers like it."""

from __future__ import annotations

import base64
from typing import Any

from starlette.responses import Response

from tests.cloud.upstreams.base import CLIP, Handler, Seen, Upstream, answer

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(200))
SOUND = b"ID3\x04" + bytes(range(250))
VERBOSE: dict[str, Any] = {
    "task": "transcribe",
    "language": "english",
    "duration": 4.2,
    "text": "A fox. It sleeps.",
    "segments": [
        {"id": 0, "start": 0.0, "end": 1.5, "text": " A fox.", "avg_logprob": -0.2, "no_speech_prob": 0.01},
        {"id": 1, "start": 2.0, "end": 4.0, "text": " It sleeps.", "avg_logprob": -0.3, "no_speech_prob": 0.02},
    ],
    "words": [
        {"word": "A", "start": 0.1, "end": 0.3},
        {"word": "fox", "start": 0.3, "end": 1.2},
        {"word": "It", "start": 2.1, "end": 2.4},
        {"word": "sleeps", "start": 2.4, "end": 3.9},
    ],
}
_STATES = {"waiting": "queued", "running": "in_progress", "done": "completed", "empty": "completed"}
_IMAGE = {"model", "prompt", "n", "size", "output_format", "output_compression", "background", "quality", "moderation"}
_SPEECH = {"model", "input", "voice", "response_format", "speed", "instructions", "stream_format"}


class OpenAIServer(Upstream):
    """Refuses fields that an endpoint does not have, as the service does."""

    at = "/v1"

    def routes(self) -> dict[str, Handler]:
        return {
            f"POST {self.at}/images/generations": self._draw,
            f"POST {self.at}/images/edits": self._edit,
            f"POST {self.at}/audio/speech": self._speak,
            f"POST {self.at}/audio/transcriptions": self._hear,
            f"POST {self.at}/audio/translations": self._hear,
            f"GET {self.at}/models": lambda seen: answer({"object": "list", "data": []}),
            f"POST {self.at}/videos": self._create,
            f"GET {self.at}/videos/{{id}}": self._retrieve,
            f"GET {self.at}/videos/{{id}}/content": self._content,
            f"DELETE {self.at}/videos/{{id}}": self._delete,
        }

    def refuse(self, seen: Seen) -> Response | None:
        if seen.headers.get("authorization") == f"Bearer {self.key}":
            return None
        return self.error("Incorrect API key provided: wro*****it.", "invalid_api_key", 401)

    def error(self, message: str, code: str | None, status: int = 400, **headers: str) -> Response:
        """A refusal in the service's shape."""
        body = {"message": message, "type": "invalid_request_error", "param": None, "code": code}
        return answer({"error": body}, status, **headers)

    def fail(self, code: str, message: str) -> None:
        """Let videos fail."""
        self.states = ["running", "failed"]
        self.failure = {"code": code, "message": message}

    def _draw(self, seen: Seen) -> Response:
        for field in set(seen.json) - _IMAGE:
            return self.error(f"Unknown parameter: '{field}'.", "unknown_parameter")
        return self._images(seen.json.get("n", 1))

    def _edit(self, seen: Seen) -> Response:
        if "image[]" not in seen.parts and "image" not in seen.parts:
            return self.error("Missing required parameter: 'image'.", "missing_required_parameter")
        return self._images(int(seen.parts.get("n", 1)))

    def _images(self, count: int) -> Response:
        data = [{"b64_json": base64.b64encode(PNG + bytes([n])).decode()} for n in range(count)]
        return answer({"created": 1, "data": data, "usage": {"total_tokens": 1000 * count}})

    def _speak(self, seen: Seen) -> Response:
        for field in set(seen.json) - _SPEECH:
            return self.error(f"Unknown parameter: '{field}'.", "unknown_parameter")
        return Response(SOUND, media_type="audio/mpeg")

    def _hear(self, seen: Seen) -> Response:
        if seen.parts["response_format"] == "json":
            return answer({"text": VERBOSE["text"], "usage": {"type": "tokens"}})
        return answer(VERBOSE)

    def _create(self, seen: Seen) -> Response:
        return answer({"id": self.make().id, "object": "video", "status": "queued", "progress": 0})

    def _retrieve(self, seen: Seen) -> Response:
        task = self.tasks.get(seen.query["id"])
        if task is None:
            return self.error("Video not found.", "not_found", 404)
        state = task.next()
        body = {"id": task.id, "object": "video", "status": _STATES.get(state, state), "progress": 40, "error": None}
        if state == "failed":
            body["error"] = self.failure
        return self.failed(body) if state == "failed" else answer(body)

    def failed(self, body: dict[str, Any]) -> Response:
        """The answer about a video that failed."""
        return answer(body)

    def _content(self, seen: Seen) -> Response:
        return Response(CLIP, media_type="video/mp4")

    def _delete(self, seen: Seen) -> Response:
        self.tasks[seen.query["id"]].cancelled = True
        return answer({"id": seen.query["id"], "object": "video.deleted", "deleted": True})


class VideoServerServer(OpenAIServer):
    """vLLM-Omni: forms only, and the job of a failed video under the error's own status."""

    def _create(self, seen: Seen) -> Response:
        if not seen.headers["content-type"].startswith("multipart/form-data"):
            return self.error("form required", None, 422)
        return super()._create(seen)

    def _draw(self, seen: Seen) -> Response:
        return self._images(seen.json.get("n", 1))

    def failed(self, body: dict[str, Any]) -> Response:
        return answer(body, 500 if body["error"]["code"] == "500" else 400)
