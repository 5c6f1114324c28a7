"""ElevenLabs' API, by the official package and its page of errors."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from tests.cloud.upstreams.base import Handler, Seen, Upstream, answer

SOUND = b"ID3\x04" + bytes(range(250))
HEARD: dict[str, Any] = {
    "language_code": "eng",
    "language_probability": 0.98,
    "text": "A fox. It sleeps",
    "words": [
        {"text": "A", "type": "word", "start": 0.1, "end": 0.3, "logprob": -0.1},
        {"text": " ", "type": "spacing", "start": 0.3, "end": 0.3},
        {"text": "fox.", "type": "word", "start": 0.3, "end": 1.2},
        {"text": "(laughs)", "type": "audio_event", "start": 1.2, "end": 1.9},
        {"text": "It", "type": "word", "start": 2.1, "end": 2.4},
        {"text": "sleeps", "type": "word", "start": 2.4, "end": 3.9},
    ],
}
_SPEECH = {"text", "model_id", "voice_settings", "seed", "language_code"}
_SOUNDS = {"text", "model_id", "duration_seconds", "loop", "prompt_influence"}
_MUSIC = {"prompt", "model_id", "music_length_ms", "force_instrumental"}


class ElevenLabsServer(Upstream):
    """Everything is answered with the result."""

    def routes(self) -> dict[str, Handler]:
        return {
            "POST /v1/text-to-speech/{voice}": lambda seen: self._sound(seen, _SPEECH),
            "POST /v1/sound-generation": lambda seen: self._sound(seen, _SOUNDS),
            "POST /v1/music": self._music,
            "POST /v1/speech-to-text": lambda seen: answer(HEARD),
            "GET /v1/user/subscription": lambda seen: answer({"tier": "creator"}),
        }

    def refuse(self, seen: Seen) -> Response | None:
        if seen.headers.get("xi-api-key") == self.key:
            return None
        return self.error("invalid_api_key", "Invalid API key", 401)

    def error(self, status: str, message: str, code: int = 400, **headers: str) -> Response:
        """A refusal in the service's shape."""
        return answer({"detail": {"status": status, "message": message}}, code, **headers)

    def _music(self, seen: Seen) -> Response:
        if seen.query["output_format"].startswith("wav"):
            return answer({"detail": [{"loc": ["query", "output_format"], "msg": "not allowed", "type": "enum"}]}, 422)
        return self._sound(seen, _MUSIC)

    def _sound(self, seen: Seen, fields: set[str]) -> Response:
        unknown = set(seen.json) - fields
        if unknown:
            return answer({"detail": [{"loc": ["body", *unknown], "msg": "extra", "type": "extra_forbidden"}]}, 422)
        return Response(SOUND, headers={"character-cost": "17"}, media_type="audio/mpeg")
