"""The JSON and the forms of /audio."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

Format = Literal["json", "text", "srt", "vtt", "verbose_json"]
Granularity = Literal["word", "segment"]


class VoiceId(Struct, kw_only=True):
    """A voice by its id."""

    id: str


class CreateSpeech(Struct, kw_only=True):
    """What to say, and how."""

    model: str
    input: str
    voice: str | VoiceId
    response_format: str | None = None
    """mp3, opus, aac, flac, wav or pcm (24 kHz, 16 bit, mono)."""
    speed: Annotated[float, Meta(ge=0.25, le=4)] | None = None
    instructions: str | None = None
    stream_format: Literal["audio", "sse"] | None = None


class _Recording(Struct, kw_only=True):
    model: str
    prompt: str | None = None
    response_format: str | None = None
    temperature: Annotated[float, Meta(ge=0, le=1)] | None = None
    stream: bool | None = None


class CreateTranscription(_Recording, kw_only=True):
    """How to write down the form's `file`. `response_format` is json, text, srt, vtt or verbose_json."""

    language: str | None = None
    timestamp_granularities: list[Granularity] | None = None
    include: list[str] | None = None


class CreateTranslation(_Recording, kw_only=True):
    """How to write down the form's `file` in English."""


class AudioUsage(Struct, kw_only=True):
    """What is paid for: the recording's length."""

    seconds: float
    type: Literal["duration"] = "duration"


class TokenUsage(Struct, kw_only=True):
    """Nothing is paid for by tokens here."""

    input_tokens: int = 0
    output_tokens: int = 0
    total_tokens: int = 0


class SoundDelta(Struct, kw_only=True):
    """A piece of a speech's file, base64."""

    audio: str
    type: Literal["speech.audio.delta"] = "speech.audio.delta"


class SoundDone(Struct, kw_only=True):
    """The speech is whole."""

    usage: TokenUsage
    type: Literal["speech.audio.done"] = "speech.audio.done"


class TextDelta(Struct, kw_only=True):
    """A piece of a transcript."""

    delta: str
    type: Literal["transcript.text.delta"] = "transcript.text.delta"


class TextDone(Struct, kw_only=True):
    """The whole transcript."""

    text: str
    type: Literal["transcript.text.done"] = "transcript.text.done"


class Transcription(Struct, kw_only=True):
    """What was said."""

    text: str
    usage: AudioUsage


class Segment(Struct, kw_only=True):
    """About a sentence. Times in seconds. `tokens` is empty and `seek` 0: the engines here do not tell them."""

    id: int
    start: float
    end: float
    text: str
    temperature: float
    avg_logprob: float
    compression_ratio: float
    no_speech_prob: float
    seek: int = 0
    tokens: tuple[()] = ()


class Word(Struct, kw_only=True):
    """A word. Times in seconds."""

    word: str
    start: float
    end: float


class VerboseTranscription(Struct, kw_only=True):
    """What was said and when."""

    task: Literal["transcribe", "translate"]
    language: str
    duration: float
    text: str
    usage: AudioUsage
    segments: list[Segment] | UnsetType = UNSET
    words: list[Word] | UnsetType = UNSET
