"""OpenAI's answers, as far as they are read (the types of the official package `openai` 3.52, from its OpenAPI)."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from rushes.engines.cloud.peers import Told


class Error(Struct):
    """What is wrong. `code` is null where only `type` says something."""

    message: str = ""
    type: str | None = None
    code: str | int | None = None


class Refusal(Struct):
    """The body of an answer that is not 2xx."""

    error: Error


class Accepted(Struct):
    """A video that is to be made."""

    id: str


class Video(Told, kw_only=True):
    """A video as it stands; `progress` in percent."""

    id: str
    status: str
    progress: float | None = None
    seconds: str | float | None = None
    size: str | None = None
    error: Error | None = None


class Image(Struct):
    """One picture, in base64; services that are like OpenAI's may give its address instead."""

    b64_json: str | None = None
    url: str | None = None


class Usage(Struct):
    """Tokens that a picture took."""

    total_tokens: int | None = None


class Images(Struct):
    """Pictures."""

    data: list[Image]
    output_format: str | None = None
    usage: Usage | None = None


class Word(Struct):
    """A spoken word, in seconds."""

    word: str
    start: float
    end: float


class Segment(Struct):
    """A stretch of speech, in seconds."""

    start: float
    end: float
    text: str
    avg_logprob: float = 0.0
    no_speech_prob: float = 0.0


class Transcription(Struct):
    """What was said: `json` has the text only, `verbose_json` the rest too; `language` is an English name there."""

    text: str
    language: str = ""
    duration: float | str = 0.0
    segments: list[Segment] | None = None
    words: list[Word] | None = None
    usage: dict[str, Any] | None = None
