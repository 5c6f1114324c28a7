"""Sounds that go on: each takes a generator and a length in samples, and gives stereo with a root mean square of 1."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.random import Generator

from rushes.engines.local.composer.sound_beds import BEDS
from rushes.engines.local.music.dsp import RATE, Sound, Wave, added
from rushes.engines.local.music.effects.tools import (
    coloured,
    drift,
    fall,
    gliding,
    noise,
    placed,
    strewn,
    time,
    unit,
    wide,
)

Texture = Callable[[Generator, int], Sound]


def drizzle(rng: Generator, n: int) -> Sound:
    """Single drops before a faint hiss."""
    drops = strewn(rng, n, 28.0, lambda: _drop(rng))
    return _unit(_unit(drops) + 0.35 * _wide(rng, n, 1500, 12_000))


def downpour(rng: Generator, n: int) -> Sound:
    """Hard rain: a roar with the drops in it no longer told apart."""
    swell = (0.8 + 0.2 * drift(rng, n, 0.4))[:, None]
    return _unit((_wide(rng, n, 300, 14_000) + 0.5 * _wide(rng, n, 120, 900)) * swell)


def forest(rng: Generator, n: int) -> Sound:
    """Leaves in moving air, and birds."""
    return _unit(BEDS["leaves"](rng, n) * np.float32(0.5) + BEDS["birds"](rng, n))


def waterfall(rng: Generator, n: int) -> Sound:
    """Steady, full and broad."""
    return _unit(_wide(rng, n, 120, 9000) + 0.6 * _wide(rng, n, 60, 400))


def white(rng: Generator, n: int) -> Sound:
    """The same at all frequencies."""
    return rng.standard_normal((n, 2)).astype(np.float32)


def pink(rng: Generator, n: int) -> Sound:
    """3 dB less with each octave."""
    return np.stack([coloured(rng, n, -3.0), coloured(rng, n, -3.0)], axis=1)


def brown(rng: Generator, n: int) -> Sound:
    """6 dB less with each octave."""
    return np.stack([coloured(rng, n, -6.0), coloured(rng, n, -6.0)], axis=1)


def hum(rng: Generator, n: int) -> Sound:
    """Mains: 50 Hz and what stands on it."""
    at = np.arange(n) / RATE
    tones = np.zeros(n)
    for number, level in ((1, 0.5), (2, 1.0), (4, 0.4), (6, 0.2)):
        tones += level * np.sin(2 * np.pi * 50 * number * at + rng.uniform(0, 6))
    return _unit(placed(unit(tones.astype(np.float32))) + 0.03 * _wide(rng, n, 200, 6000))


def crowd(rng: Generator, n: int) -> Sound:
    """Many voices at once, none of them understood: bands of the voice, each in the rhythm of syllables."""
    out = np.zeros((n, 2), np.float32)
    for _ in range(14):
        deep = rng.uniform(0.8, 1.5)
        said = np.clip(drift(rng, n, 7.0) * 1.6 - 0.5, 0, 1) * np.clip(drift(rng, n, 0.6) * 1.8 - 0.3, 0, 1)
        voice = noise(rng, n, 250 * deep, 750 * deep) + 0.5 * noise(rng, n, 1100 * deep, 2400 * deep)
        out += placed(voice * said, float(rng.uniform(-0.9, 0.9)))
    return _unit(_unit(out) + 0.15 * _wide(rng, n, 150, 2500))


def applause(rng: Generator, n: int) -> Sound:
    """Some sixty people, each clapping at their own pace."""
    out = np.zeros((n, 2), np.float32)
    claps = [_clap(rng) for _ in range(24)]
    for _ in range(60):
        at, pace, pan = rng.uniform(0, 0.3), rng.uniform(0.18, 0.32), float(rng.uniform(-0.9, 0.9))
        clap = placed(claps[int(rng.integers(0, len(claps)))] * np.float32(rng.uniform(0.3, 1.0)), pan)
        while at < n / RATE:
            added(out, int(at * RATE), clap)
            at += pace * rng.normal(1.0, 0.06)
    return _unit(out)


def cheering(rng: Generator, n: int) -> Sound:
    """Applause and calls."""
    out = np.zeros((n, 2), np.float32)
    for _ in range(10):
        pitch = rng.uniform(300, 700) * (1 + 0.25 * drift(rng, n, 1.2))
        call = sum(gliding(pitch * k) / k**0.5 for k in (1, 2, 3, 4))
        loud = np.clip(drift(rng, n, 0.9) * 2.0 - 0.9, 0, 1)
        out += placed((np.asarray(call) * loud).astype(np.float32), float(rng.uniform(-0.9, 0.9)))
    return _unit(applause(rng, n) + 0.5 * _unit(out) + 0.6 * crowd(rng, n))


def engine(rng: Generator, n: int) -> Sound:
    """A motor running idle: explosions in a pipe."""
    speed = 27 * (0.94 + 0.12 * drift(rng, n, 0.8))
    phase = np.cumsum(speed) / RATE
    # No two explosions are alike.
    kicks = np.repeat(rng.uniform(0.7, 1.0, int(phase[-1]) + 2), 1)[phase.astype(int)]
    pulse = np.exp(-7 * (phase % 1)) * kicks
    tone = np.tanh(2 * sum(np.sin(2 * np.pi * k * phase) / k for k in (1, 2, 3, 4, 6, 8)))
    body = (tone * (0.4 + pulse)).astype(np.float32) + noise(rng, n, 80, 1800) * (0.35 * pulse).astype(np.float32)
    return _unit(placed(unit(body)) + 0.05 * _wide(rng, n, 300, 4000))


def machine(rng: Generator, n: int) -> Sound:
    """A workshop: a turning drive, and a press that comes down."""
    at = np.arange(n) / RATE
    drive = noise(rng, n, 150, 1200) * (0.6 + 0.4 * np.sin(2 * np.pi * 6 * at)).astype(np.float32)
    strokes = np.zeros((n, 2), np.float32)
    for start in np.arange(0, n / RATE, 0.75):
        hit = noise(rng, RATE // 3, 90, 2600) * fall(1 / 3, 0.25)
        added(strokes, int(start * RATE), placed(hit * 2.5, 0.2))
    return _unit(placed(drive, -0.2) * np.float32(0.6) + strokes + hum(rng, n) * np.float32(0.3))


def helicopter(rng: Generator, n: int) -> Sound:
    """Blades that beat the air eleven times a second, and the turbine."""
    at = np.arange(n) / RATE
    beat = (np.exp(-9 * ((at * 11) % 1)) + 0.08).astype(np.float32)
    blades = noise(rng, n, 40, 900) * beat
    turbine = (np.sin(2 * np.pi * 1250 * at) * 0.06).astype(np.float32) + noise(rng, n, 900, 5000) * np.float32(0.08)
    return _unit(placed(blades + turbine))


def siren(rng: Generator, n: int) -> Sound:
    """Up and down, every three seconds."""
    at = np.arange(n) / RATE
    pitch = 650 * 2 ** (0.5 - 0.5 * np.cos(2 * np.pi * at / 3.0))
    return _unit(placed(gliding(pitch, lambda phase: np.asarray(np.tanh(1.6 * np.sin(phase))))))


def train(rng: Generator, n: int) -> Sound:
    """Wheels over rail joints, in pairs, and the rolling between."""
    out = _wide(rng, n, 60, 900) * np.float32(0.35)
    start = 0.1
    while start < n / RATE:
        for late, loud in ((0.0, 1.0), (0.13, 0.8), (0.42, 0.5), (0.55, 0.4)):
            clack = (noise(rng, RATE // 8, 120, 2200) * fall(1 / 8, 0.09) * np.float32(2.6 * loud)).astype(np.float32)
            added(out, int((start + late) * RATE), placed(clack, float(rng.uniform(-0.1, 0.1))))
        start += 1.15
    return _unit(out)


TEXTURES: dict[str, Texture] = BEDS | {
    made.__name__: made
    for made in (
        drizzle, downpour, forest, waterfall, white, pink, brown, hum, crowd, applause, cheering, engine, machine,
        helicopter, siren, train,
    )
}  # fmt: skip
"""By name; the composer's beds are among them."""


def _wide(rng: Generator, n: int, low: float, high: float) -> Sound:
    return wide(noise(rng, n, low, high), noise(rng, n, low, high))


def _drop(rng: Generator) -> Wave:
    pitch, loud = rng.uniform(1800, 6500), float(rng.uniform(0.2, 1.0)) ** 2
    at = time(0.03)
    tick = np.sin(2 * np.pi * pitch * at) + 0.6 * rng.standard_normal(len(at))
    return (tick * fall(0.03, float(rng.uniform(0.01, 0.03))) * loud).astype(np.float32)


def _clap(rng: Generator) -> Wave:
    middle = rng.uniform(900, 1900)
    return noise(rng, RATE // 16, middle / 1.6, middle * 2.2) * fall(1 / 16, 0.045)


def _unit(sound: Sound) -> Sound:
    return (sound / max(float(np.sqrt(np.mean(np.square(sound)))), 1e-9)).astype(np.float32)
