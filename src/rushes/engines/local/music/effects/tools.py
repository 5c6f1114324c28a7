"""What effects are made of."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from rushes.engines.local.music.dsp import RATE, Sound, Wave, added, band, filtered, power_of_two, seconds

Curve = NDArray[np.floating]


def time(length: float) -> NDArray[np.float64]:
    """The moments of so many seconds."""
    return np.arange(max(1, seconds(length))) / RATE


def noise(rng: Generator, n: int, low: float, high: float) -> Wave:
    """Noise between two frequencies in Hz, with a root mean square of 1."""
    return unit(filtered(rng.standard_normal(n).astype(np.float32), band(low, high)))


def coloured(rng: Generator, n: int, slope: float) -> Wave:
    """Noise whose level changes by `slope` dB an octave, from 20 Hz on: -3 pink, -6 brown."""
    size = power_of_two(n)
    frequencies = np.fft.rfftfreq(size, 1 / RATE)
    shape = np.where(frequencies >= 20, np.maximum(frequencies, 20) ** (slope / 6.0206), 0.0)
    spectrum = np.fft.rfft(rng.standard_normal(size).astype(np.float32)) * shape
    return unit(np.fft.irfft(spectrum, size)[:n].astype(np.float32))


def moving(rng: Generator, centre: Curve, octaves: float) -> Wave:
    """Noise in a band that moves: `centre` in Hz at each sample, `octaves` its width."""
    lowest, highest = max(30.0, float(centre.min()) / 3), min(18_000.0, float(centre.max()) * 3)
    out = np.zeros(len(centre), np.float32)
    place = np.log2(np.maximum(centre, 1.0))
    step = octaves / 2
    for at in np.arange(np.log2(lowest), np.log2(highest) + step, step):
        weight = np.exp(-0.5 * ((place - at) / (octaves / 2)) ** 2).astype(np.float32)
        if weight.max() > 1e-3:
            out += noise(rng, len(centre), 2 ** (at - step), 2 ** (at + step)) * weight
    return unit(out)


def modes(rng: Generator, length: float, partials: Sequence[tuple[float, float, float]], pitch: float = 1.0) -> Wave:
    """Ringing: each partial has a frequency (times `pitch`, in Hz), a level and the seconds to fall by 60 dB."""
    at = time(length)
    out = np.zeros(len(at))
    for frequency, level, falls in partials:
        if frequency * pitch < RATE / 2:
            out += level * np.sin(2 * np.pi * (frequency * pitch * at + rng.random())) * 10 ** (-3 * at / falls)
    return (out * np.minimum(1.0, at / 0.001)).astype(np.float32)


def gliding(frequency: Curve, shape: Callable[[Curve], Curve] = np.sin) -> Wave:
    """A tone whose frequency in Hz is given at each sample; shape is of a phase in radians."""
    phase = 2 * np.pi * np.cumsum(frequency) / RATE
    return np.asarray(shape(phase), np.float32)


def square(phase: Curve) -> Curve:
    """A square wave with its corners rounded."""
    return np.asarray(np.tanh(4 * np.sin(phase)))


def fall(length: float, falls: float, rise: float = 0.001) -> Wave:
    """An envelope: up in `rise` seconds, down by 60 dB in `falls`."""
    at = time(length)
    return (np.minimum(1.0, at / rise) * 10 ** (-3 * at / falls)).astype(np.float32)


def drift(rng: Generator, n: int, rate: float) -> Wave:
    """A smooth random curve in 0-1 that changes about `rate` times a second."""
    count = max(4, int(n / RATE * rate) + 4)
    points = rng.random(count)
    at = np.linspace(0.0, count - 2.001, n)
    left = at.astype(int)
    part = at - left
    part = part * part * (3 - 2 * part)
    curve: Wave = (points[left] * (1 - part) + points[left + 1] * part).astype(np.float32)
    return curve


def placed(wave: Wave, pan: float = 0.0) -> Sound:
    """One channel to two; pan -1 (left) to 1."""
    side = (pan + 1) * np.pi / 4
    return np.asarray(wave[:, None] * np.array([np.cos(side), np.sin(side)], np.float32) * np.float32(np.sqrt(2)))


def wide(left: Wave, right: Wave) -> Sound:
    """Two channels, alike in part: what both hear is in the middle."""
    both = (left + right) / 2
    return np.stack([0.7 * left + 0.5 * both, 0.7 * right + 0.5 * both], axis=1).astype(np.float32)


def strewn(rng: Generator, n: int, rate: float, make: Callable[[], Wave], spread: float = 0.8) -> Sound:
    """Grains over the length, about `rate` a second, across the stereo width."""
    out = np.zeros((n, 2), np.float32)
    for _ in range(int(rng.poisson(rate * n / RATE))):
        added(out, int(rng.integers(0, n)), placed(make(), float(rng.uniform(-spread, spread))))
    return out


def ended(wave: Wave, fade: float = 0.01) -> Wave:
    """The wave, brought to silence at its end over `fade` seconds, in place."""
    count = min(len(wave), seconds(fade))
    wave[len(wave) - count :] *= np.linspace(1, 0, count, dtype=np.float32)
    return wave


def unit(wave: Wave) -> Wave:
    """With a root mean square of 1."""
    return (wave / max(float(np.sqrt(np.mean(np.square(wave)))), 1e-9)).astype(np.float32)
