"""Sound put to clips: in its place to 20 ms, as loud as asked, never clipped, and the picture untouched."""

from __future__ import annotations

import subprocess
import wave
from pathlib import Path
from typing import Any

import imageio_ffmpeg
import numpy as np
import pytest
from numpy.typing import NDArray

from rushes.media.editing.audio import add_audio
from rushes.media.editing.redraw import BadParameter
from rushes.media.editing.source import look
from rushes.media.edits import Mixing
from rushes.media.probe import UnreadableMedia
from tests.media.editing.pictures import edited, even_clip, ffmpeg, packets
from tests.media.editing.signals import RATE, apart, heard, seen
from tests.media.editing.signals import clip as signal_clip

Sound = NDArray[np.float64]


def tone(seconds: float, level: float = 0.2, pitch: float = 440.0) -> Sound:
    return level * np.sin(2 * np.pi * pitch * np.arange(round(seconds * RATE)) / RATE)


def write(path: Path, samples: Sound, channels: int = 1) -> Path:
    """A WAV, or by its suffix another kind."""
    plain = path.with_suffix(".wav")
    with wave.open(str(plain), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(np.repeat((samples * 32767).astype("<i2")[:, None], channels, axis=1).tobytes())
    if path != plain:
        ffmpeg("-i", str(plain), str(path))
    return path


def listened(path: Path) -> Sound:
    """The left channel as a player hears it."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-nostdin", "-v", "error", "-i", str(path), "-af",
               "aresample=48000:async=1:first_pts=0,pan=mono|c0=c0", "-f", "f32le", "-"]  # fmt: skip
    return np.frombuffer(subprocess.run(command, check=True, capture_output=True).stdout, np.float32).astype(float)


def level(samples: Sound, start: float, end: float, pitch: float | None = None) -> float:
    """The amplitude of a tone in a stretch of time: of all, or of one pitch."""
    part = samples[round(start * RATE) : round(end * RATE)]
    if pitch is None:
        return float(np.sqrt(2 * np.mean(part**2)))
    turn = np.exp(-2j * np.pi * pitch * np.arange(len(part)) / RATE) * np.hanning(len(part)) * 2
    return float(2 * abs(np.mean(part * turn)))


def added(tmp_path: Path, clip: Path, sound: Path, **mixing: Any) -> tuple[Path, Any]:
    return edited(tmp_path, add_audio, clip, sound=look(sound), mixing=Mixing(**mixing))


def test_beeps_land_where_they_were_asked_and_the_picture_is_copied(tmp_path: Path) -> None:
    for rate, fps in ((44_100, 25), (48_000, 30)):
        clip = signal_clip(tmp_path / f"{rate}.mp4", rate=rate, fps=fps, flashes=(1.0, 3.0))
        beeps = np.zeros(round(1.5 * RATE))
        beeps[: round(0.1 * RATE)] = tone(0.1, 0.6, 1000)
        for kind in ("wav", "mp3", "m4a"):
            sound = write(tmp_path / f"beep{rate}.{kind}", beeps)
            target, told = added(tmp_path, clip, sound, offset=1.983)
            assert told == ()
            assert packets(target, "video") == packets(clip, "video")
            assert seen(target) == seen(clip)
            length, found = heard(target)
            assert found == pytest.approx([1.0, 1.983, 3.0], abs=0.02), kind
            assert length == pytest.approx(4.0, abs=0.025)
            assert look(target).audio[0].rate == rate


@pytest.mark.parametrize("rate", [44_100, 48_000])
def test_sound_is_not_late_by_a_sample_and_is_whole_at_its_end(tmp_path: Path, rate: int) -> None:
    """The limiter looks ahead; what it gives later is put back in its place."""
    clip = signal_clip(tmp_path / "clip.mp4", seconds=2, rate=rate, flashes=())
    sound = 0.3 * np.random.default_rng(1).standard_normal(2 * RATE).clip(-3, 3)
    given = write(tmp_path / "noise.wav", np.convolve(sound, np.ones(9) / 9, "same"))
    target, _ = added(tmp_path, clip, given)
    result, wanted = listened(target), listened(given)
    middle = wanted[RATE // 2 : RATE]
    fits = {late: float(middle @ result[RATE // 2 + late : RATE + late]) for late in range(-400, 401)}
    assert max(fits, key=lambda late: fits[late]) == 0
    assert len(result) == pytest.approx(2 * RATE, abs=2)
    ends = slice(2 * RATE - 240, 2 * RATE - 20)
    assert np.corrcoef(result[ends], wanted[ends])[0, 1] > 0.8


def test_volumes_are_ratios(tmp_path: Path) -> None:
    clip = even_clip(tmp_path / "clip.mp4", seconds=2)
    own = tmp_path / "own.mp4"
    ffmpeg("-i", str(clip), "-i", str(write(tmp_path / "own.wav", tone(2, 0.2, 440))), "-c:v", "copy", str(own))
    for channels in (1, 2):
        sound = write(tmp_path / f"music{channels}.wav", tone(2, 0.2, 1000), channels)
        for mine, theirs in ((1.0, 1.0), (0.5, 1.0), (2.0, 0.25), (0.0, 1.0)):
            samples = listened(added(tmp_path, own, sound, volume=mine, original_volume=theirs)[0])
            assert level(samples, 0.5, 1.5, 1000) == pytest.approx(0.2 * mine, abs=0.01)
            assert level(samples, 0.5, 1.5, 440) == pytest.approx(0.2 * theirs, abs=0.01)
    samples = listened(added(tmp_path, own, sound, mode="replace")[0])
    assert level(samples, 0.5, 1.5, 440) < 0.002
    assert level(samples, 0.5, 1.5, 1000) == pytest.approx(0.2, abs=0.01)


def test_nothing_clips(tmp_path: Path) -> None:
    clip = tmp_path / "clip.mp4"
    ffmpeg("-i", str(even_clip(tmp_path / "plain.mp4", seconds=2)), "-i",
           str(write(tmp_path / "own.wav", tone(2, 0.9))), "-c:v", "copy", str(clip))  # fmt: skip
    samples = listened(added(tmp_path, clip, write(tmp_path / "loud.wav", tone(2, 0.9)), volume=4)[0])
    assert np.abs(samples).max() < 1.0
    assert level(samples, 0.5, 1.5) > 0.7
    # What is not too loud is not touched by the limiter.
    quiet = listened(added(tmp_path, clip, write(tmp_path / "quiet.wav", tone(2, 0.3)), mode="replace")[0])
    assert level(quiet, 0.5, 1.5) == pytest.approx(0.3, abs=0.01)


def test_music_gives_way_to_speech_and_comes_back(tmp_path: Path) -> None:
    spoken = np.zeros(6 * RATE)
    spoken[2 * RATE : 4 * RATE] = tone(2, 0.3, 300)
    clip = tmp_path / "clip.mp4"
    ffmpeg("-i", str(even_clip(tmp_path / "plain.mp4", seconds=6)), "-i", str(write(tmp_path / "own.wav", spoken)),
           "-c:v", "copy", str(clip))  # fmt: skip
    music = write(tmp_path / "music.wav", tone(6, 0.3, 2000))
    ducked = listened(added(tmp_path, clip, music, ducking=True)[0])
    before, during, after = (level(ducked, start, start + 1, 2000) for start in (0.5, 2.6, 5.0))
    assert before == pytest.approx(0.3, abs=0.015)
    assert after == pytest.approx(0.3, abs=0.03)
    assert during < 0.12
    assert level(ducked, 2.6, 3.6, 300) == pytest.approx(0.3, abs=0.02)
    plain = listened(added(tmp_path, clip, music)[0])
    assert level(plain, 2.6, 3.6, 2000) == pytest.approx(0.3, abs=0.015)


def test_fades(tmp_path: Path) -> None:
    clip = even_clip(tmp_path / "clip.mp4", seconds=4)
    sound = write(tmp_path / "music.wav", tone(10))
    samples = listened(added(tmp_path, clip, sound, fade_in=1, fade_out=1, offset=0.5)[0])
    assert level(samples, 0.0, 0.45) < 0.001
    assert level(samples, 0.95, 1.05) == pytest.approx(0.1, abs=0.015)
    assert level(samples, 2.0, 2.5) == pytest.approx(0.2, abs=0.01)
    assert level(samples, 3.45, 3.55) == pytest.approx(0.1, abs=0.015)
    assert level(samples, 3.97, 4.0) < 0.02
    # Music that ends before the clip fades at its own end.
    short = listened(added(tmp_path, clip, write(tmp_path / "short.wav", tone(2)), fade_out=1)[0])
    assert level(short, 1.45, 1.55) == pytest.approx(0.1, abs=0.015)
    assert level(short, 2.1, 4.0) < 0.001


def test_short_music_repeats_without_a_gap(tmp_path: Path) -> None:
    clip = even_clip(tmp_path / "clip.mp4", seconds=5)
    # 330 full turns: the end fits the beginning, so that any seam would show as a dip or a click.
    sound = write(tmp_path / "music.wav", tone(0.75, 0.2, 440))
    target, told = added(tmp_path, clip, sound, loop=True, offset=0.5)
    samples = listened(target)
    assert told == ()
    assert level(samples, 0, 0.45) < 0.001
    heights = [level(samples, at, at + 0.05) for at in np.arange(0.55, 4.85, 0.05)]
    assert min(heights) == pytest.approx(0.2, abs=0.01)
    assert max(heights) == pytest.approx(0.2, abs=0.01)
    assert heard(target)[0] == pytest.approx(5, abs=0.025)
    once = listened(added(tmp_path, clip, sound)[0])
    assert level(once, 0.8, 5) < 0.001


def test_long_music_repeats_from_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rushes.media.editing.audio._HELD", 0.1)
    clip = even_clip(tmp_path / "clip.mp4", seconds=3)
    samples = listened(added(tmp_path, clip, write(tmp_path / "music.wav", tone(0.75)), loop=True)[0])
    assert min(level(samples, at, at + 0.1) for at in np.arange(0.1, 2.8, 0.1)) > 0.15


def test_clips_without_sound_and_longer_music(tmp_path: Path) -> None:
    clip = even_clip(tmp_path / "clip.mp4", seconds=2)
    target, told = added(tmp_path, clip, write(tmp_path / "music.mp3", tone(9)), ducking=True)
    assert len(told) == 2
    assert "no sound of its own" in told[0]
    assert "cut at its end" in told[1]
    assert packets(target, "video") == packets(clip, "video")
    assert level(listened(target), 0.2, 1.8) == pytest.approx(0.2, abs=0.02)
    assert look(target).duration == pytest.approx(2, abs=0.03)


def test_a_video_gives_its_sound_and_turned_clips_stay_turned(tmp_path: Path) -> None:
    clip = even_clip(tmp_path / "clip.mp4", seconds=2, rotation=90)
    giver = signal_clip(tmp_path / "giver.mp4", flashes=(1.0,))
    target, _ = added(tmp_path, clip, giver)
    assert look(target).picture.rotation == look(clip).picture.rotation == 270
    assert heard(target)[1] == pytest.approx([1.0], abs=0.02)


def test_pictures_that_cannot_be_copied_are_encoded(tmp_path: Path) -> None:
    sound = write(tmp_path / "music.wav", tone(1))
    for suffix, codec, own in (("webm", "libvpx", "libvorbis"), ("avi", "mpeg4", "libmp3lame")):
        clip = signal_clip(tmp_path / f"clip.{suffix}", seconds=3.0, flashes=(1.5,), codec=codec, sound=own)
        target, told = added(tmp_path, clip, sound, volume=0)
        assert any("encoded again" in one for one in told)
        assert look(target).picture.codec == "h264"
        assert seen(target)[1] == list(range(75))
        assert abs(apart(target)[0]) <= 0.03
    vp9 = signal_clip(tmp_path / "vp9.webm", seconds=2.0, flashes=(), codec="libvpx-vp9", sound="libopus")
    target, told = added(tmp_path, vp9, sound)
    assert packets(target, "video") == packets(vp9, "video")
    assert told == ("the result is an MP4, which the original was not",)


def test_a_rate_that_varies_and_a_late_sound(tmp_path: Path) -> None:
    times = [0.0, 0.1, 0.9, 1.0, 1.05, 1.3, 2.0]
    clip = signal_clip(tmp_path / "clip.mp4", seconds=2.1, times=times, flashes=(1.0,), late=0.7)
    target, _ = added(tmp_path, clip, write(tmp_path / "music.wav", tone(1, 0.0)))
    assert seen(target)[0] == pytest.approx(times, abs=0.001)
    assert abs(apart(target)[0]) <= 0.02


@pytest.mark.parametrize(
    ("mixing", "field"),
    [
        ({"volume": 4.1}, "volume"),
        ({"volume": float("nan")}, "volume"),
        ({"original_volume": -1}, "original_volume"),
        ({"offset": 2.0}, "offset"),
        ({"offset": -0.1}, "offset"),
        ({"fade_in": 31}, "fade_in"),
        ({"fade_out": float("inf")}, "fade_out"),
    ],
)
def test_an_error_names_its_parameter(tmp_path: Path, mixing: dict[str, Any], field: str) -> None:
    clip = even_clip(tmp_path / "clip.mp4", seconds=2)
    with pytest.raises(BadParameter, match=f"^{field} "):
        added(tmp_path, clip, write(tmp_path / "music.wav", tone(1)), **mixing)


def test_files_without_what_is_needed(tmp_path: Path) -> None:
    clip, sound = even_clip(tmp_path / "clip.mp4", seconds=1), write(tmp_path / "music.wav", tone(1))
    with pytest.raises(UnreadableMedia, match="no sound"):
        added(tmp_path, clip, clip)
    with pytest.raises(UnreadableMedia, match="no picture"):
        added(tmp_path, sound, sound)
