"""The single sounds that ambience is layered from: shaped noise, swells and many small grains.

Every bed takes a random generator and a length in samples at RATE, and gives float32 (n, 2) with a root
mean square of about 1. Filters work on the whole length at once in the frequency domain.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

RATE = 48_000

Sound = NDArray[np.float32]
Bed = Callable[[Generator, int], Sound]


def waves(rng: Generator, n: int) -> Sound:
    """Breakers that come and run out, each with its own length; the hiss follows the roar."""
    late = RATE // 2
    coming = _swell(rng, n + late, 6.5)
    swell, wash = coming[late:], coming[:n]
    deep = _noise(rng, n, 60, 500, tilt=-1.0) * (0.35 + swell)[:, None]
    foam = _noise(rng, n, 900, 7000, tilt=-0.5) * (0.08 + wash**2)[:, None]
    return _unit(deep + 0.8 * foam)


def rain(rng: Generator, n: int) -> Sound:
    """A steady hiss and the drops that fall close by."""
    drops = _grains(rng, n, 45.0, lambda: _tick(rng, rng.uniform(2500, 7000), 0.006))
    return _unit(_noise(rng, n, 900, 12_000, tilt=-0.4) + 0.35 * _unit(drops))


def wind(rng: Generator, n: int) -> Sound:
    """Gusts: the stronger, the brighter."""
    gust = _drift(rng, n, 0.35)
    low = _noise(rng, n, 60, 350, tilt=-0.8) * (0.4 + gust)[:, None]
    whistle = _noise(rng, n, 350, 1200, tilt=-0.8) * (gust**2)[:, None]
    return _unit(low + 0.9 * whistle)


def leaves(rng: Generator, n: int) -> Sound:
    """Rustling, stirred by slow air."""
    return _unit(_noise(rng, n, 1200, 9000, tilt=-0.6) * (0.15 + _drift(rng, n, 0.5) ** 2)[:, None])


def city(rng: Generator, n: int) -> Sound:
    """The hum that many far-away engines make together."""
    return _unit(_noise(rng, n, 35, 260, tilt=-1.2) * (0.7 + 0.3 * _drift(rng, n, 0.2))[:, None])


def traffic(rng: Generator, n: int) -> Sound:
    """Single cars passing from one side to the other."""

    def car() -> Sound:
        length = int(RATE * rng.uniform(3.0, 6.0))
        time = np.linspace(-1.0, 1.0, length)
        body = _noise(rng, length, 80, rng.uniform(500, 1100), tilt=-0.8)[:, :1]
        side = time if rng.random() < 0.5 else -time
        pan = np.stack([0.5 - 0.4 * side, 0.5 + 0.4 * side], axis=1)
        passing = (np.exp(-8.0 * time**2) * (1 - time**2))[:, None]
        return (rng.uniform(0.4, 1.0) * body * passing * pan).astype(np.float32)

    return _unit(_grains(rng, n, 0.35, car) + 0.02 * _noise(rng, n, 80, 400, tilt=-1.0))


def birds(rng: Generator, n: int) -> Sound:
    """A few birds, each with its own pitch, place and phrase."""
    song = sum((_bird(rng, n) for _ in range(5)), np.zeros((n, 2), np.float32))
    return _unit(song + 1e-3 * _noise(rng, n, 2000, 6000))


def crickets(rng: Generator, n: int) -> Sound:
    """Several crickets: short groups of pulses on one high pitch each."""
    time = np.arange(n) / RATE
    out = np.zeros((n, 2), np.float32)
    for _ in range(6):
        pitch, rate, pan = rng.uniform(4100, 5300), rng.uniform(1.4, 2.4), rng.uniform(0.1, 0.9)
        phase = (time * rate + rng.random()) % 1.0
        pulses = np.clip(np.sin(2 * np.pi * phase * rng.integers(7, 10)), 0, None) ** 2 * (phase < 0.42)
        tone = np.sin(2 * np.pi * pitch * time) * pulses * rng.uniform(0.2, 1.0)
        out += (tone[:, None] * np.array([1 - pan, pan])).astype(np.float32)
    return _unit(out)


def fire(rng: Generator, n: int) -> Sound:
    """A soft roar and crackling."""
    crackle = _grains(rng, n, 14.0, lambda: _tick(rng, rng.uniform(1200, 5000), rng.uniform(0.002, 0.02)))
    return _unit(_noise(rng, n, 50, 420, tilt=-0.8) * (0.6 + 0.4 * _drift(rng, n, 3.0))[:, None] + _unit(crackle))


def river(rng: Generator, n: int) -> Sound:
    """Running water: broad noise that never holds still, with gurgles."""
    gurgle = _grains(rng, n, 25.0, lambda: _bubble(rng, rng.uniform(350, 1300)))
    flow = _noise(rng, n, 250, 5000, tilt=-0.6) * (0.7 + 0.3 * _drift(rng, n, 6.0))[:, None]
    return _unit(flow + 0.4 * _unit(gurgle))


def underwater(rng: Generator, n: int) -> Sound:
    """Pressure: very low noise that heaves."""
    return _unit(_noise(rng, n, 25, 180, tilt=-1.0) * (0.6 + 0.4 * _drift(rng, n, 0.3))[:, None])


def bubbles(rng: Generator, n: int) -> Sound:
    """Bubbles rising near by."""
    return _unit(_grains(rng, n, 5.0, lambda: _bubble(rng, rng.uniform(300, 900))) + _faint(rng, n))


def drips(rng: Generator, n: int) -> Sound:
    """Drops falling into still water, with the echo of a large space."""

    def drip() -> Sound:
        drop = _bubble(rng, rng.uniform(900, 1800))
        out = np.zeros((RATE, 2), np.float32)
        for echo in range(6):
            start = int(echo * 0.13 * RATE)
            out[start : start + len(drop)] += drop[: RATE - start] * 0.5**echo
        return out

    return _unit(_grains(rng, n, 0.8, drip) + _faint(rng, n))


def thunder(rng: Generator, n: int) -> Sound:
    """Far-away rolls, each a crowd of rumbles that dies down."""

    def roll() -> Sound:
        length = int(RATE * rng.uniform(3.0, 5.0))
        time = np.arange(length) / RATE
        fall = np.exp(-time / 1.2) * (1 - np.exp(-time / 0.05)) * (0.4 + _drift(rng, length, 4.0))
        rumble: Sound = (_noise(rng, length, 25, 220, tilt=-1.0) * fall[:, None]).astype(np.float32)
        return rumble

    return _unit(_grains(rng, n, 0.12, roll) + 0.02 * _noise(rng, n, 25, 150, tilt=-1.0))


def drone(rng: Generator, n: int) -> Sound:
    """A slow chord that beats against itself: nothing sounds in space, but a film does."""
    time = np.arange(n)[:, None] / RATE
    out = 0.15 * _noise(rng, n, 30, 300, tilt=-1.0)
    for ratio in (1.0, 1.5, 2.0, 3.0, 4.0):
        detuned = 55.0 * ratio * (1.0 + rng.uniform(-0.004, 0.004, 2))
        breath = 0.6 + 0.4 * np.sin(2 * np.pi * (rng.uniform(0.03, 0.11) * time + rng.random()))
        tone = np.sin(2 * np.pi * (detuned * time + rng.random(2))) * breath / ratio
        out += tone.astype(np.float32)
    return _unit(out)


def room(rng: Generator, n: int) -> Sound:
    """What is left when nothing sounds."""
    return _unit(_noise(rng, n, 40, 900, tilt=-1.2))


BEDS: dict[str, Bed] = {
    bed.__name__: bed
    for bed in (
        waves, rain, wind, leaves, city, traffic, birds, crickets, fire, river, underwater, bubbles, drips,
        thunder, drone, room,
    )
}  # fmt: skip


def _noise(rng: Generator, n: int, low: float, high: float, tilt: float = 0.0) -> Sound:
    """Two channels of noise, alike in part, between two frequencies in Hz; tilt -1 loses 6 dB an octave."""
    # A length with small factors only: the transform of a prime length takes a hundred times as long.
    size = 1 << max(10, (n - 1).bit_length())
    frequency = np.fft.rfftfreq(size, 1 / RATE)
    with np.errstate(divide="ignore"):
        shape = np.where(frequency > 0, (frequency / low) ** tilt, 0.0)
    shape *= 1 / (1 + (low / np.maximum(frequency, 1e-3)) ** 6) / (1 + (frequency / high) ** 6)
    raw = rng.standard_normal((3, size), np.float32)
    mixed = np.stack([raw[0] + 0.7 * raw[2], raw[1] + 0.7 * raw[2]])
    return _unit(np.fft.irfft(np.fft.rfft(mixed) * shape, size)[:, :n].T)


def _drift(rng: Generator, n: int, rate: float) -> NDArray[np.float64]:
    """A smooth random curve in 0–1 that changes about `rate` times a second."""
    count = max(4, int(n / RATE * rate) + 4)
    points = rng.random(count)
    at = np.linspace(0.0, count - 2.001, n)
    left = at.astype(int)
    part = at - left
    part = part * part * (3.0 - 2.0 * part)
    curve: NDArray[np.float64] = points[left] * (1.0 - part) + points[left + 1] * part
    return curve


def _swell(rng: Generator, n: int, period: float) -> NDArray[np.float64]:
    """Rises and longer falls in 0–1, about one each `period` seconds."""
    pace = (0.7 + 0.6 * _drift(rng, n, 0.3)) / (period * RATE)
    phase = (np.cumsum(pace) + rng.random()) % 1.0
    return np.asarray(np.where(phase < 0.35, np.sin(phase / 0.7 * np.pi), np.cos((phase - 0.35) / 1.3 * np.pi)) ** 2)


def _grains(rng: Generator, n: int, rate: float, make: Callable[[], Sound]) -> Sound:
    """Copies of what `make` gives, strewn over the length, about `rate` a second; at least one."""
    out = np.zeros((n, 2), np.float32)
    for _ in range(max(1, int(rng.poisson(rate * n / RATE)))):
        start = int(rng.integers(0, n))
        grain = make()[: n - start]
        out[start : start + len(grain)] += grain
    return out


def _tick(rng: Generator, pitch: float, seconds: float) -> Sound:
    """A short decaying knock."""
    time = np.arange(int(RATE * seconds * 6)) / RATE
    body = np.sin(2 * np.pi * pitch * time + rng.uniform(0, 6)) + 0.5 * rng.standard_normal(len(time))
    return _panned(rng, body * np.exp(-time / seconds) * min(float(rng.pareto(3.0)), 1.5))


def _bubble(rng: Generator, pitch: float) -> Sound:
    """A note that rises as it dies: a bubble's."""
    time = np.arange(int(RATE * 0.09)) / RATE
    body = np.sin(2 * np.pi * pitch * (time + 3.0 * time**2)) * np.exp(-time / 0.018)
    return _panned(rng, body * (1 - np.exp(-time / 0.002)) * rng.uniform(0.2, 1.0))


