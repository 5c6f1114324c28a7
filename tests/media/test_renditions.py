"""Thumbnails and sprite sheets of clips whose every frame is known."""

from __future__ import annotations

import io
import subprocess
from pathlib import Path

import av
import numpy as np
import pytest
from imageio_ffmpeg import get_ffmpeg_exe
from PIL import Image

from rushes.media.encode import VideoWriter
from rushes.media.probe import UnreadableMedia
from rushes.media.renditions import spritesheet, thumbnail

FPS = 10


def level(number: int) -> int:
    return 20 + 5 * number


def clip(path: Path, frames: int = 40, width: int = 128, height: int = 96) -> Path:
    """Frame n is grey of brightness level(n) (limited range), its upper left quarter white."""
    with VideoWriter(path, width=width, height=height, fps=FPS, crf=4) as writer:
        for number in range(frames):
            frame = np.full((height * 3 // 2, width), 128, np.uint8)
            frame[:height] = level(number)
            frame[: height // 2, : width // 2] = 235
            writer.write(frame)
    return path


def opened(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def grey(image: Image.Image, x: float, y: float) -> float:
    """The brightness at a point in shares of the picture, back in the video's limited range."""
    spot = image.convert("RGB").getpixel((int(x * image.width), int(y * image.height)))
    assert isinstance(spot, tuple)
    return 16 + sum(spot) / 3 * 219 / 255


@pytest.mark.parametrize(("fraction", "frame"), [(0.0, 0), (0.5, 20), (0.73, 29), (1.0, 39)])
def test_a_thumbnail_shows_the_frame_at_its_fraction(tmp_path: Path, fraction: float, frame: int) -> None:
    image = opened(thumbnail(clip(tmp_path / "a.mp4"), at_fraction=fraction))
    assert image.format == "WEBP"
    assert image.size == (128, 96)
    assert grey(image, 0.75, 0.75) == pytest.approx(level(frame), abs=2.4)
    assert grey(image, 0.25, 0.25) > 228


def test_a_thumbnail_keeps_to_its_side_and_the_ratio(tmp_path: Path) -> None:
    assert opened(thumbnail(clip(tmp_path / "a.mp4", 3, 320, 128), max_side=64)).size == (64, 25)


def test_a_leap_lands_on_the_same_frame_as_reading_through(tmp_path: Path) -> None:
    path = clip(tmp_path / "long.mp4", frames=43)
    # The sheet reads on from tile to tile, the thumbnail leaps over more than two seconds at once.
    sheet = opened(spritesheet(path, columns=4, rows=1))
    single = opened(thumbnail(path, at_fraction=3.5 / 4))
    assert grey(sheet, 0.97, 0.75) == pytest.approx(grey(single, 0.75, 0.75), abs=2.4)


def test_a_sheet_is_evenly_spaced_row_by_row(tmp_path: Path) -> None:
    image = opened(spritesheet(clip(tmp_path / "a.mp4"), columns=4, rows=2))
    assert image.format == "JPEG"
    assert image.size == (4 * 128, 2 * 96)
    for number in range(8):
        x, y = (number % 4 + 0.75) / 4, (number // 4 + 0.75) / 2
        assert grey(image, x, y) == pytest.approx(level(int((number + 0.5) * 5)), abs=3.5)


def test_a_sheet_keeps_to_its_side(tmp_path: Path) -> None:
    image = opened(spritesheet(clip(tmp_path / "a.mp4"), columns=5, rows=4, max_side=200))
    assert max(image.size) == 200
    assert image.width % 5 == 0
    assert image.height % 4 == 0


def test_a_video_of_one_frame_fills_the_sheet_with_it(tmp_path: Path) -> None:
    image = opened(spritesheet(clip(tmp_path / "a.mp4", frames=1), columns=3, rows=3))
    assert grey(image, 0.95, 0.95) == pytest.approx(grey(image, 0.25, 0.25), abs=2.4)


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_a_clip_that_was_filmed_upright_is_shown_upright(tmp_path: Path, turn: int) -> None:
    source, turned = clip(tmp_path / "a.mp4", frames=5), tmp_path / "b.mp4"
    ffmpeg = get_ffmpeg_exe()
    subprocess.run(
        [ffmpeg, "-v", "error", "-display_rotation", str(turn), "-i", source, "-c", "copy", turned], check=True
    )
    shot = tmp_path / "right.png"
    subprocess.run([ffmpeg, "-v", "error", "-i", turned, "-frames:v", "1", shot], check=True)
    right, image = Image.open(shot), opened(thumbnail(turned))
    assert image.size == right.size
    apart = np.asarray(image.convert("RGB"), np.int16) - np.asarray(right.convert("RGB"), np.int16)
    # Away from the quarter's edge.
    assert np.median(np.abs(apart)) < 4
    assert (np.abs(apart) > 40).mean() < 0.02


def test_a_container_without_an_index_is_read_through(tmp_path: Path) -> None:
    path = tmp_path / "live.mkv"
    with av.open(str(path), "w", format="matroska", options={"live": "1"}) as output:
        stream = output.add_stream("libx264", rate=FPS)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"  # type: ignore[union-attr]
        for number in range(40):
            frame = av.VideoFrame.from_ndarray(np.full((72, 64), level(number), np.uint8), format="yuv420p")
            frame.pts = number
            output.mux(stream.encode(frame))  # type: ignore[union-attr]
        output.mux(stream.encode(None))  # type: ignore[union-attr]
    image = opened(spritesheet(path, columns=4, rows=1))
    shades = [np.asarray(image.convert("L"))[:, 16 + 64 * number : 48 + 64 * number].mean() for number in range(4)]
    assert shades == sorted(shades)
    assert shades[-1] - shades[0] > 90


@pytest.mark.parametrize("make", [thumbnail, spritesheet])
def test_what_is_no_film_is_refused(tmp_path: Path, make: object) -> None:
    text, cut, picture = tmp_path / "a.txt", tmp_path / "cut.mp4", tmp_path / "a.png"
    text.write_text("nothing to see")
    cut.write_bytes(clip(tmp_path / "a.mp4").read_bytes()[:900])
    Image.new("RGB", (64, 64)).save(picture)
    for path in (text, cut, picture):
        with pytest.raises(UnreadableMedia):
            make(path)  # type: ignore[operator]


def test_a_film_with_scrambled_pictures_is_refused_or_shown_and_nothing_else(tmp_path: Path) -> None:
    whole = bytearray(clip(tmp_path / "a.mp4").read_bytes())
    at = whole.index(b"mdat") + 8
    whole[at : at + 2000] = bytes(255 for _ in range(2000))
    broken = tmp_path / "b.mp4"
    broken.write_bytes(whole)
    with pytest.raises(UnreadableMedia):
        thumbnail(broken)


def test_sound_alone_has_no_picture(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    with av.open(str(path), "w", format="wav") as output:
        stream = output.add_stream("pcm_s16le", rate=8000, layout="mono")
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 800), np.int16), format="s16", layout="mono")
        frame.sample_rate = 8000
        output.mux(stream.encode(frame))  # type: ignore[union-attr]
    with pytest.raises(UnreadableMedia, match="picture"):
        thumbnail(path)


@pytest.mark.parametrize("wrong", [{"at_fraction": -0.1}, {"at_fraction": 1.1}, {"max_side": 5000}, {"max_side": 0}])
def test_numbers_out_of_range(tmp_path: Path, wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="must be"):
        thumbnail(clip(tmp_path / "a.mp4", 2), **wrong)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="tiles"):
        spritesheet(tmp_path / "a.mp4", columns=40, rows=40)
