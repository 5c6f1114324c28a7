"""What DeepFilterNet looks at: short spectra, their loudness in 32 bands of hearing, and their normalised low end."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]
Spectra = NDArray[np.complex64]
Features = NDArray[np.float32]

RATE = 48_000
HOP = 480
WINDOW = 960
BANDS = 32
LOW = 96
"""Bins that the network filters one by one."""
_FEWEST_BINS = 2
_FORGET = round(math.exp(-HOP / RATE), 3)
"""What stays of the running means from one spectrum to the next: they follow within a second."""


def _hearing_bands() -> NDArray[np.int64]:
    """The first bin of each band: equal steps on the scale of equivalent rectangular bandwidths."""
    step = 9.265 * math.log1p(RATE / 2 / (24.7 * 9.265)) / BANDS
    widths, before, over = [], 0, 0
    for number in range(1, BANDS + 1):
        edge = round(24.7 * 9.265 * math.expm1(number * step / 9.265) / (RATE / WINDOW))
        width = edge - before - over
        over = max(0, _FEWEST_BINS - width)
        widths.append(max(width, _FEWEST_BINS))
        before = edge
    return np.cumsum([0, *widths[:-1]])


FIRST_BINS = _hearing_bands()
WIDTHS = np.diff([*FIRST_BINS, WINDOW // 2 + 1])

_ANGLES = 0.5 * np.pi * np.sin(np.pi * (np.arange(WINDOW) + 0.5) / WINDOW) ** 2
SHAPE: Samples = np.sin(_ANGLES).astype(np.float32)
"""The window, for taking apart and for putting together: its squares come to 1 everywhere."""


def spectra(samples: Samples) -> Spectra:
    """The spectra (n, 481) of n + 1 hops of sound: the first hop is the last one of what came before."""
    hops = samples.reshape(-1, HOP)
    windows = np.concatenate([hops[:-1], hops[1:]], axis=1) * SHAPE
    return (np.fft.rfft(windows, axis=1) / WINDOW).astype(np.complex64)


def windows(found: Spectra) -> Samples:
    """The windows (n, 960) that spectra (n, 481) stand for, to be laid over each other at a hop's distance."""
    return (np.fft.irfft(found, WINDOW, axis=1) * WINDOW * SHAPE).astype(np.float32)


class Normaliser:
    """Loudness and low ends relative to their running means, carried on from call to call."""

    def __init__(self) -> None:
        self._loud = np.linspace(-60, -90, BANDS).astype(np.float32)
        self._low = np.linspace(0.001, 0.0001, LOW).astype(np.float32)

    def features(self, found: Spectra) -> tuple[Features, Features]:
        """Of spectra (n, 481): loudness (n, 32), and the low end (2, n, 96), real and imaginary."""
        power = np.add.reduceat(np.abs(found) ** 2, FIRST_BINS, axis=1) / WIDTHS
        loud = (10 * np.log10(power + 1e-10)).astype(np.float32)
        low = found[:, :LOW]
        size, means = np.abs(low), np.empty((len(found), LOW), np.float32)
        for row, (level, strong) in enumerate(zip(loud, size, strict=True)):
            self._loud = _FORGET * self._loud + (1 - _FORGET) * level
            self._low = _FORGET * self._low + (1 - _FORGET) * strong
            loud[row] = (level - self._loud) / 40
            means[row] = self._low
        plain = low / np.sqrt(means)
        return loud, np.stack([plain.real, plain.imag]).astype(np.float32)
