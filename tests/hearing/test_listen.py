"""Recordings as blocks: nothing lost, nothing moved, nothing opened but the file."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from rushes.engines.local.hearing.listen import RATE, UnhearableError, blocks, quietest
from rushes.media.encode import VideoWriter
from rushes.media.sound import SoundWriter


def wav(path: Path, samples: np.ndarray, rate: int = RATE, form: str = "wav") -> Path:
    with SoundWriter(path, form, rate=rate) as sound:
        sound.write(samples.astype(np.float32))
    return path


def noise(seconds: float, level: float = 0.3) -> np.ndarray:
    return np.random.default_rng(5).uniform(-level, level, round(seconds * RATE))


def test_blocks_are_the_whole_recording_cut_in_its_pauses(tmp_path: Path) -> None:
    """Three bursts of 4 s with half a second between them; a block may hold five."""
    samples = np.concatenate([noise(4), np.zeros(RATE // 2)] * 3)
    found = list(blocks(wav(tmp_path / "a.wav", samples), block=5.0))
    assert np.abs(np.concatenate(found) - samples).max() < 2 / 32768
    assert len(found) == 3
    for block in found[:-1]:
        assert np.abs(block[-RATE // 10 :]).max() < 1e-3


def test_a_recording_without_a_pause_is_cut_anyway() -> None:
    loud = noise(8).astype(np.float32)
    assert len(loud) // 2 <= quietest(loud) <= len(loud)
    assert quietest(loud[:100]) == 100


@pytest.mark.parametrize("form", ["mp3", "opus", "aac", "flac"])
def test_any_format_and_rate_comes_as_16_khz(tmp_path: Path, form: str) -> None:
    tone = 0.5 * np.sin(np.arange(3 * 24_000) * (2 * np.pi * 440 / 24_000))
    [heard] = blocks(wav(tmp_path / "a", tone, 24_000, form))
    assert heard.dtype == np.float32
    assert len(heard) / RATE == pytest.approx(3, abs=0.1)
    spectrum = np.abs(np.fft.rfft(heard[RATE : 2 * RATE]))
    assert spectrum.argmax() == 440


def test_sound_that_begins_late_keeps_its_time(tmp_path: Path) -> None:
    """Subtitles of a film are in the film's time, wherever its sound begins."""
    path = tmp_path / "a.mkv"
    burst = noise(1).astype(np.float32)[None]
    with av.open(str(path), "w", format="matroska") as output:
        video = output.add_stream("libx264", rate=10)
        video.width, video.height, video.pix_fmt = 64, 48, "yuv420p"  # type: ignore[union-attr]
        audio = output.add_stream("pcm_s16le", rate=RATE, layout="mono")
        for number in range(60):
            picture = av.VideoFrame.from_ndarray(np.full((72, 64), 90, np.uint8), format="yuv420p")
            picture.pts = number
            output.mux(video.encode(picture))  # type: ignore[union-attr]
        for second in (2, 4):
            frame = av.AudioFrame.from_ndarray((burst * 32767).astype(np.int16), format="s16", layout="mono")
            frame.sample_rate, frame.pts, frame.time_base = RATE, second * RATE, Fraction(1, RATE)
            output.mux(audio.encode(frame))
        output.mux(video.encode(None))  # type: ignore[union-attr]
    [heard] = blocks(path)
    loud = np.abs(heard).reshape(-1, RATE // 10).max(axis=1) > 0.1
    assert np.flatnonzero(np.diff(loud.astype(int))).tolist() == [19, 29, 39]
    assert len(heard) == 5 * RATE


def test_a_film_without_sound_and_what_is_no_recording(tmp_path: Path) -> None:
    mute = tmp_path / "mute.mp4"
    with VideoWriter(mute, width=64, height=48, fps=10) as video:
        video.write(np.full((72, 64), 90, np.uint8))
    with pytest.raises(UnhearableError, match="no sound"):
        list(blocks(mute))
    good = wav(tmp_path / "good.wav", noise(1))
    for content in (b"", b"text", b"#EXTM3U\n" + str(good).encode(), b"ffconcat version 1.0\nfile good.wav\n"):
        other = tmp_path / "other"
        other.write_bytes(content)
        with pytest.raises(UnhearableError, match="known kind"):
            list(blocks(other))
    broken = tmp_path / "broken"
    broken.write_bytes(b"ID3" + b"x" * 500)
    with pytest.raises(UnhearableError, match="damaged"):
        list(blocks(broken))


def test_damage_in_the_middle_is_passed_over(tmp_path: Path) -> None:
    path = wav(tmp_path / "a.mp3", noise(10), form="mp3")
    data = bytearray(path.read_bytes())
    data[len(data) // 2 : len(data) // 2 + 2000] = bytes(2000)
    path.write_bytes(bytes(data))
    assert sum(map(len, blocks(path))) / RATE > 8
