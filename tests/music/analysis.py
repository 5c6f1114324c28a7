"""Hearing by numbers: spectra, onsets, tempo, key. Nothing here is taken from what it is to judge."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

RATE = 48_000
Mono = NDArray[np.float64]

# Krumhansl and Kessler's profiles: how well each tone fits a key, from the tonic up.
MAJOR = (6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88)
MINOR = (6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17)


def decoded(path: Path) -> NDArray[np.float32]:
    """A file's sound as (n, channels) at its own rate, which is checked to be RATE."""
    with av.open(str(path), "r") as container:
        blocks = []
        resampler = av.AudioResampler(format="fltp", layout="stereo")
        for frame in container.decode(audio=0):
            assert frame.sample_rate == RATE
            blocks += [part.to_ndarray() for part in resampler.resample(frame)]
    return np.concatenate(blocks, axis=1).T.astype(np.float32)


def mono(sound: NDArray[np.floating]) -> Mono:
    return np.asarray(sound, np.float64).mean(axis=1)


def spectrum(wave: Mono) -> tuple[NDArray[np.floating], NDArray[np.floating]]:
    """Frequencies in Hz and the mean power at each."""
    frames = spectrogram(wave, 8192, 4096)
    return np.fft.rfftfreq(8192, 1 / RATE), (frames**2).mean(axis=0)


def spectrogram(wave: Mono, size: int, hop: int) -> NDArray[np.floating]:
    """Magnitudes (frames, frequencies)."""
    padded = np.pad(wave, (0, max(0, size - len(wave))))
    frames = np.lib.stride_tricks.sliding_window_view(padded, size)[::hop]
    return np.abs(np.fft.rfft(frames * np.hanning(size), axis=1))


def centroid(wave: Mono) -> float:
    """Hz: the middle of the spectrum."""
    frequencies, power = spectrum(wave)
    return float((frequencies * power).sum() / power.sum())


def flatness(wave: Mono, low: float, high: float) -> float:
    """1 for noise, 0 for tones, between two frequencies."""
    frequencies, power = spectrum(wave)
    within = power[(frequencies >= low) & (frequencies <= high)] + 1e-20
    return float(np.exp(np.log(within).mean()) / within.mean())


def share(wave: Mono, low: float, high: float) -> float:
    """How much of the energy lies between two frequencies."""
    frequencies, power = spectrum(wave)
    return float(power[(frequencies >= low) & (frequencies < high)].sum() / power.sum())


def levels(wave: Mono, step: float = 0.1) -> NDArray[np.floating]:
    """The root mean square of each `step` seconds."""
    count = int(step * RATE)
    return np.sqrt((wave[: len(wave) // count * count].reshape(-1, count) ** 2).mean(axis=1))


HOP = 256


def onsets(wave: Mono) -> NDArray[np.floating]:
    """How much new sound begins, every HOP samples, from the spectrum's rise in bands."""
    magnitudes = spectrogram(wave, 2048, HOP)
    edges = np.unique(np.geomspace(2, magnitudes.shape[1] - 1, 25).astype(int))
    bands = np.log1p(50 * np.stack([magnitudes[:, a:b].mean(axis=1) for a, b in pairwise(edges)], 1))
    rise = np.maximum(np.diff(bands, axis=0), 0).sum(axis=1)
    slow = np.convolve(rise, np.ones(94) / 94, "same")
    return np.maximum(rise - slow, 0)


def pulse(
    wave: Mono, beats: int = 4, low: float = 40.0, high: float = 240.0
) -> tuple[NDArray[np.floating], NDArray[np.floating]]:
    """Tempos in BPM, and how strongly the onsets come again at each: of one beat, two, and a bar of `beats`."""
    strength = onsets(wave)
    strength = strength - strength.mean()
    size = 1 << (2 * len(strength)).bit_length()
    again = np.fft.irfft(np.abs(np.fft.rfft(strength, size)) ** 2)[: len(strength)]
    again = again / again[0] * len(strength) / np.maximum(np.arange(len(strength), 0, -1), 1)
    tempos = np.arange(low, high, 0.25)
    lag = 60 / tempos * RATE / HOP
    at = np.arange(len(again))
    found = sum(np.interp(lag * many, at, again) for many in (1, 2, beats))
    return tempos, np.asarray(found)


def tempo(wave: Mono, near: float, beats: int = 4) -> float:
    """BPM: the strongest within a factor of 1.4 either way of `near`, which settles only the octave."""
    tempos, found = pulse(wave, beats)
    within = (tempos > near / 1.4) & (tempos < near * 1.4)
    return float(tempos[within][np.argmax(found[within])])


def chroma(wave: Mono) -> NDArray[np.floating]:
    """How much there is of each tone, C first: of what stands out and lasts, so that drums count little."""
    size = 16_384
    magnitudes = spectrogram(wave, size, size // 4)
    frequencies = np.fft.rfftfreq(size, 1 / RATE)
    heard = (frequencies > 55) & (frequencies < 1200)
    lasting = np.minimum(magnitudes[1:], magnitudes[:-1])[:, heard]
    places, tones = frequencies[heard], np.zeros(12)
    for frame in lasting:
        middle = frame[1:-1]
        tops = 1 + np.flatnonzero((middle > frame[:-2]) & (middle > frame[2:]) & (middle > 0.08 * frame.max()))
        left, top, right = np.log(frame[tops - 1] + 1e-9), np.log(frame[tops] + 1e-9), np.log(frame[tops + 1] + 1e-9)
        exact = places[tops] + (left - right) / (2 * (left - 2 * top + right)) * (places[1] - places[0])
        pitch = 12 * np.log2(exact / 440) + 69
        tuned = np.abs(pitch - np.round(pitch)) < 0.3
        np.add.at(tones, np.round(pitch[tuned]).astype(int) % 12, np.sqrt(frame[tops][tuned] / (frame.max() + 1e-9)))
    return tones


def key(wave: Mono) -> tuple[int, bool]:
    """The tonic (0 is C) and whether it is minor."""
    tones = chroma(wave)
    fits = {
        (tonic, minor): float(np.corrcoef(np.roll(MINOR if minor else MAJOR, tonic), tones)[0, 1])
        for tonic in range(12)
        for minor in (False, True)
    }
    return max(fits, key=lambda one: fits[one])
