"""One text-to-audio generation: the render process's entry."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from rushes.engines.contract import EngineError, FailureCode, Mode, Output, Request
from rushes.engines.local.music.composing import compose
from rushes.engines.local.music.dsp import RATE, Sound
from rushes.engines.local.music.effects.sounding import sounding
from rushes.engines.local.music.loudness import SILENCE, loudness
from rushes.engines.local.music.mastering import TARGET, faded, mastered
from rushes.engines.local.music.performing import perform
from rushes.engines.local.music.plan import Choice
from rushes.engines.local.music.reading import Reading, read
from rushes.engines.local.music.voices import Band, voices
from rushes.engines.local.needed import needed
from rushes.media.sound import FORMATS, SoundWriter

SECONDS = (0.2, 600.0)
"""How long a result may be."""

_UNDER, _OVER = -11.0, -3.0
"""Loudness of effects against the music, in LU: where the music is named first, and where they are."""
_NOTED = 0.5
"""LU off the target from which on it is said."""
_MUSIC_FADES, _SOUND_FADES = (0.004, 1.5), (0.004, 0.25)
_SHARE = 0.15
"""Of the length, at most, that a fade takes."""
_BLOCK = 1 << 18


def run(
    request: Request, folder: Path, report: Callable[[float], None], settings: dict[str, Any]
) -> tuple[tuple[Output, ...], tuple[str, ...]]:
    """Compose `request.prompt`, `seconds` of it, to the sample; `count` pieces, each unlike the others.

    extra: tags (text, or a list of it: read as part of the prompt), format (mp3, opus, aac, flac, wav, pcm), loop
    (true: the end joins the beginning). Audio, 48 kHz, two channels, -16 LUFS, below -1 dBTP. Raises EngineError.
    """
    if request.mode is not Mode.TEXT_TO_AUDIO:
        raise EngineError(FailureCode.INVALID_INPUT, f"this engine makes music; it does not do {request.mode}")
    form, loop = _format(request.extra.get("format", "mp3")), _loop(request.extra.get("loop", False))
    shortest, longest = SECONDS
    if not shortest <= request.seconds <= longest:
        raise EngineError(FailureCode.INVALID_INPUT, f"seconds: must be from {shortest:g} to {longest:g}")
    try:
        reading = read(request.prompt, _tags(request.extra.get("tags", "")), request.negative_prompt)
    except ValueError as error:
        raise EngineError(FailureCode.INVALID_INPUT, str(error)) from error
    outputs: list[Output] = []
    warnings = list(reading.warnings)
    for number in range(request.count):

        def part(done: float, number: int = number) -> None:
            report((number + done) / request.count)

        maker = _Maker(reading, request.seconds, request.seed + number, settings, loop=loop)
        sound, notes = maker.make(part)
        warnings += [note for note in notes if note not in warnings]
        path = folder / f"music{number}{FORMATS[form].suffix}"
        with SoundWriter(path, form, rate=RATE, channels=2) as writer:
            for start in range(0, len(sound), _BLOCK):
                writer.write(sound[start : start + _BLOCK])
        part(1.0)
        outputs.append(Output(kind="audio", mime=FORMATS[form].mime, location=str(path)))
    return tuple(outputs), tuple(warnings)


class _Maker:
    """Makes one piece."""

    def __init__(self, reading: Reading, length: float, seed: int, settings: dict[str, Any], *, loop: bool) -> None:
        self._reading, self._plan, self._length, self._seed = reading, reading.plan, length, seed
        self._settings, self._loop = settings, loop

    def make(self, report: Callable[[float], None]) -> tuple[Sound, list[str]]:
        """The finished sound, and what is to be said about it."""
        notes: list[str] = []
        music = self._music(report, notes) if self._plan.music else None
        sound = self._effects() if self._plan.effects else None
        report(0.9)
        if music is None:
            mix = sound
        elif sound is None:
            mix = music
        else:
            mix = _under(music, sound, _OVER if self._reading.effects_first else _UNDER)
        assert mix is not None
        out, heard = mastered(mix, loop=self._loop)
        if heard <= SILENCE:
            raise EngineError(FailureCode.INVALID_INPUT, "prompt: it leaves nothing to be heard")
        if abs(heard - TARGET) > _NOTED:
            notes.append(f"the loudness is {heard:.1f} LUFS, not {TARGET:g}: more would have distorted it")
        return out, notes

    def _music(self, report: Callable[[float], None], notes: list[str]) -> Sound:
        choice, score = compose(self._plan, self._length, self._seed, loop=self._loop)
        if not any(track.notes for track in score.tracks):
            raise EngineError(FailureCode.INVALID_INPUT, "prompt: it leaves no instrument to play")
        self._check_tempo(choice, notes)
        sampled = any(voices()[track.voice].sampled for track in score.tracks)
        band = Band(needed("music", self._settings) if sampled else None)
        mix = perform(score, band, report, loop=self._loop)
        return mix if self._loop else faded(mix, *_fades(_MUSIC_FADES, self._length))

    def _check_tempo(self, choice: Choice, notes: list[str]) -> None:
        asked = self._plan.bpm
        if asked and abs(choice.bpm - asked) > 0.05:
            notes.append(f"the tempo is {choice.bpm:.1f} BPM, not {asked:g}, so that whole bars fill the loop")

    def _effects(self) -> Sound:
        mix = sounding(self._plan.effects, self._length, self._seed, loop=self._loop)
        return mix if self._loop else faded(mix, *_fades(_SOUND_FADES, self._length))


def _under(music: Sound, sound: Sound, level: float) -> Sound:
    """Both, the effects `level` LU against the music."""
    gain = loudness(music) + level - loudness(sound)
    return np.asarray(music + sound * np.float32(10 ** (gain / 20)))


def _fades(wanted: tuple[float, float], length: float) -> tuple[float, float]:
    return min(wanted[0], _SHARE * length), min(wanted[1], _SHARE * length)


def _format(name: Any) -> str:
    if not isinstance(name, str) or name not in FORMATS:
        raise EngineError(FailureCode.INVALID_INPUT, f"format: must be one of {', '.join(FORMATS)}")
    return name


def _loop(given: Any) -> bool:
    if not isinstance(given, bool):
        raise EngineError(FailureCode.INVALID_INPUT, "loop: must be true or false")
    return given


def _tags(given: Any) -> str:
    if isinstance(given, list | tuple) and all(isinstance(tag, str) for tag in given):
        return ", ".join(given)
    if not isinstance(given, str):
        raise EngineError(FailureCode.INVALID_INPUT, "tags: must be text or a list of it")
    return given
