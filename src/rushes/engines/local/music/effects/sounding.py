"""Effects laid out over a length: what goes on goes on, what happens happens when it should."""

from __future__ import annotations

import tomllib
import zlib
from collections.abc import Iterator
from functools import cache
from importlib import resources

import msgspec
import numpy as np
from msgspec import Struct
from numpy.random import Generator

from rushes.engines.local.music.dsp import RATE, Sound, added, convolved, ramp, seconds
from rushes.engines.local.music.effects.events import EVENTS
from rushes.engines.local.music.effects.textures import TEXTURES, Texture
from rushes.engines.local.music.effects.tones import TONES
from rushes.engines.local.music.loudness import SILENCE, loudness
from rushes.engines.local.music.room import room

_REFERENCE = -20.0
"""LUFS of each effect before its own level."""
_PIECE, _OVERLAP = 20.0, 1.5
"""Seconds: long textures are made in pieces that overlap, so that memory stays bounded."""
_FIRST, _LEAD = 0.05, 0.006
"""How long until the first event: at most, as a share of the time between them; at least, in seconds."""
_WET = 0.12
_ROOM_LEFT = 0.35
"""Of an event, what there must be room for; the first is always there."""


class Effect(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename={"also": "with"}):
    """One row of effects.toml; it says what the fields mean."""

    texture: str = ""
    event: str = ""
    steady: float = 0.0
    every: float = 0.0
    loose: float = 0.0
    room: float = 0.0
    also: tuple[str, ...] = ()
    level: float = 0.0


@cache
def effects() -> dict[str, Effect]:
    """Every effect there is, by name."""
    table = tomllib.loads((resources.files(__package__) / "effects.toml").read_text("utf-8"))
    return msgspec.convert(table, dict[str, Effect])


def sounding(names: tuple[str, ...], length: float, seed: int, *, loop: bool) -> Sound:
    """The effects together, `length` seconds of them; each as loud as the others but for its own level."""
    n = seconds(length)
    mix = np.zeros((n, 2), np.float32)
    together = [one for name in names for one in (name, *effects()[name].also)]
    for name in dict.fromkeys(together):
        effect = effects()[name]
        rng = np.random.default_rng((seed & 0xFFFFFFFF, zlib.crc32(name.encode())))
        if effect.texture:
            made = _texture(TEXTURES[effect.texture], rng, n, loop=loop)
        else:
            made = _events(effect, rng, n, loop=loop)
        heard = loudness(made)
        if heard > SILENCE:
            mix += made * np.float32(10 ** ((_REFERENCE + effect.level - heard) / 20))
    return mix


def _texture(make: Texture, rng: Generator, n: int, *, loop: bool) -> Sound:
    """Pieces that fade into each other; with `loop` the last one into the first."""
    overlap = min(seconds(_OVERLAP), n // 4)
    whole = n + overlap if loop else n
    out = np.zeros((whole, 2), np.float32)
    piece, start = seconds(_PIECE), 0
    while True:
        count = min(piece, whole - start)
        part = make(rng, max(count, overlap + 1))[:count]
        if start:
            # Equal power: the pieces have nothing in common.
            rise = np.sqrt(ramp(overlap))[:, None]
            part[:overlap] *= rise[:count]
            out[start : start + overlap] *= rise[::-1][:count]
        out[start : start + count] += part
        if start + count >= whole:
            break
        start += piece - overlap
    if loop and overlap:
        rise = np.sqrt(ramp(overlap))[:, None]
        out[:overlap] = out[:overlap] * rise + out[n:] * rise[::-1]
    return out[:n]


def _events(effect: Effect, rng: Generator, n: int, *, loop: bool) -> Sound:
    make = EVENTS.get(effect.event) or TONES[effect.event]
    out = np.zeros((n, 2), np.float32)
    length = n / RATE
    for number, start in enumerate(_starts(effect, rng, length, loop=loop)):
        part, at = make(rng, length), min(seconds(start + (0.0 if loop else _LEAD)), n - 1)
        if loop or not number or at + len(part) * _ROOM_LEFT < n:
            added(out, at, part, wrap=loop)
    if effect.room:
        for at, wet in convolved(out.copy(), room(effect.room)):
            added(out, at, wet * np.float32(_WET), wrap=loop)
    return out


def _starts(effect: Effect, rng: Generator, length: float, *, loop: bool) -> Iterator[float]:
    """When it happens, in seconds."""
    if effect.steady:
        # A loop has to hold a whole number of them.
        step = length / max(1, round(length / effect.steady)) if loop else effect.steady
        for number in range(max(1, int(length / step + 1e-6)) if loop else int(np.ceil(length / step - 1e-6))):
            yield min(max(0.0, number * step + rng.normal(0.0, 1.0) * effect.loose), length - 1 / RATE)
    elif effect.every:
        at = float(rng.uniform(0, _FIRST)) * min(effect.every, length)
        while at < length:
            yield at
            at += effect.every * float(rng.uniform(0.6, 1.4))
    else:
        yield 0.0
