"""ElevenLabs' API (elevenlabs.io/docs/api-reference: text-to-speech, sound-generation, music, speech-to-text).

POST v1/text-to-speech/{voice}, v1/sound-generation, v1/music (all with ?output_format=) are answered with the sound,
POST v1/speech-to-text with the transcript. The key goes in xi-api-key. There are no jobs: nothing to poll or cancel.
Transcripts can go to webhooks, but to those of the workspace only. Fields and limits are those of the official package
(elevenlabs 2.78: text_to_speech, text_to_sound_effects, music, speech_to_text), which has no wav for music.
"""

from __future__ import annotations

import tomllib
from importlib.resources import files
from typing import Any

import msgspec

from rushes.engines.cloud.elevenlabs.shapes import Refusal, Transcription
from rushes.engines.cloud.exchange import Call, Exchange, Garbage, Reply
from rushes.engines.cloud.faults import message_of
from rushes.engines.cloud.keeping import Made
from rushes.engines.cloud.openai.forms import by_field, parts
from rushes.engines.cloud.results import answered
from rushes.engines.cloud.tabled import Tabled
from rushes.engines.cloud.transcripts import sentences
from rushes.engines.contract import (
    EngineError,
    FailureCode,
    Mode,
    Operation,
    Output,
    Request,
    Segment,
    Status,
    Transcript,
    Word,
)
from rushes.engines.languages import find_language

_FORMATS = {
    "mp3": ("mp3_44100_128", "audio/mpeg"),
    "opus": ("opus_48000_128", "audio/ogg"),
    "pcm": ("pcm_24000", "audio/pcm"),
    "wav": ("wav_44100", "audio/wav"),
}
"""Theirs for ours; aac and flac are not among them. wav and the higher rates need a higher plan there."""
_OF_MUSIC = {name: made for name, made in _FORMATS.items() if name != "wav"}
_MUSIC_PATH = "v1/music"
_SLOWEST, _FASTEST = 0.7, 1.2
_SOUND = (0.5, 30.0)
_MUSIC = (3.0, 600.0)
"""Seconds: shortest, longest."""
_LONGEST = 256 << 20
_SECONDS = 600.0


