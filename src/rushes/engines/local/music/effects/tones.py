"""Sounds that are tones: bells, signals and the blips of games. One of its kind each, in stereo."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.random import Generator

from rushes.engines.local.music.dsp import Sound, Wave, added, seconds
from rushes.engines.local.music.effects.tools import Curve, ended, fall, gliding, modes, moving, placed, square, time

CHURCH = (
    (0.5, 0.5, 9.0), (1.0, 0.6, 6.0), (1.2, 0.6, 5.0), (1.5, 0.35, 4.0), (2.0, 0.8, 3.5), (2.5, 0.3, 2.0),
    (2.67, 0.3, 1.8), (3.0, 0.3, 1.5), (4.0, 0.35, 1.0), (5.33, 0.2, 0.6), (6.8, 0.15, 0.4),
)  # fmt: skip
"""A church bell's partials against its strike note: hum, prime, minor third, fifth, nominal and above."""


def bell(rng: Generator, length: float) -> Sound:
    """One toll of a church bell."""
    lasts = float(np.clip(length, 1.5, 6.0))
    return _done(modes(rng, lasts, CHURCH, float(rng.uniform(290, 340))), 0.4)


def gong(rng: Generator, length: float) -> Sound:
    """A large gong that blooms after it is struck."""
    lasts = float(np.clip(length, 2.0, 8.0))
    low = modes(rng, lasts, [(62 * r, 1 / (1 + r / 3), lasts * 1.2 / r**0.3) for r in (1, 1.48, 2.01, 2.63, 3.4)])
    ratios = rng.uniform(4, 22, 40)
    high = modes(rng, lasts, [(62 * float(r), 0.12, lasts * 0.6) for r in ratios])
    bloom = (1 - np.exp(-time(lasts) / 0.25)).astype(np.float32)
    return _done(low + high * bloom, 0.5)


def chimes(rng: Generator, length: float) -> Sound:
    """A wind chime, touched: several tubes one after the other."""
    out = np.zeros((seconds(3.2), 2), np.float32)
    for late in np.cumsum(rng.uniform(0.05, 0.3, 7)) - 0.05:
        pitch = 1047 * 2 ** (float(rng.choice([0, 2, 4, 7, 9, 12, 14])) / 12)
        tube = modes(rng, 1.8, ((1.0, 0.6, 1.6), (2.76, 0.4, 0.9), (5.4, 0.2, 0.4)), pitch)
        added(out, seconds(float(late)), placed(tube * np.float32(rng.uniform(0.4, 1)), float(rng.uniform(-0.6, 0.6))))
    return _stereo(out, 0.3)


def ding(rng: Generator, length: float) -> Sound:
    """The two notes with which a device asks for attention."""
    out = np.zeros((seconds(1.5), 2), np.float32)
    for late, pitch in ((0.0, 1047), (0.12, 1568)):
        added(out, seconds(late), placed(modes(rng, 1.3, ((1, 1.0, 0.9), (2, 0.25, 0.5), (4, 0.1, 0.25)), pitch)))
    return _stereo(out, 0.2)


def doorbell(rng: Generator, length: float) -> Sound:
    """Ding, dong."""
    out = np.zeros((seconds(2.4), 2), np.float32)
    for late, pitch in ((0.0, 659), (0.55, 523)):
        added(out, seconds(late), placed(modes(rng, 1.8, ((1, 1.0, 1.5), (2.7, 0.3, 0.8), (5.2, 0.12, 0.4)), pitch)))
    return _stereo(out, 0.3)


def alarm(rng: Generator, length: float) -> Sound:
    """Four quick beeps and a rest."""
    out = np.zeros(seconds(1.0), np.float32)
    for number in range(4):
        start = seconds(number * 0.125)
        beep_ = _held(2048, 0.07)
        out[start : start + len(beep_)] += beep_
    return placed(out)


def beep(rng: Generator, length: float) -> Sound:
    """One plain tone."""
    return placed(_held(1000, float(np.clip(length, 0.1, 0.4)), np.sin))


