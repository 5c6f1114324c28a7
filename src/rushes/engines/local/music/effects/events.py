"""Sounds that happen: knocks, blasts, steps. Each takes a generator and gives one of its kind, in stereo.

`length` is the seconds there are for it: those that can last longer do.
"""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from rushes.engines.local.music.dsp import RATE, Sound, Wave, added, seconds
from rushes.engines.local.music.effects.tools import (
    coloured,
    drift,
    ended,
    fall,
    gliding,
    modes,
    moving,
    noise,
    placed,
    strewn,
    time,
    unit,
    wide,
)


def thunder(rng: Generator, length: float) -> Sound:
    """A crack that tears, then rolls that come back from farther and farther away."""
    lasts = float(np.clip(length, 2.5, 7.0))
    n = seconds(lasts)
    at = time(lasts)
    rolls = np.zeros(n)
    for number, late in enumerate(np.cumsum(rng.uniform(0.15, 0.7, 7)) - 0.1):
        since = np.maximum(at - late, 0)
        rolls += rng.uniform(0.5, 1.0) * 0.75**number * np.exp(-since / 0.9) * np.minimum(1, since / 0.06)
    low = (rolls * (0.6 + 0.4 * drift(rng, n, 9.0))).astype(np.float32)
    rumble = wide(noise(rng, n, 28, 160) * low, noise(rng, n, 28, 160) * low)
    crack = noise(rng, n, 200, 5000) * (fall(lasts, 1.1) * (0.4 + 0.6 * drift(rng, n, 40.0))) * np.float32(0.3)
    return _ended(rumble + placed(crack), 0.8)


def explosion(rng: Generator, length: float) -> Sound:
    """A blast, pressed flat as a microphone would, its fire dying, debris coming down."""
    lasts = float(np.clip(length, 1.0, 5.0))
    n = seconds(lasts)
    boom = np.tanh(3 * unit(coloured(rng, n, -6.0)) * fall(lasts, 0.65 * lasts)) * 1.2
    punch = gliding(32 + 90 * np.exp(-time(lasts) / 0.06)) * fall(lasts, 0.7)
    blast = noise(rng, n, 150, 7000) * fall(lasts, 0.35 * lasts) * np.float32(0.5)
    debris = strewn(rng, n, 30.0, lambda: noise(rng, 900, 700, 5000) * fall(900 / RATE, 0.015) * np.float32(0.25))
    late = np.exp(-0.5 * ((time(lasts) - 0.45 * lasts) / (0.2 * lasts)) ** 2).astype(np.float32)
    return _ended(placed((boom + punch).astype(np.float32) + blast) + debris * late[:, None], 0.3)


def gunshot(rng: Generator, length: float) -> Sound:
    """A crack and the echo of open country."""
    lasts = float(np.clip(length, 0.6, 1.8))
    n = seconds(lasts)
    crack = np.tanh(4 * noise(rng, n, 120, 12_000) * fall(lasts, 0.12, 0.0003))
    thump = gliding(60 + 120 * np.exp(-time(lasts) / 0.02)) * fall(lasts, 0.2)
    tail = noise(rng, n, 150, 2500) * fall(lasts, 0.9 * lasts, 0.03) * np.float32(0.12)
    return _ended(placed((crack + thump).astype(np.float32) + tail), 0.1)


def fireworks(rng: Generator, length: float) -> Sound:
    """A whistle up, a bang, a shower of crackles."""
    rise = 0.9
    whistle = gliding(np.linspace(900, 2600, seconds(rise))) * fall(rise, 3.0, 0.5) * np.float32(0.08)
    bang = explosion(rng, 1.6) * np.float32(0.9)
    shower = strewn(rng, seconds(1.3), 90.0, lambda: noise(rng, 300, 2500, 9000) * fall(300 / RATE, 0.006))
    out = np.zeros((seconds(rise + 2.2), 2), np.float32)
    added(out, 0, placed(whistle))
    added(out, seconds(rise), bang)
    added(out, seconds(rise + 0.35), shower * fall(1.3, 1.6, 0.2)[:, None] * np.float32(0.35))
    return _ended(out, 0.2)


