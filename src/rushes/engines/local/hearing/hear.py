"""One speech-to-text generation: the render process's entry."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec

from rushes.engines.contract import (
    EngineError,
    FailureCode,
    Input,
    Mode,
    Output,
    Request,
    Role,
    Segment,
    Transcript,
    Word,
)
from rushes.engines.local.hearing.edges import at_the_sound
from rushes.engines.local.hearing.listen import RATE, Samples, UnhearableError, blocks
from rushes.engines.local.needed import needed
from rushes.processors import threads

_THREADS = 4
_TASKS = ("transcribe", "translate")
_PROMPT = 1000
"""Characters of the hint that are used: the model has room for about that many, and takes the last."""


def run(
    request: Request, folder: Path, report: Callable[[float], None], settings: dict[str, Any]
) -> tuple[tuple[Output, ...], tuple[str, ...]]:
    """Write down what is said in the recording; silence gives an empty transcript.

    extra: language (ISO 639-1, "" to detect), task (transcribe, or translate into English), temperature (0-1,
    0 to let the model raise it where it must), max_seconds (longer recordings are refused; 0 for no limit).
    One output, application/json: a `Transcript`; its language is the one spoken. Raises EngineError.
    """
    if request.mode is not Mode.SPEECH_TO_TEXT:
        raise EngineError(FailureCode.INVALID_INPUT, f"this engine listens; it does not do {request.mode}")
    given = _recording(request)
    options = _options(request)
    model = _loaded(needed("hearing", settings))
    language = _language(request.extra.get("language", ""), model.supported_languages)
    limit = float(request.extra.get("max_seconds", 0))
    segments: list[Segment] = []
    samples = 0
    try:
        for block in blocks(Path(given.path)):
            offset = samples / RATE
            samples += len(block)
            if limit and samples / RATE > limit:
                raise EngineError(FailureCode.INVALID_INPUT, f"the recording is longer than {limit:g} seconds")
            whole = max(given.duration, samples / RATE)
            recognised, spoken = _heard(model, block, language, options)
            found: list[Any] = []
            for segment in recognised:
                found.append(segment)
                report(min(offset + float(segment.end), samples / RATE) / whole)
            clock = _Clock(offset, segments[-1].end if segments else 0.0, samples / RATE)
            segments += _segments(found, block, clock)
            # One recording, one language: that of its first words.
            language = language or (spoken if found else "")
            report(samples / RATE / whole)
    except UnhearableError as error:
        raise EngineError(FailureCode.INVALID_INPUT, str(error)) from error
    transcript = Transcript(
        language=language,
        duration=samples / RATE,
        text=" ".join(segment.text for segment in segments),
        segments=tuple(segments),
    )
    path = folder / "transcript.json"
    path.write_bytes(msgspec.json.encode(transcript))
    return (Output(kind="text", mime="application/json", location=str(path)),), ()


def _heard(model: Any, block: Samples, language: str, options: dict[str, Any]) -> tuple[Iterable[Any], str]:
    """The segments of one block, recognised while they are read, and the language; nothing where nobody speaks."""
    found, info = model.transcribe(block, language=language or None, **options)
    return (found, info.language) if info.duration_after_vad > 0 else ((), "")


def _whole_words(found: Iterable[Any]) -> list[tuple[str, float, float]]:
    """Words with their times. What goes on without a space and is no letter belongs to the word before: "$3" ".50"."""
    words: list[tuple[str, float, float]] = []
    for part in found:
        text = part.word.strip()
        if not text:
            continue
        if words and not part.word[0].isspace() and not text[0].isalpha():
            before, start, _ = words.pop()
            words.append((before + text, start, part.end))
        else:
            words.append((text, part.start, part.end))
    return words


def _segments(found: list[Any], block: Samples, clock: _Clock) -> list[Segment]:
    """Segments with their words, in the recording's own time."""
    lists = [_whole_words(segment.words or ()) for segment in found]
    said = [(start, end) for words in lists for _, start, end in words]
    times = iter(at_the_sound(said, block, RATE))
    return [
        _segment(segment, [(text, *next(times)) for text, _, _ in words], clock)
        for segment, words in zip(found, lists, strict=True)
    ]


def _segment(found: Any, said: list[tuple[str, float, float]], clock: _Clock) -> Segment:
    start = clock.at(found.start) if not said else 0.0
    words = tuple(Word(word=text, start=clock.at(start), end=clock.at(end)) for text, start, end in said)
    return Segment(
        start=words[0].start if words else start,
        end=words[-1].end if words else clock.at(found.end),
        text=found.text.strip(),
        words=words,
        avg_logprob=float(found.avg_logprob),
        no_speech_prob=float(found.no_speech_prob),
    )


class _Clock:
    """A block's times as the recording's: never going back, nor beyond the end, in whole milliseconds."""

    def __init__(self, offset: float, now: float, end: float) -> None:
        self._offset = offset
        self._now = now
        self._end = end

    def at(self, seconds: float) -> float:
        # float: the recogniser's are numpy's.
        self._now = max(self._now, min(round(self._offset + float(seconds), 3), self._end))
        return self._now


def _recording(request: Request) -> Input:
    if not request.inputs:
        raise EngineError(FailureCode.INVALID_INPUT, f"{Role.AUDIO}: is required for {request.mode}")
    return request.inputs[0]


def _options(request: Request) -> dict[str, Any]:
    task = request.extra.get("task", "transcribe")
    if task not in _TASKS:
        raise EngineError(FailureCode.INVALID_INPUT, f"task: must be one of {', '.join(_TASKS)}")
    temperature = request.extra.get("temperature", 0)
    if not isinstance(temperature, int | float) or not math.isfinite(temperature) or not 0 <= temperature <= 1:
        raise EngineError(FailureCode.INVALID_INPUT, "temperature: must be from 0 to 1")
    options: dict[str, Any] = {
        "task": task,
        "initial_prompt": request.prompt.strip()[-_PROMPT:] or None,
        "word_timestamps": True,
        # Without it the model makes up thanks and applause where there is silence or noise.
        "vad_filter": True,
        # A phrase that is repeated once would be repeated to the end.
        "condition_on_previous_text": False,
    }
    return options | ({"temperature": temperature} if temperature else {})


def _language(given: Any, known: list[str]) -> str:
    code = str(given).strip().lower().replace("_", "-").partition("-")[0]
    if code and code not in known:
        raise EngineError(FailureCode.INVALID_INPUT, f"language: must be one of {', '.join(sorted(known))}, or empty")
    return code


@lru_cache(maxsize=1)
def _loaded(folder: Path) -> Any:
    """The model, kept by this process from one task to the next."""
    from faster_whisper import WhisperModel

    return WhisperModel(
        str(folder), device="cpu", compute_type="int8", cpu_threads=threads(_THREADS), local_files_only=True
    )
