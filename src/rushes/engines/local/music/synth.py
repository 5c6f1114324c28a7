"""Instruments without samples: oscillators read from band-limited tables, and the drums of old game consoles."""

from __future__ import annotations

import zlib
from functools import cache
from typing import Literal

import numpy as np
from msgspec import Struct

from rushes.engines.local.music.dsp import RATE, Sound, Wave, band, filtered, seconds

_TABLE = 4096
_HARMONICS = 320


class Oscillator(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How one synthetic instrument sounds. Times in seconds, cutoff in Hz, detune and vibrato in cents.

    `voices` oscillators are spread over `detune` and over the stereo width; the tone opens by `sweep` octaves at the
    start and closes again in `closing`; `drop` semitones are fallen at once at the start: the thump of a bass drum.
    """

    wave: Literal["saw", "square", "pulse", "thin", "triangle", "sine", "organ", "glass"]
    voices: int = 1
    detune: float = 0.0
    width: float = 0.0
    cutoff: float = 20_000.0
    sweep: float = 0.0
    closing: float = 0.3
    attack: float = 0.005
    decay: float = 0.2
    sustain: float = 1.0
    release: float = 0.05
    vibrato: float = 0.0
    drop: float = 0.0
    drive: float = 0.0


class Synth:
    """An instrument of oscillators."""

    def __init__(self, made: Oscillator) -> None:
        self._made = made
        self._table = cache(self._cycle)

    def note(self, pitch: int, length: float, velocity: float) -> Sound:
        """A note of `length` seconds and its release; velocity 0-1."""
        made = self._made
        n = seconds(length + made.release)
        time = np.arange(n) / RATE
        frequency = 440 * 2 ** ((pitch - 69) / 12)
        bright = (np.exp(-time / made.closing) * (0.4 + 0.6 * velocity)).astype(np.float32)
        out = np.zeros((n, 2), np.float32)
        rng = np.random.default_rng(pitch)
        for number in range(made.voices):
            place = 2 * number / (made.voices - 1) - 1 if made.voices > 1 else 0.0
            turns = self._turns(time, frequency * 2 ** (place * made.detune / 1200)) + (rng.random() if number else 0)
            wave = _read(self._table(pitch, made.cutoff), turns)
            if made.sweep:
                wave += bright * (_read(self._table(pitch, made.cutoff * 2**made.sweep), turns) - wave)
            side = (place * made.width + 1) * np.pi / 4
            out += wave[:, None] * np.array([np.cos(side), np.sin(side)], np.float32)
        if made.drive:
            out = np.tanh(out * made.drive) / np.float32(np.tanh(made.drive))
        heard: Sound = out * (self._envelope(time, length) * velocity**1.5).astype(np.float32)[:, None]
        return heard

    def _turns(self, time: np.ndarray, frequency: float) -> np.ndarray:
        """How often the wave has gone round at each moment."""
        made = self._made
        turns = frequency * time
        if made.vibrato:
            # It comes in once the note has been held for a while.
            depth = np.log(2) * made.vibrato / 1200 * np.clip(time - 0.25, 0, 0.4) / 0.4
            turns = turns - frequency * depth * np.cos(2 * np.pi * 5.2 * time) / (2 * np.pi * 5.2)
        if made.drop:
            extra = 2 ** (made.drop / 12) - 1
            turns = turns + frequency * extra * 0.02 * (1 - np.exp(-time / 0.02))
        return turns

    def _envelope(self, time: np.ndarray, length: float) -> np.ndarray:
        made = self._made

        def held(at: np.ndarray) -> np.ndarray:
            fall = made.sustain + (1 - made.sustain) * np.exp(-np.maximum(at - made.attack, 0) / made.decay)
            return np.asarray(np.minimum(at / made.attack, 1.0) * fall)

        after = np.clip((time - length) / made.release, 0, 1)
        return np.asarray(held(np.minimum(time, length)) * (1 - after) ** 2)

    def _cycle(self, pitch: int, cutoff: float) -> Wave:
        """One round of the wave at a pitch, with no harmonic that could fold back."""
        frequency = 440 * 2 ** ((pitch - 69) / 12)
        k = np.arange(1, min(_HARMONICS, max(1, int(0.45 * RATE / frequency))) + 1)
        duty = {"pulse": 0.25, "thin": 0.125}.get(self._made.wave, 0.5)
        shapes = {
            "saw": 1 / k,
            "square": np.where(k % 2, 1 / k, 0.0),
            "pulse": np.sin(np.pi * k * duty) / k,
            "thin": np.sin(np.pi * k * duty) / k,
            "triangle": np.where(k % 2, (-1.0) ** (k // 2) / k**2, 0.0),
            "sine": np.where(k == 1, 1.0, 0.0),
            "organ": np.select([k == 1, k == 2, k == 3, k == 4, k == 8], [1.0, 0.8, 0.5, 0.5, 0.25], 0.0),
            "glass": np.select([k == 1, k == 4, k == 10], [1.0, 0.25, 0.06], 0.0),
        }
        spectrum = np.zeros(_TABLE // 2 + 1, complex)
        spectrum[k] = -1j * shapes[self._made.wave] / np.sqrt(1 + (k * frequency / cutoff) ** 4)
        wave = np.fft.irfft(spectrum, _TABLE)
        return np.append(wave, wave[0]).astype(np.float32) * np.float32(_TABLE / 4)


class ChipDrums:
    """Noise and falling tones, by the drum numbers of General MIDI."""

    def note(self, pitch: int, length: float, velocity: float) -> Sound:
        """One stroke, as long as it lasts; velocity 0-1."""
        mono = _stroke(pitch) * np.float32(velocity**1.5)
        return np.repeat(mono[:, None], 2, axis=1)


@cache
def _stroke(pitch: int) -> Wave:
    if pitch in (35, 36):
        return _fall(150, 45, 0.16)
    if pitch in (41, 43, 45, 47, 48, 50):
        return _fall(90 + 9 * (pitch - 38), 60 + 6 * (pitch - 38), 0.2)
    noises = {38: (0.18, 400, 9_000), 40: (0.18, 400, 9_000), 39: (0.15, 800, 7_000), 49: (0.9, 3_000, 18_000)}
    falls, low, high = noises.get(pitch, (0.25 if pitch == 46 else 0.05, 6_000, 20_000))
    n = seconds(falls * 1.6)
    rng = np.random.default_rng(zlib.crc32(bytes([pitch])))
    hiss = filtered(np.repeat(rng.uniform(-1, 1, n // 2 + 1), 2)[:n].astype(np.float32), band(low, high))
    wave: Wave = (hiss * np.exp(-np.arange(n) / seconds(falls / 3))).astype(np.float32)
    return wave + (_fall(260, 160, falls * 1.6)[:n] * np.float32(0.5) if pitch in (38, 40) else 0)


def _fall(start: float, end: float, length: float) -> Wave:
    time = np.arange(seconds(length)) / RATE
    turns = np.cumsum(end + (start - end) * np.exp(-time / (length / 5))) / RATE
    wave: Wave = (2 * np.abs(2 * (turns % 1) - 1) - 1).astype(np.float32)
    return wave * np.exp(-time / (length / 3)).astype(np.float32) * (1 - time / length).astype(np.float32)


def _read(table: Wave, turns: np.ndarray) -> Wave:
    at = (turns % 1.0) * _TABLE
    whole = at.astype(np.int64)
    part = (at - whole).astype(np.float32)
    wave: Wave = table[whole] * (1 - part) + table[whole + 1] * part
    return wave
