"""Faster and slower: every frame at its time, the sound beside it and at its pitch."""

from __future__ import annotations

import subprocess
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import imageio_ffmpeg
import numpy as np
import pytest

from rushes.media.editing.ffmpeg import EditFailed
from rushes.media.editing.source import look
from rushes.media.editing.speed import rate_at, sound_filters, speed
from tests.media.editing.signals import RATE, clip, heard, seen

BEEPS = (1.0, 2.0, 3.0, 4.0, 5.0)
UNEVEN = [round(number * 0.04 + number % 3 * 0.009, 3) for number in range(150)]
IN_STEP = 0.020


def nothing(_: float) -> None:
    pass


def changed(made: Path, factor: float) -> tuple[Path, tuple[str, ...]]:
    target = made.with_name("out.mp4")
    return target, speed(look(made), factor, target, made.parent, nothing)


def judged(target: Path, beeps: tuple[float, ...], factor: float, off: float = 0.0) -> None:
    """Every flash and beep is at its time: to 20 ms, or half of a frame where that is longer."""
    times, _, flashes = seen(target)
    found = heard(target)[1]
    room = max(IN_STEP, max(after - before for before, after in pairwise(times)) / 2 + 0.001) if factor > 1 else IN_STEP
    assert len(flashes) == len(found) == len(beeps)
    for beep, flash, wanted in zip(found, flashes, beeps, strict=True):
        assert abs(flash - wanted / factor) <= room + off / factor, (found, flashes)
        assert abs(beep - wanted / factor) <= IN_STEP


@pytest.mark.parametrize(("factor", "times_shown"), [(0.25, 2), (0.3, 2), (0.48, 1), (0.5, 1), (0.75, 1), (1.0, 1)])
def test_slower_every_frame_stays_and_sound_is_in_step(tmp_path: Path, factor: float, times_shown: int) -> None:
    target, said = changed(clip(tmp_path / "a.mp4", seconds=6, flashes=BEEPS, channels=2), factor)
    times, numbers, _ = seen(target)
    assert numbers == [number for number in range(150) for _ in range(times_shown)]
    rate = 25 * factor * times_shown
    assert times == pytest.approx([number / rate for number in range(len(times))], abs=0.0012)
    after = look(target)
    assert after.picture.duration == pytest.approx(6 / factor, abs=0.002)
    assert after.audio[0].duration == pytest.approx(6 / factor, abs=0.06)
    judged(target, BEEPS, factor)
    assert not said


@pytest.mark.parametrize(("fps", "factor", "rate"), [
    (25, 1.1, 25), (25, 2.0, 25), (25, 4.0, 25), (10, 1.5, 10), (50, 1.5, 50), (120, 2.0, 60), (60, 4.0, 60),
    (120, 1.7, 60),
])  # fmt: skip
def test_faster_keeps_the_rate_up_to_60_of_frames_in_even_steps(
    tmp_path: Path, fps: int, factor: float, rate: int
) -> None:  # fmt: skip
    made = clip(tmp_path / "a.mp4", seconds=6, fps=fps, flashes=BEEPS, flash=3 * factor / rate)
    target, said = changed(made, factor)
    times, numbers, _ = seen(target)
    assert len(numbers) == pytest.approx(6 / factor * rate, abs=1)
    steps = {after - before for before, after in pairwise(numbers)}
    assert len(steps) == 1 or max(steps) - min(steps) == 1
    assert times == pytest.approx([number / rate for number in range(len(times))], abs=0.001)
    # The frame that is nearest in time: half of a step off at most.
    assert all(abs(number / fps / factor - time) <= 0.521 / rate for number, time in zip(numbers, times, strict=True))
    judged(target, BEEPS, factor)
    assert said == ((f"the result has 60 frames a second, the original had {fps}",) if fps > 60 else ())


@pytest.mark.parametrize("factor", [0.5, 1.5, 4.0])
def test_other_kinds(tmp_path: Path, factor: float) -> None:
    for name, how, off in (
        ("film.mov", {"fps": Fraction(24000, 1001)}, 0.042), ("fast.mkv", {"fps": Fraction(60000, 1001)}, 0.017),
        ("uneven.mp4", {"times": UNEVEN}, 0.058), ("five.mp4", {"channels": 6, "rate": 44_100}, 0.0),
    ):  # fmt: skip
        how |= {"flash": max(0.1, factor / 8)}
        target, _ = changed(clip(tmp_path / name, seconds=6, flashes=BEEPS, **how), factor)  # type: ignore[arg-type]
        judged(target, BEEPS, factor, off)
    late, _ = changed(clip(tmp_path / "late.mp4", seconds=6, flashes=BEEPS[1:], late=1.5, flash=0.5), factor)
    judged(late, BEEPS[1:], factor)
    mute, _ = changed(clip(tmp_path / "mute.mp4", seconds=6, flashes=BEEPS, sound="", flash=0.5), factor)
    assert not look(mute).audio
    assert seen(mute)[2] == pytest.approx([beep / factor for beep in BEEPS], abs=0.0205)


@pytest.mark.parametrize("factor", [0.25, 0.6, 1.5, 4.0])
def test_the_pitch_stays(tmp_path: Path, factor: float) -> None:
    tone = tmp_path / "tone.wav"
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-f", "lavfi", "-i", "sine=440:d=8:r=48000"]
    subprocess.run([*command, str(tone)], check=True)
    graph = ",".join(sound_filters(Fraction(str(factor))))
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-i", str(tone), "-af", graph, "-ac", "1"]
    said = subprocess.run([*command, "-f", "f32le", "-"], capture_output=True, check=True).stdout
    samples = np.frombuffer(said, np.float32)[RATE // 4 :][:RATE]
    loudest = int(np.abs(np.fft.rfft(samples * np.hanning(len(samples)))).argmax()) * RATE / len(samples)
    assert loudest == pytest.approx(440, abs=3)


@pytest.mark.parametrize("factor", [0.0, 0.24, 4.01, -1.0, float("nan"), float("inf")])
def test_factors_out_of_range(tmp_path: Path, factor: float) -> None:
    made = clip(tmp_path / "a.mp4", seconds=1)
    with pytest.raises(EditFailed, match=r"must be 0\.25 to 4"):
        changed(made, factor)
    assert [path.name for path in tmp_path.iterdir()] == ["a.mp4"]


def test_rates(tmp_path: Path) -> None:
    video = look(clip(tmp_path / "a.mp4", seconds=1)).picture
    assert [rate_at(video, Fraction(pace)) for pace in ("4", "1", "1/2", "1/4", "9/10")] == [25, 25, 12.5, 12.5, 22.5]
    varied = look(clip(tmp_path / "b.mp4", times=UNEVEN[:20], seconds=1)).picture
    assert rate_at(varied, Fraction(1, 2)) is None
    assert rate_at(varied, Fraction(2)) == 30
