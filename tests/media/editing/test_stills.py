"""Frames and GIFs: the exact frame, upright, and as many as were asked for."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from rushes.media.editing import frames as frames_module
from rushes.media.editing.frames import extract_frames
from rushes.media.editing.gif import gif
from rushes.media.editing.redraw import BadParameter
from rushes.media.probe import UnreadableMedia
from tests.media.editing.pictures import GREY, edited, even_clip, ffmpeg
from tests.media.editing.signals import _number as number_in
from tests.media.editing.signals import clip as signal_clip


def numbered(data: bytes | Path) -> int:
    """The number that a frame of a counting clip shows."""
    with Image.open(io.BytesIO(data) if isinstance(data, bytes) else data) as image:
        return number_in(np.asarray(image.convert("L")))


def frame(tmp_path: Path, clip: Path, mode: str, **more: Any) -> Path:
    target, told = edited(tmp_path, extract_frames, clip, mode=mode, **more)
    assert told == ()
    return target


@pytest.mark.parametrize(
    "made",
    [
        {"seconds": 4.0},
        {"seconds": 4.0, "gop": 1000},
        {"seconds": 2.0, "fps": 30, "sound": ""},
        {"seconds": 0.04},
        {"seconds": 3.0, "codec": "mpeg4"},
    ],
)
def test_first_last_and_middle_are_exact(tmp_path: Path, made: dict[str, Any]) -> None:
    clip = signal_clip(tmp_path / "clip.mp4", flashes=(), **made)
    count = round(made["seconds"] * made.get("fps", 25))
    found = [numbered(frame(tmp_path, clip, mode)) for mode in ("first", "middle", "last")]
    assert found == [0, count // 2, count - 1]


@pytest.mark.parametrize("suffix", ["mkv", "webm", "avi", "mov"])
def test_in_every_container(tmp_path: Path, suffix: str) -> None:
    codec = {"webm": "libvpx-vp9", "avi": "mpeg4"}.get(suffix, "libx264")
    sound = {"webm": "libopus", "avi": "libmp3lame"}.get(suffix, "aac")
    clip = signal_clip(tmp_path / f"clip.{suffix}", seconds=2.0, flashes=(), codec=codec, sound=sound)
    # This AVI's own clock has its second frame 25 ms late, and with it all that follow.
    middle = 24 if suffix == "avi" else 25
    assert [numbered(frame(tmp_path, clip, mode)) for mode in ("first", "middle", "last")] == [0, middle, 49]


def test_a_rate_that_varies_and_a_sound_that_goes_on(tmp_path: Path) -> None:
    times = [0.0, 0.1, 0.9, 0.95, 1.0, 1.02, 2.5]
    clip = signal_clip(tmp_path / "clip.mkv", seconds=5.0, times=times, flashes=())
    assert [numbered(frame(tmp_path, clip, mode)) for mode in ("first", "last")] == [0, 6]
    archive = zipfile.ZipFile(frame(tmp_path, clip, "all_1fps"))
    # The frame that is shown at each whole second.
    assert [numbered(archive.read(name)) for name in archive.namelist()][:3] == [0, 4, 5]


def test_one_for_each_second(tmp_path: Path) -> None:
    for seconds, count in ((4.0, 4), (2.6, 3), (0.4, 1)):
        clip = signal_clip(tmp_path / f"{count}.mp4", seconds=seconds, flashes=())
        for form, suffix, kind in (("png", "png", "PNG"), ("jpeg", "jpg", "JPEG")):
            archive = zipfile.ZipFile(frame(tmp_path, clip, "all_1fps", format=form))
            assert archive.namelist() == [f"frame_{number:05}.{suffix}" for number in range(count)]
            assert [numbered(archive.read(name)) for name in archive.namelist()] == [25 * n for n in range(count)]
            with Image.open(io.BytesIO(archive.read(archive.namelist()[0]))) as image:
                assert image.format == kind
                image.verify()


def test_equal_clips_make_equal_archives(tmp_path: Path) -> None:
    clip = signal_clip(tmp_path / "clip.mp4", seconds=1.0)
    assert frame(tmp_path, clip, "all_1fps").read_bytes() == frame(tmp_path, clip, "all_1fps").read_bytes()


def test_frames_are_upright_square_and_true_in_colour(tmp_path: Path) -> None:
    dot = "drawbox=0:0:40:40:red:fill"
    turned = even_clip(tmp_path / "turned.mp4", seconds=0.3, filters=dot, rotation=-90)
    with Image.open(frame(tmp_path, turned, "last")) as image:
        assert image.size == (180, 320)
        pixels = np.asarray(image.convert("RGB")).astype(int)
        # Turned clockwise: what was in the upper left corner is in the upper right one.
        assert abs(pixels[10, 170] - (254, 0, 0)).max() < 12
        assert abs(pixels[10, 10] - GREY).max() < 4
    wide = even_clip(tmp_path / "wide.mp4", size="160x180", seconds=0.3, filters="setsar=2")
    with Image.open(frame(tmp_path, wide, "first")) as image:
        assert image.size == (320, 180)
    pq = "format=yuv420p10le,setparams=color_primaries=bt2020:color_trc=smpte2084:colorspace=bt2020nc:range=tv"
    hdr = even_clip(tmp_path / "hdr.mp4", seconds=0.3, filters=f"drawbox=0:0:160:180:0x949494:fill,{pq}",
                    options=("-c:v", "libx265", "-x265-params", "log-level=error"))  # fmt: skip
    with Image.open(frame(tmp_path, hdr, "middle")) as image:
        # 58 % of the signal is white paper, 203 nits, and bright on an ordinary screen; 38 % is a dark grey.
        left, right = image.convert("L").getpixel((80, 90)), image.convert("L").getpixel((240, 90))
        assert left > 160
        assert 20 < right < 120


def test_frames_that_cannot_be(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clip = even_clip(tmp_path / "clip.mp4", seconds=3)
    for field, parameters in (("mode", {"mode": "best"}), ("format", {"mode": "first", "format": "bmp"})):
        with pytest.raises(BadParameter, match=f"^{field} "):
            edited(tmp_path, extract_frames, clip, **parameters)
    monkeypatch.setattr(frames_module, "MOST_FRAMES", 2)
    with pytest.raises(BadParameter, match="at most 2 seconds"):
        frame(tmp_path, clip, "all_1fps")
    ffmpeg("-f", "lavfi", "-i", "sine=440:d=1", str(tmp_path / "tone.mp3"))
    with pytest.raises(UnreadableMedia):
        frame(tmp_path, tmp_path / "tone.mp3", "first")


def test_a_gif_of_the_asked_size_rate_and_part(tmp_path: Path) -> None:
    clip = signal_clip(tmp_path / "clip.mp4", seconds=4.0, width=192, height=96)
    target, told = edited(tmp_path, gif, clip, width=96, fps=5, start=1.0, end=3.0)
    with Image.open(target) as image:
        assert (image.format, image.size, image.n_frames) == ("GIF", (96, 48), 10)
        assert image.info["loop"] == 0
        durations, brightness = [], []
        for number in range(image.n_frames):
            image.seek(number)
            durations.append(image.info["duration"])
            brightness.append(np.asarray(image.convert("L"))[10:38, 4:40].mean())
    assert durations == [200] * 10
    # The flash of the second at 1.0 and that at 2.0.
    assert [number for number, light in enumerate(brightness) if light > 128] == [0, 5]
    assert told == ()


def test_a_gif_is_never_enlarged_and_says_so(tmp_path: Path) -> None:
    turned = even_clip(tmp_path / "turned.mp4", seconds=0.5, rotation=90)
    target, told = edited(tmp_path, gif, turned)
    with Image.open(target) as image:
        assert image.size == (180, 320)
        assert abs(np.asarray(image.convert("RGB")).astype(int) - GREY).max() < 8
    assert told == ("the video is 180 pixels wide, and so is the GIF",)


@pytest.mark.parametrize(
    ("parameters", "field"),
    [
        ({"width": 8}, "width"),
        ({"width": 2000}, "width"),
        ({"fps": 0.5}, "fps"),
        ({"fps": 60}, "fps"),
        ({"fps": float("nan")}, "fps"),
        ({"start": 5.0}, "start"),
        ({"start": -1.0}, "start"),
        ({"start": 1.0, "end": 1.0}, "end"),
    ],
)
def test_gifs_that_cannot_be(tmp_path: Path, parameters: dict[str, Any], field: str) -> None:
    clip = even_clip(tmp_path / "clip.mp4", seconds=2)
    with pytest.raises(BadParameter, match=f"^{field} "):
        edited(tmp_path, gif, clip, **parameters)


def test_a_gif_that_would_be_too_long_says_how_long_it_may_be(tmp_path: Path) -> None:
    clip = even_clip(tmp_path / "clip.mp4", size="1280x720", seconds=20, fps=1)
    with pytest.raises(BadParameter, match="allow 9 seconds, not 20"):
        edited(tmp_path, gif, clip, width=1280, fps=20)
