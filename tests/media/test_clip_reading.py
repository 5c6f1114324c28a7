"""Reading clips for making something of them: rates, sizes, turned clips, sound, damage."""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
import pytest
from imageio_ffmpeg import get_ffmpeg_exe

from rushes.media.clips import clip_frames, clip_sound, shown_size
from rushes.media.encode import VideoWriter
from rushes.media.probe import UnreadableMedia

WIDTH, HEIGHT, FPS = 96, 64, 10


def film(path: Path, frames: int = 20, *, sound: float = 0.0) -> Path:
    """Frame n is of grey 40 + 8 n, its left third black."""
    with VideoWriter(path, width=WIDTH, height=HEIGHT, fps=FPS, sound=bool(sound), crf=8) as writer:
        if sound:
            level = np.linspace(0.1, 0.9, round(sound * 48_000), dtype=np.float32)
            tone = np.sin(np.arange(len(level)) / 10).astype(np.float32) * level
            writer.write_audio(np.column_stack([tone, tone]))
        for number in range(frames):
            picture = np.full((HEIGHT * 3 // 2, WIDTH), 128, np.uint8)
            picture[:HEIGHT] = 40 + 8 * (number % 20)
            picture[:HEIGHT, : WIDTH // 3] = 16
            writer.write(picture)
    return path


def numbers(path: Path, **how: float) -> list[int]:
    """Which frames of the film are shown."""
    how = {"width": WIDTH, "height": HEIGHT, "fps": FPS, "seconds": 60, **how}
    frames = clip_frames(path, **how)  # type: ignore[arg-type]
    return [round((float(frame[..., -8:, 1].mean()) * 219 / 255 + 16 - 40) / 8) for frame in frames]


@pytest.mark.parametrize(
    ("fps", "seconds", "shown"),
    [(10, 60, list(range(20))), (5, 60, list(range(0, 20, 2))), (20, 0.5, [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]),
     (15, 0.4, [0, 0, 1, 2, 2, 3]), (10, 0.3, [0, 1, 2]), (1, 60, [0, 10]), (10, 0.001, [0])],
)  # fmt: skip
def test_what_is_shown_at_each_moment(tmp_path: Path, fps: float, seconds: float, shown: list[int]) -> None:
    assert numbers(film(tmp_path / "a.mp4"), fps=fps, seconds=seconds) == shown


def test_a_clip_of_one_frame(tmp_path: Path) -> None:
    assert numbers(film(tmp_path / "a.mp4", 1)) == [0]
    assert numbers(film(tmp_path / "a.mp4", 1), fps=30) == [0, 0, 0], "it lasts a tenth of a second"


@pytest.mark.parametrize(("width", "height"), [(48, 32), (64, 64), (32, 128), (200, 100)])
def test_any_size_is_filled_from_the_middle(tmp_path: Path, width: int, height: int) -> None:
    frame = next(clip_frames(film(tmp_path / "a.mp4"), width=width, height=height, fps=FPS, seconds=1))
    assert frame.shape == (height, width, 3)
    black = (frame[..., 1] < 12).mean()
    shown = min(1.0, WIDTH / HEIGHT * height / width) if width / height > WIDTH / HEIGHT else 1.0
    factor = max(width / WIDTH, height / HEIGHT)
    cut = (WIDTH * factor - width) / 2
    assert black == pytest.approx(max(0.0, WIDTH * factor / 3 - cut) / width, abs=0.05 * shown)


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_turned_clips_are_shown_as_players_show_them(tmp_path: Path, turn: int) -> None:
    source, turned, known = film(tmp_path / "a.mp4"), tmp_path / "b.mp4", tmp_path / "c.mp4"
    run = [get_ffmpeg_exe(), "-v", "error", "-y"]
    subprocess.run([*run, "-display_rotation", str(turn), "-i", source, "-c", "copy", turned], check=True)
    subprocess.run([*run, "-i", turned, "-crf", "8", known], check=True)
    size = (HEIGHT, WIDTH) if turn != 180 else (WIDTH, HEIGHT)
    seen, right = (
        next(clip_frames(path, width=size[0], height=size[1], fps=FPS, seconds=1)) for path in (turned, known)
    )
    assert np.abs(seen.astype(int) - right).mean() < 3
    assert shown_size(turned) == size


def test_sound_begins_with_the_picture_and_ends_in_time(tmp_path: Path) -> None:
    path = film(tmp_path / "a.mp4", sound=2.0)
    sound = clip_sound(path, 60)
    assert sound is not None
    assert sound.shape == (pytest.approx(96_000, abs=2_048), 2)
    assert sound.dtype == np.float32
    short = clip_sound(path, 0.5)
    assert short is not None
    assert short.shape == (24_000, 2)
    assert np.array_equal(short, sound[:24_000])
    assert np.abs(sound[:4_800]).max() < 0.3 < 0.7 < np.abs(sound[-9_600:-2_048]).max()
    assert clip_sound(film(tmp_path / "b.mp4"), 60) is None


@pytest.mark.parametrize("content", [b"", b"nothing", b"\0\0\0\x18ftypisom" + b"junk" * 100, b"ffconcat version 1.0\n"])
def test_what_is_no_clip_says_so(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.mp4"
    path.write_bytes(content)
    with pytest.raises(UnreadableMedia):
        next(clip_frames(path, width=WIDTH, height=HEIGHT, fps=FPS, seconds=1))
    with pytest.raises(UnreadableMedia):
        clip_sound(path, 1)


def test_what_is_damaged_in_the_middle_is_passed_over(tmp_path: Path) -> None:
    path = film(tmp_path / "a.mp4", 60)
    data = bytearray(path.read_bytes())
    begin = data.index(b"mdat") + len(data) // 6
    data[begin : begin + 40] = bytes(40)
    path.write_bytes(data)
    assert len(numbers(path)) > 10
