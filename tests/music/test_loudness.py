"""Loudness and true peak against ffmpeg's own measurement; the limiter against its promises."""

from __future__ import annotations

import re
import subprocess

import imageio_ffmpeg
import numpy as np
import pytest
from numpy.typing import NDArray

from rushes.engines.local.music.dsp import RATE
from rushes.engines.local.music.loudness import SILENCE, loudness, true_peak
from rushes.engines.local.music.mastering import CEILING, TARGET, faded, mastered


def by_ffmpeg(sound: NDArray[np.float32]) -> tuple[float, float]:
    """LUFS and dBTP."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-f", "f32le", "-ar", str(RATE), "-ac", "2", "-i", "-"]
    command += ["-af", "ebur128=peak=true", "-f", "null", "-"]
    said = subprocess.run(command, input=sound.astype("<f4").tobytes(), capture_output=True, check=True).stderr.decode()
    summary = said[said.rindex("Summary:") :]
    whole, peak = re.search(r"I:\s+(-?[\d.]+) LUFS", summary), re.search(r"Peak:\s+(-?[\d.]+) dBFS", summary)
    assert whole
    assert peak
    return float(whole[1]), float(peak[1])


def sounds() -> dict[str, NDArray[np.float32]]:
    rng = np.random.default_rng(1)
    time = np.arange(11 * RATE + 777) / RATE
    noise = (rng.standard_normal((len(time), 2)) * 0.1).astype(np.float32)
    gaps = noise * (np.sin(2 * np.pi * time / 4) > 0)[:, None] + 1e-4 * noise
    low = 0.3 * np.sin(2 * np.pi * 55 * time)[:, None] * np.array([1.0, 0.4])
    return {"noise": noise, "gaps": gaps.astype(np.float32), "low": low.astype(np.float32)}


@pytest.mark.parametrize("name", ["noise", "gaps", "low"])
def test_loudness_is_what_ffmpeg_measures(name: str) -> None:
    sound = sounds()[name]
    whole, peak = by_ffmpeg(sound)
    assert loudness(sound) == pytest.approx(whole, abs=0.11)
    # ffmpeg's interpolation is short; it may miss a little of a peak.
    assert peak - 0.2 <= true_peak(sound) <= peak + 0.5


def test_the_standards_own_tone() -> None:
    """997 Hz at -20 dBFS in both channels is -20 LUFS, whatever its length."""
    tone = 0.1 * np.sin(2 * np.pi * 997 * np.arange(5 * RATE) / RATE)
    sound = np.stack([tone, tone], axis=1).astype(np.float32)
    for seconds in (5.0, 1.23, 0.4, 0.2):
        assert loudness(sound[: int(seconds * RATE)]) == pytest.approx(-20.0, abs=0.05)


def test_peaks_between_samples_are_found() -> None:
    """A quarter of the rate, sampled half way up: the samples reach 0.707, the wave 1."""
    wave = np.sin(2 * np.pi * RATE / 4 * np.arange(RATE) / RATE + np.pi / 4)
    assert true_peak(np.stack([wave, wave], axis=1).astype(np.float32)) == pytest.approx(0.0, abs=0.2)


def test_silence_has_no_loudness() -> None:
    nothing = np.zeros((RATE, 2), np.float32)
    assert loudness(nothing) == SILENCE
    assert mastered(nothing, loop=False)[1] == SILENCE


@pytest.mark.parametrize("loop", [False, True])
def test_drums_are_brought_to_the_target_below_the_ceiling(loop: bool) -> None:
    rng = np.random.default_rng(2)
    time = np.arange(8 * RATE) / RATE
    strokes = rng.standard_normal((len(time), 2)) * np.exp(-(time % 0.5) / 0.06)[:, None] + 0.02
    out, heard = mastered(strokes.astype(np.float32), loop=loop)
    assert heard == pytest.approx(TARGET, abs=0.1)
    assert loudness(out) == pytest.approx(heard, abs=0.01)
    assert true_peak(out) <= CEILING + 0.05


def test_one_click_is_not_crushed() -> None:
    sound = np.zeros((2 * RATE, 2), np.float32)
    sound[RATE] = 0.5
    out, heard = mastered(sound, loop=False)
    assert heard < TARGET - 3
    assert true_peak(out) == pytest.approx(CEILING, abs=0.1)


def test_fades_end_in_silence() -> None:
    out = faded(np.ones((RATE, 2), np.float32), 0.1, 0.3)
    assert out[0, 0] < 1e-3
    assert out[-1, 0] < 1e-3
    assert np.all(out[RATE // 2 : RATE // 2 + 100] == 1)
    assert np.all(np.diff(out[-RATE // 4 :, 0]) < 0)
