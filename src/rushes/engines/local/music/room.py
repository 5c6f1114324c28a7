"""Reverberation: the answer of a room, to be convolved with what sounds in it."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from rushes.engines.local.music.dsp import RATE, Sound, band, filtered, seconds

_BEFORE = 0.018
"""Seconds until the room answers."""


@lru_cache(maxsize=4)
def room(length: float) -> Sound:
    """The answer of a room whose sound falls by 60 dB in `length` seconds; high tones die sooner. Its energy is 1."""
    rng = np.random.default_rng(seconds(length))
    n = seconds(length)
    time = np.arange(n) / RATE
    out = np.zeros((n, 2), np.float32)
    for low, high, share in ((90, 1200, 1.0), (1200, 4500, 0.75), (4500, 11_000, 0.45)):
        fall = 10 ** (-3 * time / (length * share)) * np.minimum(1, time / 0.006)
        for side in (0, 1):
            noise = filtered(rng.standard_normal(n).astype(np.float32), band(low, high))
            out[:, side] += (noise * fall * share).astype(np.float32)
    out /= np.sqrt(np.square(out).sum(axis=0))
    return np.concatenate([np.zeros((seconds(_BEFORE), 2), np.float32), out])