def phone(rng: Generator, length: float) -> Sound:
    """One ring: two tones that tremble."""
    at = time(1.6)
    both = np.sin(2 * np.pi * 440 * at) + np.sin(2 * np.pi * 480 * at)
    ring = both * (0.6 + 0.4 * np.tanh(4 * np.sin(2 * np.pi * 20 * at)))
    return _done(ring.astype(np.float32) * fall(1.6, 60.0, 0.01), 0.02)


def car_horn(rng: Generator, length: float) -> Sound:
    """Two reeds a third apart."""
    lasts = float(np.clip(length, 0.3, 1.0))
    at = time(lasts)
    both = np.zeros(len(at))
    for pitch in (415, 523):
        both += np.tanh(3 * np.sin(2 * np.pi * pitch * at)) + 0.4 * np.sin(4 * np.pi * pitch * at)
    return _done(both.astype(np.float32) * fall(lasts, 60.0, 0.02), 0.05)


def laser(rng: Generator, length: float) -> Sound:
    """A tone that falls by four octaves at once."""
    at = time(0.4)
    pitch = 180 + 3200 * np.exp(-at / float(rng.uniform(0.06, 0.1)))
    return _done(gliding(pitch, square) * fall(0.4, 0.5), 0.02)


def teleport(rng: Generator, length: float) -> Sound:
    """A shimmer that rises and is gone."""
    lasts = 1.4
    at = time(lasts)
    pitch = 300 * 2 ** (2.5 * at / lasts) * (1 + 0.15 * np.sin(2 * np.pi * 18 * at))
    shape = np.sin(np.pi * at / lasts).astype(np.float32)
    dust = moving(rng, np.asarray(2000 * 2 ** (1.5 * at / lasts)), 0.8) * np.float32(0.4)
    return _done((gliding(pitch) + np.float32(0.5) * gliding(pitch * 1.5) + dust) * shape)


def coin(rng: Generator, length: float) -> Sound:
    """Two notes of a square wave, the second ringing."""
    return _blips(((988, 0.07), (1319, 0.45)))


def jump(rng: Generator, length: float) -> Sound:
    """A square wave that leaps up."""
    at = time(0.28)
    return _done(gliding(220 * 2 ** (1.6 * at / 0.28), square) * fall(0.28, 0.5), 0.02)


def powerup(rng: Generator, length: float) -> Sound:
    """An arpeggio upwards."""
    return _blips((*((523 * 2 ** (step / 12), 0.07) for step in (0, 4, 7, 12, 16, 19)), (523 * 4, 0.4)))


def gameover(rng: Generator, length: float) -> Sound:
    """The same, the sad way down."""
    return _blips(((523, 0.18), (494, 0.18), (466, 0.18), (440, 0.7)))


def error(rng: Generator, length: float) -> Sound:
    """Two low buzzes."""
    out = np.zeros(seconds(0.5), np.float32)
    for start in (0, seconds(0.24)):
        buzz = _held(140, 0.18)
        out[start : start + len(buzz)] += buzz
    return placed(out)


TONES = {
    made.__name__: made
    for made in (
        bell, gong, chimes, ding, doorbell, alarm, beep, phone, car_horn, laser, teleport, coin, jump, powerup,
        gameover, error,
    )
}  # fmt: skip


def _blips(notes: tuple[tuple[float, float], ...]) -> Sound:
    parts = [
        gliding(np.full(seconds(lasts), pitch), square) * fall(lasts, max(0.5, 2 * lasts)) for pitch, lasts in notes
    ]
    return _done(np.concatenate(parts), 0.05)


def _held(pitch: float, lasts: float, shape: Callable[[Curve], Curve] = square) -> Wave:
    tone: Wave = gliding(np.full(seconds(lasts), pitch), shape) * fall(lasts, 60.0, 0.004)
    return ended(tone, 0.006)


def _done(wave: Wave, fade: float = 0.01) -> Sound:
    return placed(ended(wave.astype(np.float32), fade))


def _stereo(sound: Sound, fade: float) -> Sound:
    for side in (0, 1):
        ended(sound[:, side], fade)
    return sound
