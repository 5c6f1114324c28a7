"""One text-to-speech generation: the render process's entry."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from rushes.engines.contract import EngineError, FailureCode, Mode, Output, Request
from rushes.engines.local.needed import needed
from rushes.engines.local.speech.kokoro import FASTEST, RATE, SLOWEST, loaded
from rushes.engines.local.speech.pieces import pieces
from rushes.engines.local.speech.wording import breathable, british_numbers, written_as_said
from rushes.media.sound import FORMATS, SoundWriter, stretch

SPEEDS = (0.25, 4.0)


def run(
    request: Request, folder: Path, report: Callable[[float], None], settings: dict[str, Any]
) -> tuple[tuple[Output, ...], tuple[str, ...]]:
    """Say `request.prompt`. extra: voice (a name of Kokoro's, such as bm_george), speed (0.25-4), format.

    One output, audio, 24 kHz, one channel. Raises EngineError.
    """
    if request.mode is not Mode.TEXT_TO_SPEECH:
        raise EngineError(FailureCode.INVALID_INPUT, f"this engine speaks; it does not do {request.mode}")
    form, speed = _format(request.extra.get("format", "mp3")), _speed(request.extra.get("speed", 1.0))
    model = loaded(needed("voice", settings))
    voice = _voice(request.extra.get("voice", ""), model.voices())
    british = voice.startswith("b")
    text, lost = written_as_said(request.prompt, british=british)
    said = pieces(text, _reader(british))
    if not said:
        raise EngineError(FailureCode.INVALID_INPUT, "there is nothing in the text that an English voice can say")
    path = folder / f"speech{FORMATS[form].suffix}"
    native = min(max(speed, SLOWEST), FASTEST)
    total, done = sum(len(piece.phonemes) for piece in said), 0
    with SoundWriter(path, form, rate=RATE) as writer:
        for number, piece in enumerate(said, 1):
            writer.write(stretch(model.say(piece.phonemes, voice, native), RATE, speed / native))
            if number < len(said):
                writer.write(np.zeros(round(piece.pause / speed * RATE), np.float32))
            done += len(piece.phonemes)
            report(done / total)
    warnings = (f"{lost} letters of scripts that an English voice cannot read were left out",) if lost else ()
    return (Output(kind="audio", mime=FORMATS[form].mime, location=str(path)),), warnings


def _format(name: Any) -> str:
    if not isinstance(name, str) or name not in FORMATS:
        raise EngineError(FailureCode.INVALID_INPUT, f"format: must be one of {', '.join(FORMATS)}")
    return name


def _speed(given: Any) -> float:
    slowest, fastest = SPEEDS
    if not isinstance(given, int | float) or not math.isfinite(given) or not slowest <= given <= fastest:
        raise EngineError(FailureCode.INVALID_INPUT, f"speed: must be from {slowest:g} to {fastest:g}")
    return float(given)


def _voice(name: Any, known: list[str]) -> str:
    if not isinstance(name, str) or name not in known:
        raise EngineError(FailureCode.INVALID_INPUT, f"voice: must be one of {', '.join(known)}")
    return name


@lru_cache(maxsize=2)
def _reader(british: bool) -> Callable[[str], str]:
    """From a sentence to phonemes, in one of the two Englishes; its dictionaries are kept by this process."""
    from hibari.g2p import G2P
    from hibari.g2p.normalize import normalize

    phonemes = G2P(british=british)

    def read(sentence: str) -> str:
        plain = normalize(sentence)
        said: str = phonemes(breathable(british_numbers(plain) if british else plain), normalize_text=False)
        return said

    return read
