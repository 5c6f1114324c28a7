"""Between /audio and the core. No input or output happens here."""

from __future__ import annotations

import math
import zlib
from base64 import b64encode
from collections.abc import Iterator, Sequence
from typing import Literal, cast, get_args

from msgspec import UNSET

from rushes.catalog import Catalog, Plan, Wish, measured
from rushes.dialects.kit.problems import invalid
from rushes.dialects.kit.submitting import Revise
from rushes.dialects.openai import shapes_audio as shapes
from rushes.dialects.openai.errors import unsupported
from rushes.dialects.openai.planning import find_model
from rushes.engines.contract import Mode, Segment, Transcript
from rushes.engines.languages import languages
from rushes.engines.transcripts import cues_of
from rushes.library import Asset
from rushes.media.subtitles import to_srt, to_vtt

MOST_BYTES = 26_214_400
SPEECH_NAMES = {"prompt": "input", "format": "response_format"}
SOUNDS = {
    "mp3": "audio/mpeg",
    "opus": "audio/ogg",
    "aac": "audio/aac",
    "flac": "audio/flac",
    "wav": "audio/wav",
    "pcm": "audio/pcm",
}
"""Media types by format."""
TEXTS = {"srt": "application/x-subrip", "vtt": "text/vtt", "text": "text/plain"}
"""Media types of transcripts that are no JSON."""
Task = Literal["transcribe", "translate"]
_NO_SOUND_EVENTS = frozenset(("tts-1", "tts-1-hd"))
"""Models whose speech is not sent as events, as the reference says of `stream_format`."""
_NO_TEXT_EVENTS = frozenset(("whisper-1",))
"""Models with which `stream` is ignored, as the reference says."""


def speech_wish(catalog: Catalog, body: shapes.CreateSpeech) -> tuple[Wish, list[str]]:
    """What a speech asks for, and warnings."""
    model = find_model(catalog, body.model, (Mode.TEXT_TO_SPEECH,))
    if body.stream_format == "sse" and model.id in _NO_SOUND_EVENTS:
        reason = f"leave it out, {model.id} streams the sound itself"
        raise unsupported("stream_format sse", reason, "stream_format")
    wish = Wish(
        model=model.id,
        prompt=body.input,
        mode=Mode.TEXT_TO_SPEECH,
        voice=body.voice if isinstance(body.voice, str) else body.voice.id,
        speed=body.speed,
        format=body.response_format,
    )
    return wish, ["instructions: ignored, the voice is the same for all texts"] if body.instructions else []


def recording_wish(
    catalog: Catalog, body: shapes.CreateTranscription | shapes.CreateTranslation, task: Task
) -> tuple[Wish, list[str]]:
    """What a transcription or translation asks for, and warnings."""
    model = find_model(catalog, body.model, (Mode.SPEECH_TO_TEXT,))
    if body.stream and isinstance(body, shapes.CreateTranslation):
        raise unsupported("stream", "leave it out, a translation is answered whole", "stream")
    language = ""
    warned = [f"stream: ignored, {model.id} answers whole"] if body.stream and model.id in _NO_TEXT_EVENTS else []
    if isinstance(body, shapes.CreateTranscription):
        language = (body.language or "").lower()
        if language and language not in languages():
            raise invalid("language", "must be an ISO 639-1 code, like en")
        if body.timestamp_granularities and form(body) != "verbose_json":
            raise invalid("timestamp_granularities", "needs response_format verbose_json")
        warned += [f"include: {name[:50]} is not known here" for name in body.include or ()]
    extra = {"language": language, "task": task, "temperature": body.temperature or 0.0}
    return Wish(model=model.id, prompt=body.prompt or "", mode=Mode.SPEECH_TO_TEXT, extra=extra), warned


def form(body: shapes.CreateTranscription | shapes.CreateTranslation) -> shapes.Format:
    """The form of the answer. Raises a Problem."""
    allowed = get_args(shapes.Format)
    wanted = body.response_format or "json"
    if wanted not in allowed:
        raise invalid("response_format", f"must be one of {', '.join(allowed)}")
    return cast(shapes.Format, wanted)


def is_streamed(model: str, body: shapes.CreateTranscription | shapes.CreateTranslation, wanted: shapes.Format) -> bool:
    """Whether a transcript by the model is sent as events. Raises a Problem where it has no form for that."""
    if not body.stream or model in _NO_TEXT_EVENTS:
        return False
    if wanted != "json":
        raise invalid("response_format", "must be json where stream is true")
    return True


def by_length(catalog: Catalog) -> Revise:
    """Prices a plan by its recording."""

    def revise(plan: Plan, staged: Sequence[Asset]) -> Plan:
        return measured(catalog, plan, staged[0].duration)

    return revise


def plain(transcript: Transcript) -> shapes.Transcription:
    """What was said."""
    return shapes.Transcription(text=transcript.text, usage=_usage(transcript))


def verbose(
    transcript: Transcript, plan: Plan, granularities: Sequence[shapes.Granularity]
) -> shapes.VerboseTranscription:
    """What was said and when; by segments where nothing else is asked for."""
    words = [
        shapes.Word(word=word.word.strip(), start=word.start, end=word.end)
        for segment in transcript.segments
        for word in segment.words
    ]
    task, temperature = plan.extra["task"], plan.extra["temperature"]
    segments = [_segment(number, segment, temperature) for number, segment in enumerate(transcript.segments)]
    return shapes.VerboseTranscription(
        task=task,
        language="english" if task == "translate" else languages().get(transcript.language, transcript.language),
        duration=transcript.duration,
        text=transcript.text,
        usage=_usage(transcript),
        segments=segments if "segment" in granularities or not granularities else UNSET,
        words=words if "word" in granularities else UNSET,
    )


def text(transcript: Transcript, wanted: shapes.Format) -> str:
    """The transcript as plain text, SRT or WebVTT."""
    if wanted == "text":
        return transcript.text.strip() + "\n"
    return to_srt(cues_of(transcript)) if wanted == "srt" else to_vtt(cues_of(transcript))


def text_events(transcript: Transcript) -> Iterator[shapes.TextDelta | shapes.TextDone]:
    """What was said, a piece for each segment, and then the whole."""
    at = 0
    for segment in transcript.segments:
        said = segment.text.strip()
        found = transcript.text.find(said, at)
        if said and found >= 0:
            end = found + len(said)
            yield shapes.TextDelta(delta=transcript.text[at:end])
            at = end
    if transcript.text[at:]:
        yield shapes.TextDelta(delta=transcript.text[at:])
    yield shapes.TextDone(text=transcript.text)


def sound_event(sound: bytes) -> shapes.SoundDelta:
    """A piece of a speech's file."""
    return shapes.SoundDelta(audio=b64encode(sound).decode())


def _segment(number: int, segment: Segment, temperature: float) -> shapes.Segment:
    data = segment.text.encode()
    return shapes.Segment(
        id=number,
        start=segment.start,
        end=segment.end,
        text=segment.text,
        temperature=temperature,
        avg_logprob=segment.avg_logprob,
        compression_ratio=len(data) / len(zlib.compress(data)),
        no_speech_prob=segment.no_speech_prob,
    )


def _usage(transcript: Transcript) -> shapes.AudioUsage:
    return shapes.AudioUsage(seconds=math.ceil(transcript.duration))