class ElevenLabs(Tabled):
    """See Provider."""

    title = "ElevenLabs"
    base = "https://api.elevenlabs.io"
    modes = frozenset({Mode.TEXT_TO_SPEECH, Mode.TEXT_TO_AUDIO, Mode.SPEECH_TO_TEXT})
    paid = True

    def __init__(self) -> None:
        super().__init__()
        self._voices: dict[str, dict[str, str]] = _table("voices.toml")
        self._languages: dict[str, str] = _table("languages.toml")

    def headers(self, key: str) -> dict[str, str]:
        """See Provider."""
        return {"xi-api-key": key}

    def start(self, request: Request) -> Exchange[Operation]:
        """See Provider."""
        form = self._forms.check(request)
        fields = self._forms.fill(request, {}).fields
        if request.mode is Mode.SPEECH_TO_TEXT:
            return (yield from self._hear(request, fields, form.inputs))
        if request.mode is Mode.TEXT_TO_SPEECH:
            path, body, warnings = self._speech(request, fields)
        else:
            path, body, warnings = _sound(request, fields)
        asked = str(request.extra.get("format", "mp3"))
        formats = _OF_MUSIC if path == _MUSIC_PATH else _FORMATS
        if asked not in formats:
            raise EngineError(FailureCode.INVALID_INPUT, f"format: {self.title} makes {', '.join(formats)}")
        theirs, mime = formats[asked]
        reply = yield Call(
            method="POST",
            url=path,
            query={"output_format": theirs},
            json=body,
            paid=True,
            longest=_LONGEST,
            seconds=_SECONDS,
        )
        self._pass(reply)
        if not reply.body or "json" in reply.headers.get("content-type", ""):
            raise Garbage("the answer is no sound")
        usage = {"characters": reply.headers.get("character-cost")}
        return answered(request, [Made(kind="audio", mime=mime, data=reply.body)], warnings, usage)

    def status(self, operation: Operation) -> Exchange[Status]:
        """See Provider. Never asked: answers are kept (`keeping.py`)."""
        raise Garbage("there are no jobs here")
        yield

    def cancel(self, operation: Operation) -> Exchange[None]:
        """See Provider."""
        return
        yield

    def fetch(self, output: Output) -> Call:
        """See Provider."""
        return Call(method="GET", url=output.location)

    def check(self) -> Call:
        """See Provider."""
        return Call(method="GET", url="v1/user/subscription")

    def _speech(self, request: Request, fields: dict[str, Any]) -> tuple[str, dict[str, Any], list[str]]:
        """An id of theirs is used as it is; for one of our voices, theirs that is nearest speaks."""
        asked = str(fields.pop("voice", ""))
        warnings = []
        voice = asked
        if not asked or asked[2:3] == "_":
            known = self._voices.get(asked[:2], self._voices["af"])
            voice = known["id"]
            warnings.append(f"voice: {known['name']} of {self.title} speaks")
        speed = float(fields.pop("speed", 1.0))
        made = min(max(speed, _SLOWEST), _FASTEST)
        if made != speed:
            warnings.append(f"speed: {made:g} made, {speed:g} asked for")
        fields["seed"] = request.seed % 2**32
        body = {**fields, "model_id": request.upstream, "voice_settings": {"speed": made}}
        return f"v1/text-to-speech/{voice}", body, warnings

    def _hear(self, request: Request, fields: dict[str, Any], names: Any) -> Exchange[Operation]:
        if request.extra.get("task") == "translate":
            raise EngineError(FailureCode.INVALID_INPUT, f"{self.title} transcribes and does not translate")
        body = {"model_id": request.upstream, "timestamps_granularity": "word", "tag_audio_events": False, **fields}
        body = {name: value for name, value in body.items() if value not in ("", None)}
        warnings = ["prompt: ignored, ElevenLabs takes no hint"] if request.prompt else []
        form = parts(body, by_field(names, request.inputs))
        reply = yield Call(
            method="POST", url="v1/speech-to-text", parts=form, paid=True, longest=64 << 20, seconds=_SECONDS
        )
        self._pass(reply)
        heard = self._transcript(reply.read(Transcription), request)
        made = Made(kind="text", mime="application/json", data=msgspec.json.encode(heard))
        return answered(request, [made], warnings, {"seconds": heard.duration})

    def _pass(self, reply: Reply) -> None:
        """Let a start go on only with a 2xx. Raises EngineError, AmbiguousStart."""
        if reply.ok:
            return
        try:
            detail = reply.read(Refusal).detail
        except Garbage:
            raise self._faults.refused(reply, "", message_of(reply)) from None
        known = next((each for each in (detail.status, detail.code) if self._faults.find(each)), detail.status)
        raise self._faults.refused(reply, known, detail.message)

    def _transcript(self, said: Transcription, request: Request) -> Transcript:
        words = [
            Word(word=f" {each.text.strip()}", start=each.start, end=each.end)
            for each in said.words
            if each.type == "word" and each.start is not None and each.end is not None
        ]
        given = request.inputs[0].duration if request.inputs else 0.0
        duration = said.audio_duration_secs or given or (words[-1].end if words else 0.0)
        segments = sentences(words)
        if not segments and said.text.strip():
            segments = (Segment(start=0.0, end=duration, text=said.text),)
        code = said.language_code.lower()
        language = self._languages.get(code) or find_language(code) or code
        return Transcript(language=language, duration=duration, text=said.text, segments=segments)


def _sound(request: Request, fields: dict[str, Any]) -> tuple[str, dict[str, Any], list[str]]:
    """A sound effect, or music; tags go into the words."""
    tags = fields.pop("tags", "")
    music = request.upstream.startswith("music")
    words = "prompt" if music else "text"
    if tags:
        fields[words] = f"{fields[words]} ({tags})"
    shortest, longest = _MUSIC if music else _SOUND
    seconds = min(max(request.seconds or 10.0, shortest), longest)
    warnings = []
    if request.seconds and abs(seconds - request.seconds) > 0.01:
        warnings.append(f"seconds: {seconds:g} made, {request.seconds:g} asked for")
    if music:
        if request.extra.get("loop"):
            warnings.append("loop: ignored, ElevenLabs has no such setting for music")
        return _MUSIC_PATH, {**fields, "model_id": request.upstream, "music_length_ms": round(seconds * 1000)}, warnings
    return "v1/sound-generation", {**fields, "model_id": request.upstream, "duration_seconds": seconds}, warnings


def _table(name: str) -> Any:
    return tomllib.loads((files(__package__ or "") / name).read_text("utf-8"))