def impact(rng: Generator, length: float) -> Sound:
    """The deep stroke of a film trailer, with a long floor."""
    lasts = float(np.clip(length, 1.0, 4.0))
    n = seconds(lasts)
    drop = gliding(36 + 80 * np.exp(-time(lasts) / 0.05)) * fall(lasts, 0.8 * lasts)
    skin = noise(rng, n, 80, 1400) * fall(lasts, 0.25) * np.float32(0.6)
    room = noise(rng, n, 60, 700) * fall(lasts, 0.7 * lasts, 0.02) * np.float32(0.12)
    return _ended(placed(np.tanh(1.8 * drop) + skin + room), 0.2)


def punch(rng: Generator, length: float) -> Sound:
    """Short, soft and low, with a slap on it."""
    thump = gliding(55 + 110 * np.exp(-time(0.3) / 0.02)) * fall(0.3, 0.22)
    slap = noise(rng, seconds(0.3), 500, 3500) * fall(0.3, 0.06) * np.float32(0.35)
    return _ended(placed(thump + slap))


def footsteps(rng: Generator, length: float) -> Sound:
    """One step: the heel, then the sole."""
    out = np.zeros(seconds(0.3), np.float32)
    for late, loud, bright in ((0.0, 1.0, 1.0), (0.09, 0.45, 1.6)):
        thump = gliding(70 + 50 * np.exp(-time(0.2) / 0.015)) * fall(0.2, 0.09) * np.float32(loud)
        scuff = noise(rng, seconds(0.2), 350 * bright, 2600 * bright) * fall(0.2, 0.07, 0.004) * np.float32(0.3 * loud)
        out[seconds(late) : seconds(late) + seconds(0.2)] += thump + scuff
    return _ended(placed(out * np.float32(rng.uniform(0.8, 1.0)), float(rng.uniform(-0.15, 0.15))))


def heartbeat(rng: Generator, length: float) -> Sound:
    """Both of the heart's sounds, the second shorter and a little higher."""
    out = np.zeros(seconds(0.6), np.float32)
    for late, pitch, loud in ((0.0, 46, 1.0), (0.3, 58, 0.7)):
        beat = gliding(pitch * (1 + 0.5 * np.exp(-time(0.25) / 0.02))) * fall(0.25, 0.24, 0.012) * np.float32(loud)
        skin = noise(rng, seconds(0.25), 60, 240) * fall(0.25, 0.12, 0.01) * np.float32(0.12 * loud)
        out[seconds(late) : seconds(late) + seconds(0.25)] += beat + skin
    return _ended(placed(out))


def clock(rng: Generator, length: float) -> Sound:
    """One tick, or one tock."""
    pitch = 1.0 if rng.random() < 0.5 else 0.8
    tick = modes(rng, 0.08, ((2300, 1.0, 0.03), (3700, 0.7, 0.02), (5900, 0.5, 0.012), (900, 0.4, 0.03)), pitch)
    return _ended(placed(tick))


def typing(rng: Generator, length: float) -> Sound:
    """One key: down, and up again."""
    out = np.zeros(seconds(0.14), np.float32)
    for late, loud in ((0.0, 1.0), (float(rng.uniform(0.06, 0.09)), 0.4)):
        low = float(rng.uniform(900, 1600))
        key = noise(rng, seconds(0.04), low, low * 4) * fall(0.04, 0.018) * np.float32(loud)
        out[seconds(late) : seconds(late) + seconds(0.04)] += key
    return _ended(placed(out * np.float32(rng.uniform(0.5, 1.0)), float(rng.uniform(-0.3, 0.3))))


def click(rng: Generator, length: float) -> Sound:
    """One short click."""
    spark = noise(rng, seconds(0.04), 1800, 9000) * fall(0.04, 0.008, 0.0002)
    return _ended(placed(spark + modes(rng, 0.04, ((2600, 0.8, 0.015),))))


def knock(rng: Generator, length: float) -> Sound:
    """Three knocks on a wooden door."""
    out = np.zeros((seconds(1.0), 2), np.float32)
    for number in range(3):
        wood = modes(rng, 0.3, ((118, 1.0, 0.16), (235, 0.8, 0.12), (410, 0.6, 0.09), (730, 0.35, 0.06)))
        wood += noise(rng, len(wood), 300, 2500) * fall(0.3, 0.03) * np.float32(0.5)
        added(
            out, seconds(number * 0.24 + float(rng.uniform(0, 0.015))), placed(wood * np.float32(rng.uniform(0.85, 1)))
        )
    return _ended(out)


