"""Instruments from a SoundFont: one note at a time."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from rushes.engines.local.music.dsp import RATE, Sound, Wave, filtered, low_pass, seconds
from rushes.engines.local.music.soundfont import Region, SoundFont

_TAIL = 4.0
"""Seconds that a note may go on sounding once it is let go."""
_AUDIBLE = 0.7
"""Of the 100 dB that a release falls, what can be heard."""
_LOWEST, _OPEN = 24.0, 15_000.0
"""Hz: below the one nothing is heard; filters above the other are none."""
_STEP = RATE // 4
_KEPT = 160
"""Pitched samples kept for the notes that come again: about 50 MB."""


class Sampled:
    """One program of a SoundFont. With `struck` notes last as long as the sample does: drums."""

    def __init__(self, font: SoundFont, bank: int, program: int, *, struck: bool = False) -> None:
        self._font = font
        self._struck = struck
        self._all = font.regions(bank, program)
        self._pitched = lru_cache(maxsize=_KEPT)(self._resampled)

    def note(self, pitch: int, length: float, velocity: float) -> Sound:
        """A note of `length` seconds and its release; velocity 0-1. Nothing where a kit has no such drum."""
        regions = self._sounding(pitch, max(1, round(velocity * 127)))
        parts = [self._part(region, pitch, length, velocity) for region in regions]
        out = np.zeros((max((len(part) for part in parts), default=0), 2), np.float32)
        for part in parts:
            out[: len(part)] += part
        return out

    def _sounding(self, pitch: int, velocity: int) -> list[Region]:
        found = [region for region in self._all if region.sounds(pitch, velocity)]
        if found or self._struck:
            return found
        # Beyond an instrument's compass its last sample is stretched.
        nearest = min(self._all, key=lambda r: max(r.keys[0] - pitch, pitch - r.keys[1], 0))
        return [r for r in self._all if r.keys == nearest.keys and r.velocities == nearest.velocities]

    def _part(self, region: Region, pitch: int, length: float, velocity: float) -> Sound:
        release = min(max(region.release, 0.03) * _AUDIBLE, _TAIL)
        if self._struck and not region.looped:
            length, release = self._natural(region, pitch), 0.05
        n = seconds(length + release)
        band = 2.0 ** (-2.0 * (1.0 - round(velocity * 4) / 4))
        wave = self._pitched(region, pitch, -(-n // _STEP) * _STEP, region.cutoff * band)[:n]
        heard = wave * _envelope(region, pitch, n, length) * np.float32(region.level * velocity**2)
        fade = min(n, seconds(0.004))
        heard[n - fade :] *= np.linspace(1.0, 0.0, fade, dtype=np.float32)
        side = (region.pan + 1) * np.pi / 4
        return heard[:, None] * np.array([np.cos(side), np.sin(side)], np.float32) * np.float32(np.sqrt(2))

    def _natural(self, region: Region, pitch: int) -> float:
        sample = self._font.sample(region.sample)
        return min(len(sample.wave) / sample.rate / _ratio(region, pitch), _TAIL)

    def _resampled(self, region: Region, pitch: int, n: int, cutoff: float) -> Wave:
        """The sample at a pitch, looped where it loops, silent after its end; cubic interpolation."""
        sample = self._font.sample(region.sample)
        at = np.arange(n) * (_ratio(region, pitch) * sample.rate / RATE)
        looped = region.looped and sample.loop_end - sample.loop > 8
        if looped:
            around = np.resize(sample.wave[sample.loop : sample.loop_end], 4)
            source = np.concatenate([sample.wave[: sample.loop_end], around])
            span = sample.loop_end - sample.loop
            at = np.where(at < sample.loop_end, at, sample.loop + (at - sample.loop) % span)
        else:
            source = np.concatenate([sample.wave, np.zeros(4, np.float32)])
            at = np.minimum(at, len(sample.wave))
        whole = at.astype(np.int64)
        part = (at - whole).astype(np.float32)
        before, here, after, last = (source[np.clip(whole + shift, 0, len(source) - 1)] for shift in (-1, 0, 1, 2))
        slope, next_slope = (after - before) / 2, (last - here) / 2
        bend = 2 * (here - after) + slope + next_slope
        curve = 3 * (after - here) - 2 * slope - next_slope
        wave: Wave = ((bend * part + curve) * part + slope) * part + here
        return filtered(wave, _heard(cutoff))


def _heard(cutoff: float) -> Callable[[NDArray[np.floating]], NDArray[np.inexact]]:
    """A low-pass at `cutoff` Hz; and a high-pass below all notes, as samples played slower may have a thump there."""

    def response(frequencies: NDArray[np.floating]) -> NDArray[np.inexact]:
        at = 1j * frequencies / _LOWEST
        above = at**2 / (1 + at / 0.707 + at**2)
        return np.asarray(above * low_pass(cutoff)(frequencies) if cutoff < _OPEN else above)

    return response


def _ratio(region: Region, pitch: int) -> float:
    return float(2 ** ((region.scale * (pitch - region.root) * 100 + region.cents) / 1200))


def _envelope(region: Region, pitch: int, n: int, length: float) -> NDArray[np.float32]:
    time = np.arange(n, dtype=np.float32) / RATE
    below = 60 - pitch
    peak_end = region.attack + region.hold * 2 ** (region.hold_by_key * below)
    fall = 10 ** (-5 * np.maximum(time - peak_end, 0) / (region.decay * 2 ** (region.decay_by_key * below)))
    level = np.minimum(time / region.attack, np.maximum(fall, region.sustain))
    let_go = 10 ** (-5 * np.maximum(time - length, 0) / max(region.release, 0.03))
    envelope: NDArray[np.float32] = (level * let_go).astype(np.float32)
    return envelope
