"""The last step: fades, loudness to a target, and a gentle limiter below the highest level allowed."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from rushes.engines.local.music.dsp import RATE, Sound, ramp, seconds
from rushes.engines.local.music.loudness import SILENCE, loudness, peaks

TARGET = -16.0
"""LUFS."""
CEILING = -1.5
"""dBTP: half a decibel below what may be reached, for the sake of lossy encoders."""
_MOST = 10.0
"""Decibels that the limiter may take off; sounds of hard strokes alone stay softer than the target instead."""
_CLOSE = 0.05
_ROUNDS, _EAGER = 8, 1.4
"""The limiter takes back part of each gain: so a little more is given."""
_STEP = RATE // 1000
"""Samples that have one gain: 1 ms."""
_PIECE = 1 << 18
_AHEAD = 24
"""Steps before and after a peak in which the gain goes down and comes back."""


def faded(sound: Sound, fade_in: float, fade_out: float) -> Sound:
    """Fades in seconds, in place; together never more than the sound."""
    rise, fall = (min(seconds(part), len(sound) // 2) for part in (fade_in, fade_out))
    sound[:rise] *= ramp(rise)[:, None]
    sound[len(sound) - fall :] *= ramp(fall)[::-1, None]
    return sound


def mastered(sound: Sound, *, loop: bool, target: float = TARGET) -> tuple[Sound, float]:
    """The sound at the target loudness as near as may be without harm, below the ceiling; and its loudness in LUFS."""
    heard = loudness(sound)
    if heard <= SILENCE:
        return sound, heard
    reached = _reached(sound)
    most = CEILING + _MOST - 20 * math.log10(float(reached.max()))
    gain, out = min(target - heard, most), sound
    for _ in range(_ROUNDS):
        out = _limited(sound, reached, 10 ** (gain / 20), loop=loop)
        heard = loudness(out)
        wanted = min(gain + _EAGER * (target - heard), most)
        if abs(target - heard) < _CLOSE or wanted == gain:
            break
        gain = wanted
    return out, heard


def _reached(sound: Sound) -> NDArray[np.floating]:
    """The true peak of each step, as a factor."""
    whole = np.zeros(-(-len(sound) // _STEP) * _STEP, np.float32)
    for start, part in peaks(sound):
        whole[start : start + len(part)] = part
    return np.asarray(whole.reshape(-1, _STEP).max(axis=1))


def _limited(sound: Sound, reached: NDArray[np.floating], gain: float, *, loop: bool) -> Sound:
    """The sound times `gain`, turned down around each peak that would go over the ceiling."""
    needed = np.minimum(1.0, 10 ** (CEILING / 20) / np.maximum(reached * gain, 1e-9))
    if needed.min() >= 1.0:
        return np.asarray(sound * np.float32(gain))
    curve = _smooth(needed, loop=loop) * gain
    out = np.empty_like(sound)
    for start in range(0, len(sound), _PIECE):
        part = sound[start : start + _PIECE]
        at = (start + np.arange(len(part)) + 0.5) / _STEP - 0.5
        out[start : start + len(part)] = part * np.interp(at, np.arange(len(curve)), curve)[:, None]
    return out


def _smooth(needed: NDArray[np.floating], *, loop: bool) -> NDArray[np.floating]:
    """A gain that is nowhere above what is needed there and in the steps beside it, without corners."""
    around = 2 * _AHEAD + 1
    padded = np.pad(needed, around, mode="wrap") if loop else np.pad(needed, around, mode="edge")
    lowest = np.lib.stride_tricks.sliding_window_view(padded, around + 2).min(axis=1)
    weight = np.hanning(around + 2)[1:-1]
    # Windows take _AHEAD + 1 from each end of the padding, the weights _AHEAD.
    return np.convolve(lowest, weight / weight.sum(), "valid")