def _bird(rng: Generator, n: int) -> Sound:
    """One bird that repeats its phrase now and then."""
    pitch, sweep, pan = rng.uniform(2200, 5200), rng.uniform(-900, 1200), rng.uniform(0.15, 0.85)
    beats, gap, loud = int(rng.integers(2, 6)), rng.uniform(0.09, 0.2), rng.uniform(0.25, 1.0)
    note = _chirp(pitch, pitch + sweep, 0.6 * gap)
    song = np.zeros((int(beats * gap * RATE) + len(note), 1), np.float32)
    for beat in range(beats):
        start = int(beat * gap * RATE)
        song[start : start + len(note), 0] += note * rng.uniform(0.6, 1.0)
    placed = (loud * song * np.array([1.0 - pan, pan])).astype(np.float32)
    return _grains(rng, n, 0.22, lambda: placed)


def _chirp(start: float, end: float, seconds: float) -> Sound:
    """A whistled note that glides."""
    time = np.linspace(0.0, 1.0, int(RATE * seconds))
    phase = 2 * np.pi * seconds * (start * time + 0.5 * (end - start) * time**2)
    note: Sound = (np.sin(phase) * np.sin(np.pi * time) ** 2).astype(np.float32)
    return note


def _panned(rng: Generator, mono: NDArray[np.float64]) -> Sound:
    pan = rng.uniform(0.1, 0.9)
    stereo: Sound = (mono[:, None] * np.array([1.0 - pan, pan])).astype(np.float32)
    return stereo


def _faint(rng: Generator, n: int) -> Sound:
    """So that a bed of rare grains is never digital silence."""
    return 0.004 * _noise(rng, n, 100, 800, tilt=-1.0)


def _unit(sound: NDArray[np.floating]) -> Sound:
    return (sound / max(float(np.sqrt(np.mean(np.square(sound)))), 1e-9)).astype(np.float32)
