"""The instruments by name, each brought to one loudness so that only its part in the music sets its level."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Protocol

import msgspec
import numpy as np
from msgspec import Struct

from rushes.engines.local.music.dsp import Sound
from rushes.engines.local.music.loudness import loudest
from rushes.engines.local.music.sampled import Sampled
from rushes.engines.local.music.soundfont import SoundFont
from rushes.engines.local.music.synth import ChipDrums, Oscillator, Synth

FONT = "FluidR3Mono_GM.sf3"
_REFERENCE = -20.0
"""LUFS of a note of an instrument, at its loudest, played firmly."""
_FIRM = 0.8
_SNARE = 38
_DRUM_BANK = 128


class Voice(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One table of voices.toml."""

    roles: tuple[str, ...]
    home: str
    program: int | None = None
    bank: int = 0
    synth: Oscillator | None = None
    chip: bool = False
    low: int = 0
    high: int = 127
    send: float = 1.0
    level: float = 0.0

    @property
    def sampled(self) -> bool:
        """Whether it needs the SoundFont."""
        return self.program is not None

    def within(self, pitch: int) -> int:
        """The pitch, moved by octaves into what it plays well."""
        while pitch < self.low:
            pitch += 12
        while pitch > self.high:
            pitch -= 12
        return pitch


class Instrument(Protocol):
    """What plays notes."""

    def note(self, pitch: int, length: float, velocity: float) -> Sound: ...


@cache
def voices() -> dict[str, Voice]:
    """Every instrument there is, by name."""
    table = tomllib.loads((resources.files(__package__) / "voices.toml").read_text("utf-8"))
    return msgspec.convert(table, dict[str, Voice])


class Band:
    """Instruments, made when first asked for. `home` is the SoundFont's folder; None if none of them is sampled."""

    def __init__(self, home: Path | None) -> None:
        self._font = SoundFont(home / FONT) if home else None
        self.instrument = cache(self._instrument)
        self.level = cache(self._level)

    def _instrument(self, name: str) -> Instrument:
        voice = voices()[name]
        if voice.synth:
            return Synth(voice.synth)
        if voice.chip:
            return ChipDrums()
        assert self._font is not None
        assert voice.program is not None
        return Sampled(self._font, voice.bank, voice.program, struck="drums" in voice.roles)

    def _level(self, name: str) -> float:
        """The factor that brings an instrument to the loudness that all have."""
        voice = voices()[name]
        kit = voice.bank == _DRUM_BANK or voice.chip
        pitch = _SNARE if kit else min(max(60, voice.low + 7), voice.high - 7)
        note = self.instrument(name).note(pitch, 0.6, _FIRM)
        heard = loudest(note) if np.any(note) else _REFERENCE
        return float(10 ** ((_REFERENCE + voice.level - heard) / 20))
