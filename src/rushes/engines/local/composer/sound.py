"""The sound of a place: beds layered by place, hour, weather and what else is in the scene."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rushes.engines.local.composer.sound_beds import BEDS, RATE, Sound
from rushes.engines.local.composer.spec import SceneSpec

LOUDNESS = -23.0
"""LUFS, the broadcast level."""
_PEAK = 0.89
_FADE_SECONDS = 0.25
_DARK = ("dusk", "night")
# BS.1770's two filters at 48 kHz: the head's shelf, then the ear's high-pass (b0 b1 b2, a0 a1 a2).
_SHELF = ((1.53512485958697, -2.69169618940638, 1.19839281085285), (1.0, -1.69065929318241, 0.73248077421585))
_HIGH_PASS = ((1.0, -2.0, 1.0), (1.0, -1.99004745483398, 0.99007225036621))


def ambience(spec: SceneSpec, seconds: float, seed: int) -> NDArray[np.float32]:
    """The sound that fits a scene: float32 (round(seconds * 48000), 2), -23 LUFS, faded at both ends.

    The same scene, length and seed always give the same samples.
    """
    n = round(seconds * RATE)
    if n <= 0:
        return np.zeros((0, 2), np.float32)
    mix = np.zeros((n, 2), np.float32)
    for index, (name, level) in enumerate(layers(spec).items()):
        # Each bed has its own generator: one more layer does not change the others.
        rng = np.random.default_rng((seed & 0xFFFFFFFF, index, list(BEDS).index(name)))
        mix += BEDS[name](rng, n) * np.float32(10 ** (level / 20))
    fade = min(n // 2, int(_FADE_SECONDS * RATE))
    ramp = (0.5 - 0.5 * np.cos(np.linspace(0.0, np.pi, fade, dtype=np.float32)))[:, None]
    if fade:
        mix[:fade] *= ramp
        mix[n - fade :] *= ramp[::-1]
    mix *= np.float32(10 ** ((LOUDNESS - loudness(mix)) / 20))
    return _held_below(mix, _PEAK)


def layers(spec: SceneSpec) -> dict[str, float]:
    """Which beds the scene has, with their levels in decibels; where two sources ask for one, the louder."""
    table = _table()
    hour = "night" if spec.time in _DARK else "day"
    chosen: dict[str, float] = {}
    # Neither weather nor birds reach these places.
    sealed = spec.place in ("space", "underwater", "interior", "cave")
    wanted = [table["place"][spec.place][hour]]
    if not sealed:
        wanted.append(table["weather"].get(spec.weather, {}))
    elif spec.place == "interior" and spec.weather in ("rain", "storm"):
        wanted.append({name: level - 8.0 for name, level in table["weather"][spec.weather].items()})
    wanted += [table["features"].get(feature, {}) for feature in spec.features]
    for beds in wanted:
        for name, level in beds.items():
            chosen[name] = max(chosen.get(name, -200.0), float(level))
    wet = not sealed and spec.weather in ("rain", "storm", "snow")
    return {name: level for name, level in chosen.items() if not (wet and name in ("birds", "crickets"))}


def loudness(sound: Sound) -> float:
    """Integrated loudness in LUFS of stereo sound at 48 kHz (BS.1770: weighted, in gated blocks of 0.4 s)."""
    size = 1 << (len(sound) + RATE // 10).bit_length()
    z = np.exp(-2j * np.pi * np.arange(size // 2 + 1) / size)
    weight = np.ones_like(z)
    for above, below in (_SHELF, _HIGH_PASS):
        weight *= np.polyval(above[::-1], z) / np.polyval(below[::-1], z)
    heard = np.fft.irfft(np.fft.rfft(sound, size, axis=0) * weight[:, None], size, axis=0)[: len(sound)]
    power = np.concatenate([[0.0], np.cumsum(np.square(heard).sum(axis=1))])
    block = min(len(sound), int(0.4 * RATE))
    starts = np.arange(0, len(sound) - block + 1, max(1, block // 4))
    blocks = np.maximum((power[starts + block] - power[starts]) / block, 1e-12)
    for gate in (10 ** ((-70.0 + 0.691) / 10), None):
        limit = blocks.mean() / 10 if gate is None else gate
        blocks = blocks[blocks >= limit] if (blocks >= limit).any() else blocks
    return float(-0.691 + 10 * np.log10(blocks.mean()))


def _held_below(sound: Sound, peak: float) -> Sound:
    """Bend what is above two thirds of the peak, so that a thunderclap does not clip."""
    knee = peak * 2 / 3
    over = np.abs(sound) - knee
    bent = knee + (peak - knee) * np.tanh(np.maximum(over, 0.0) / (peak - knee))
    return np.where(over > 0, np.sign(sound) * bent, sound).astype(np.float32)


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads((resources.files(__package__) / "sound_beds.toml").read_text("utf-8"))
