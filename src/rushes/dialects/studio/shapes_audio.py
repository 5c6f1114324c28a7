"""The JSON of music, speech and subtitles. Times in seconds, times of day in ISO 8601."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from rushes.dialects.studio.shapes_editing import Clip
from rushes.dialects.studio.shapes_history import Status

MOST_TAGS = 500
"""Characters of all tags together."""


class GenerateAudio(Struct, kw_only=True):
    """What music or sound, how long, and tags: genre, mood, instruments, as a list or with commas, in at most 500
    characters.
    """

    prompt: str
    duration_seconds: Annotated[float, Meta(ge=0.5, le=300)] = 30.0
    tags: str | list[str] = ""
    seed: int | None = None


class GenerateSpeech(Struct, kw_only=True):
    """The text to say. `voice_id` is one of /api/tts/voices."""

    text: str
    voice_id: str = "en_gb_female"
    speed: Annotated[float, Meta(ge=0.5, le=2)] = 1.0


class GenerateSubtitles(Clip, kw_only=True):
    """Which video; `language` is a code or a name, "auto" or left out to be found out."""

    language: Annotated[str, Meta(max_length=40)] = "auto"


class TranslateSubtitles(Struct, kw_only=True):
    """Which subtitles, made here, into which language: a code or a name."""

    srt_filename: Annotated[str, Meta(min_length=1, max_length=200)]
    target_language: Annotated[str, Meta(min_length=2, max_length=40)]


class Voice(Struct, kw_only=True):
    """One voice of speech."""

    id: str
    name: str
    description: str
    language: str
    gender: str


class VoiceList(Struct, kw_only=True):
    """The voices there are; the document's four come first. `required_tier` may use them."""

    voices: list[Voice]
    required_tier: str


class AudioGeneration(Struct, kw_only=True):
    """One piece of music, sound or speech of the caller's."""

    id: str
    job_id: str
    mode: str
    model: str
    prompt: str
    status: Status
    progress: int
    cost: int
    engine: str
    filename: str | None
    url: str | None
    duration_seconds: float | None
    size: int | None
    warnings: list[str]
    error: str | None
    created_at: str
    completed_at: str | None


class AudioList(Struct, kw_only=True):
    """Newest first; `total` counts all there are."""

    generations: list[AudioGeneration]
    total: int
    limit: int
    offset: int
