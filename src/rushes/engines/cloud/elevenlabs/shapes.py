"""ElevenLabs' answers, as far as they are read (elevenlabs.io/docs/api-reference/speech-to-text/convert)."""

from __future__ import annotations

from msgspec import Struct


class Word(Struct):
    """A word, what is between two, or a sound that is none (`type`: word, spacing, audio_event). In seconds."""

    text: str
    type: str = "word"
    start: float | None = None
    end: float | None = None
    logprob: float = 0.0


class Transcription(Struct):
    """What was said; the language in three letters (ISO 639-3) or two."""

    text: str
    language_code: str = ""
    words: list[Word] = []
    audio_duration_secs: float | None = None


class Detail(Struct):
    """Why something was refused."""

    status: str = ""
    message: str = ""
    code: str = ""


class Refusal(Struct):
    """The body of an answer that is not 2xx; 422 has a list instead."""

    detail: Detail