def door(rng: Generator, length: float) -> Sound:
    """A door that falls shut: the leaf, the frame, the latch."""
    lasts = 0.9
    slam = modes(rng, lasts, ((62, 1.2, 0.4), (105, 1.0, 0.35), (190, 0.7, 0.25), (330, 0.4, 0.2)))
    slam += noise(rng, len(slam), 90, 2200) * fall(lasts, 0.22) * np.float32(0.8)
    latch = modes(rng, 0.1, ((1700, 0.25, 0.04), (2900, 0.2, 0.03)))
    slam[seconds(0.05) : seconds(0.05) + len(latch)] += latch
    return _ended(placed(slam), 0.1)


def glass(rng: Generator, length: float) -> Sound:
    """A pane that breaks and its pieces that fall."""
    out = np.zeros((seconds(1.8), 2), np.float32)
    added(out, 0, placed(noise(rng, seconds(0.3), 1500, 14_000) * fall(0.3, 0.18, 0.0005)))
    for _ in range(70):
        late = float(rng.exponential(0.35))
        pitch = float(rng.uniform(2200, 9500))
        falls = float(rng.uniform(0.05, 0.35))
        shard = modes(rng, 0.4, ((1.0, 1.0, falls), (1.53, 0.6, falls * 0.8), (2.31, 0.3, falls * 0.6)), pitch)
        loud = np.float32(0.35 * np.exp(-late / 0.6) * rng.uniform(0.2, 1))
        added(out, seconds(late), placed(shard * loud, float(rng.uniform(-0.8, 0.8))))
    return _ended(out, 0.2)


def splash(rng: Generator, length: float) -> Sound:
    """Something falls into water: the burst, then drops and bubbles."""
    lasts = 1.5
    n = seconds(lasts)
    centre = 600 + 3200 * np.exp(-time(lasts) / 0.15)
    burst = moving(rng, centre, 2.0) * fall(lasts, 0.7, 0.012)

    def bubble() -> Wave:
        pitch = float(rng.uniform(400, 1500))
        at = time(0.08)
        return gliding(pitch * (1 + 4 * at)) * fall(0.08, 0.05, 0.003) * np.float32(rng.uniform(0.1, 0.5))

    return _ended(placed(burst) + strewn(rng, n, 30.0, bubble) * fall(lasts, 2.5, 0.15)[:, None], 0.2)


def whoosh(rng: Generator, length: float) -> Sound:
    """Something passes by from the left to the right."""
    lasts = float(np.clip(length, 0.4, 1.6))
    at = time(lasts) / lasts
    passing = np.exp(-0.5 * ((at - 0.5) / 0.16) ** 2)
    air = moving(rng, 300 + 3200 * passing**1.5, 1.4) * passing.astype(np.float32)
    side = (at * np.pi / 2)[:, None]
    return _ended((air[:, None] * np.hstack([np.cos(side), np.sin(side)])).astype(np.float32))


def sword(rng: Generator, length: float) -> Sound:
    """A blade through the air, then steel on steel."""
    out = np.zeros((seconds(1.3), 2), np.float32)
    added(out, 0, whoosh(rng, 0.4) * np.float32(0.5))
    steel = ((1890, 1.0, 0.7), (2730, 0.8, 0.6), (3960, 0.7, 0.5), (5210, 0.5, 0.4), (7350, 0.4, 0.3))
    added(out, seconds(0.25), placed(modes(rng, 1.0, steel) * np.float32(0.4)))
    return _ended(out, 0.1)


def riser(rng: Generator, length: float) -> Sound:
    """Noise and a tone that climb until the end."""
    lasts = float(np.clip(length, 0.5, 12.0))
    at = time(lasts) / lasts
    swell = (at**2).astype(np.float32)
    tone = gliding(110 * 2 ** (3 * at)) * np.float32(0.35) + gliding(111.2 * 2 ** (3 * at)) * np.float32(0.35)
    return _ended(placed((moving(rng, 250 * 2 ** (5 * at), 1.2) + tone) * swell), 0.015)


EVENTS = {
    made.__name__: made
    for made in (
        thunder, explosion, gunshot, fireworks, impact, punch, footsteps, heartbeat, clock, typing, click, knock, door,
        glass, splash, whoosh, sword, riser,
    )
}  # fmt: skip


def _ended(sound: Sound, fade: float = 0.01) -> Sound:
    for side in (0, 1):
        ended(sound[:, side], fade)
    return sound
