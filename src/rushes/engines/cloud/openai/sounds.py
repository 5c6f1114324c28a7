"""audio/speech and audio/transcriptions (…/translations): both are answered with the result itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from rushes.engines.cloud.codes import Faults
from rushes.engines.cloud.exchange import Call, Exchange, Garbage, Reply
from rushes.engines.cloud.keeping import Made
from rushes.engines.cloud.openai.forms import parts, said
from rushes.engines.cloud.openai.shapes import Transcription
from rushes.engines.cloud.results import answered
from rushes.engines.cloud.transcripts import spread
from rushes.engines.contract import Input, Operation, Request, Segment, Transcript, Word
from rushes.engines.languages import find_language

MIMES = {
    "mp3": "audio/mpeg",
    "opus": "audio/ogg",
    "aac": "audio/aac",
    "flac": "audio/flac",
    "wav": "audio/wav",
    "pcm": "audio/pcm",
}
"""Media types by format."""
_LONGEST = 256 << 20
_SECONDS = 600.0


def speak(
    request: Request, fields: dict[str, Any], warnings: tuple[str, ...], faults: Faults, headers: dict[str, str]
) -> Exchange[Operation]:
    """Have a text spoken."""
    body = {"model": request.upstream, **fields}
    reply = yield Call(
        method="POST", url="audio/speech", json=body, headers=headers, paid=True, longest=_LONGEST, seconds=_SECONDS
    )
    if not reply.ok:
        raise faults.refused(reply, *said(reply))
    return answered(request, [sound(reply, request)], warnings)


def sound(reply: Reply, request: Request) -> Made:
    """An answer that is a sound. Raises Garbage for one that is something else."""
    if not reply.body or reply.headers.get("content-type", "").startswith(("application/json", "text/")):
        raise Garbage("the answer is no sound")
    return Made(kind="audio", mime=MIMES[request.extra.get("format", "mp3")], data=reply.body)


def hear(
    request: Request,
    fields: dict[str, Any],
    files: Mapping[str, list[Input]],
    warnings: tuple[str, ...],
    faults: Faults,
    headers: dict[str, str],
) -> Exchange[Operation]:
    """Have a recording written down, or translated into English."""
    translating = request.extra.get("task") == "translate"
    body = {"model": request.upstream, **fields}
    body = {name: value for name, value in body.items() if value != ""}
    form = list(parts(body, files))
    if translating:
        form = [part for part in form if part.name != "language"]
    elif body.get("response_format") == "verbose_json":
        form += parts({"timestamp_granularities[]": "word"}, {}) + parts({"timestamp_granularities[]": "segment"}, {})
    url = "audio/translations" if translating else "audio/transcriptions"
    reply = yield Call(
        method="POST", url=url, parts=tuple(form), headers=headers, paid=True, longest=32 << 20, seconds=_SECONDS
    )
    if not reply.ok:
        raise faults.refused(reply, *said(reply))
    heard = _transcript(reply.read(Transcription), request)
    made = Made(kind="text", mime="application/json", data=msgspec.json.encode(heard))
    return answered(request, [made], warnings, {"seconds": heard.duration})


def _transcript(said: Transcription, request: Request) -> Transcript:
    duration = float(said.duration or 0.0) or (request.inputs[0].duration if request.inputs else 0.0)
    segments = [
        Segment(
            start=each.start,
            end=each.end,
            text=each.text,
            avg_logprob=each.avg_logprob,
            no_speech_prob=each.no_speech_prob,
        )
        for each in said.segments or ()
    ]
    if not segments and said.text.strip():
        segments = [Segment(start=0.0, end=duration, text=said.text)]
    language = find_language(said.language) or find_language(str(request.extra.get("language", ""))) or ""
    return Transcript(
        language=language,
        duration=duration,
        text=said.text,
        segments=spread(segments, [Word(word=each.word, start=each.start, end=each.end) for each in said.words or ()]),
    )
