"""Recordings whose words are known to the millisecond: each is spoken alone, and put where it should be heard."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from rushes.engines.local.hearing.listen import RATE, blocks
from rushes.media.sound import SoundWriter
from tests.speech.spoken import speak

Samples = NDArray[np.float32]

_AUDIBLE = 0.03
"""Of a word's loudest moment: what is fainter is not heard to belong to it."""
_MOMENT = RATE // 100


class Placed(Struct, frozen=True):
    """A word and when it is heard, in seconds."""

    word: str
    start: float
    end: float


def spaced(
    folder: Path, settings: dict[str, Any], words: list[str], gaps: list[float], voice: str
) -> tuple[Path, list[Placed]]:
    """A WAV in which each word follows its gap (seconds of silence), and when its words are heard."""
    parts: list[Samples] = []
    placed: list[Placed] = []
    made = 0
    for number, (word, gap) in enumerate(zip(words, gaps, strict=True)):
        spoken = audible(_spoken(folder / str(number), settings, word, voice))
        start = made + round(gap * RATE)
        parts += [np.zeros(start - made, np.float32), spoken]
        made = start + len(spoken)
        placed.append(Placed(word, start / RATE, made / RATE))
    parts.append(np.zeros(RATE // 2, np.float32))
    path = folder / "spaced.wav"
    with SoundWriter(path, "wav", rate=RATE) as writer:
        writer.write(np.concatenate(parts))
    return path, placed


def audible(sound: Samples) -> Samples:
    """The sound from its first moment that is heard to its last."""
    count = len(sound) // _MOMENT
    loud = np.sqrt(np.square(sound[: count * _MOMENT]).reshape(count, _MOMENT).mean(axis=1))
    heard = np.flatnonzero(loud > _AUDIBLE * loud.max())
    return sound[heard[0] * _MOMENT : (heard[-1] + 1) * _MOMENT]


def _spoken(folder: Path, settings: dict[str, Any], word: str, voice: str) -> Samples:
    return np.concatenate(list(blocks(speak(folder, settings, word, voice))))
