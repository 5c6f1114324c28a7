"""Loudness and true peak as ITU-R BS.1770 defines them, measured block by block."""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import cache

import numpy as np
from numpy.typing import NDArray

from rushes.engines.local.music.dsp import Sound, power_of_two, seconds

SILENCE = -200.0
"""LUFS and dBTP where there is nothing to hear."""

# The two filters at 48 kHz: the head's shelf, then the ear's high-pass (b0 b1 b2, a0 a1 a2).
_SHELF = ((1.53512485958697, -2.69169618940638, 1.19839281085285), (1.0, -1.69065929318241, 0.73248077421585))
_HIGH_PASS = ((1.0, -2.0, 1.0), (1.0, -1.99004745483398, 0.99007225036621))
_MEMORY = seconds(0.5)
"""Samples after which the filters have forgotten: 100 dB and more below."""
_STEP = seconds(0.1)
_BLOCK = 4
"""Steps in a block: 0.4 s, three quarters of it shared with the next."""
_ABSOLUTE, _RELATIVE = -70.0, -10.0
_OFFSET = -0.691
# A transform's length less what the filters remember, in whole steps; and less a margin for the peaks.
_PIECE = ((1 << 18) - 2 * _MEMORY) // _STEP * _STEP
_MARGIN = 64
_PEAK_PIECE = (1 << 16) - 3 * _MARGIN
_OVERSAMPLED = 4


def loudness(sound: Sound) -> float:
    """Integrated loudness in LUFS of stereo sound at RATE, gated; of less than 0.4 s, that of the whole."""
    steps = _steps(sound)
    blocks = _blocks(steps)
    for gate in (_ABSOLUTE, None):
        if not len(blocks):
            return SILENCE
        limit = _lufs(float(blocks.mean())) + _RELATIVE if gate is None else gate
        blocks = blocks[blocks > 10 ** ((limit - _OFFSET) / 10)]
    return _lufs(float(blocks.mean())) if len(blocks) else SILENCE


def loudest(sound: Sound) -> float:
    """Momentary loudness in LUFS where it is highest."""
    return _lufs(float(_blocks(_steps(sound)).max(initial=0.0)))


def true_peak(sound: Sound) -> float:
    """dBTP: the highest level between the samples too, by fourfold oversampling."""
    peak = max((float(part.max(initial=0.0)) for _, part in peaks(sound)), default=0.0)
    return 20 * math.log10(peak) if peak > 0 else SILENCE


def peaks(sound: Sound) -> Iterator[tuple[int, NDArray[np.float32]]]:
    """Pieces (start, peaks): what each sample and the time up to the next reach, over both channels."""
    for start in range(0, len(sound), _PEAK_PIECE):
        low, high = max(0, start - _MARGIN), min(len(sound), start + _PEAK_PIECE + _MARGIN)
        part = sound[low:high]
        size = power_of_two(len(part) + _MARGIN)
        dense = np.fft.irfft(np.fft.rfft(part, size, axis=0), size * _OVERSAMPLED, axis=0) * _OVERSAMPLED
        reached = np.abs(dense[: len(part) * _OVERSAMPLED]).max(axis=1).reshape(-1, _OVERSAMPLED).max(axis=1)
        yield start, reached[start - low : start - low + min(_PEAK_PIECE, len(sound) - start)].astype(np.float32)


def _steps(sound: Sound) -> NDArray[np.float64]:
    """The weighted energy of each 0.1 s, both channels together; what is left at the end is a step of its own."""
    energies: list[float] = []
    for start in range(0, len(sound), _PIECE):
        low = max(0, start - _MEMORY)
        part = sound[low : start + _PIECE]
        size = power_of_two(len(part) + _MEMORY)
        heard = np.fft.irfft(np.fft.rfft(part, size, axis=0) * _weight(size)[:, None], size, axis=0)
        power = np.square(heard[start - low : len(part)]).sum(axis=1)
        energies += [float(power[at : at + _STEP].sum()) for at in range(0, len(power), _STEP)]
    if len(sound) % _STEP and len(sound) > _STEP * _BLOCK:
        energies.pop()  # no block of full length has room for it
    elif energies:
        # Shorter than a block: it counts as one, of its own length.
        short = len(sound) / _STEP
        energies = [sum(energies) * _BLOCK / short] + [0.0] * (_BLOCK - 1) if short < _BLOCK else energies
    return np.array(energies)


def _blocks(steps: NDArray[np.float64]) -> NDArray[np.float64]:
    """The mean power of each overlapping block."""
    if len(steps) < _BLOCK:
        return np.zeros(0)
    return np.convolve(steps, np.ones(_BLOCK), "valid") / (_BLOCK * _STEP)


def _lufs(power: float) -> float:
    return _OFFSET + 10 * math.log10(power) if power > 0 else SILENCE


@cache
def _weight(size: int) -> NDArray[np.complex128]:
    """The filters' response at the frequencies of a transform."""
    z = np.exp(-2j * np.pi * np.arange(size // 2 + 1) / size)
    weight = np.ones_like(z)
    for above, below in (_SHELF, _HIGH_PASS):
        weight *= np.polyval(above[::-1], z) / np.polyval(below[::-1], z)
    return np.asarray(weight)
