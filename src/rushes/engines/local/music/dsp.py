"""Small signal tools: spectra, filters and convolution over long sound in bounded memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

RATE = 48_000
"""Hz; everything in this room is made at this rate."""

Wave = NDArray[np.float32]
"""One channel: (n,)."""
Sound = NDArray[np.float32]
"""Two channels: (n, 2)."""

_BLOCK = 1 << 18


def seconds(count: float) -> int:
    """Samples of so many seconds."""
    return round(count * RATE)


def power_of_two(n: int) -> int:
    """The smallest one that is not below n: transforms of other lengths may be slow."""
    return 1 << max(1, (n - 1).bit_length())


def filtered(wave: Wave, response: Callable[[NDArray[np.floating]], NDArray[np.inexact]]) -> Wave:
    """Short sound through a filter given as its response over frequencies in Hz. Tails of up to 50 ms are cut off."""
    size = power_of_two(len(wave) + seconds(0.05))
    frequencies = np.fft.rfftfreq(size, 1 / RATE)
    heard = np.fft.irfft(np.fft.rfft(wave, size) * response(frequencies), size)
    return heard[: len(wave)].astype(np.float32)


def low_pass(cutoff: float, q: float = 0.707) -> Callable[[NDArray[np.floating]], NDArray[np.complexfloating]]:
    """A resonant two-pole low-pass filter, causal: nothing sounds before its cause."""

    def response(frequencies: NDArray[np.floating]) -> NDArray[np.complexfloating]:
        at = 1j * frequencies / cutoff
        return np.asarray(1 / (1 + at / q + at**2))

    return response


def band(low: float, high: float) -> Callable[[NDArray[np.floating]], NDArray[np.floating]]:
    """What lies between two frequencies, with slopes of 18 dB an octave."""

    def response(frequencies: NDArray[np.floating]) -> NDArray[np.floating]:
        below = (low / np.maximum(frequencies, 1e-3)) ** 6
        return np.asarray(1 / np.sqrt(1 + below) / np.sqrt(1 + (frequencies / high) ** 6))

    return response


def convolved(sound: Sound, impulse: Sound) -> Iterator[tuple[int, Sound]]:
    """Blocks (start, samples) to be added up: overlapping, the last one longer than the sound by its tail."""
    size = power_of_two(max(_BLOCK, 2 * len(impulse)))
    step = size - len(impulse) + 1
    spectrum = np.fft.rfft(impulse, size, axis=0)
    for start in range(0, len(sound), step):
        part = sound[start : start + step]
        wet = np.fft.irfft(np.fft.rfft(part, size, axis=0) * spectrum, size, axis=0)
        yield start, wet[: len(part) + len(impulse) - 1].astype(np.float32)


def added(mix: Sound, start: int, part: Sound, *, wrap: bool = False) -> None:
    """Add a part to a mix. What goes over the end is left out, or with `wrap` comes in at the beginning again."""
    while len(part) and start < len(mix):
        room = len(mix) - start
        mix[start : start + len(part)] += part[:room]
        part = part[room:]
        if not wrap:
            return
        start = 0


def ramp(n: int) -> Wave:
    """A smooth rise from 0 to 1 over n samples."""
    return (0.5 - 0.5 * np.cos(np.pi * (np.arange(n, dtype=np.float32) + 0.5) / max(n, 1))).astype(np.float32)
