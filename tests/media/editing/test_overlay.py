"""Text over clips: there when it is wanted and where, and nothing else changes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from rushes.media.editing.fonts import faces
from rushes.media.editing.lines import Ruler
from rushes.media.editing.overlay import POSITIONS, coloured, text_overlay
from rushes.media.editing.redraw import BadParameter
from rushes.media.editing.source import look
from rushes.media.probe import UnreadableMedia
from tests.media.editing.pictures import box, edited, even_clip, ffmpeg, ink, packets, pictures
from tests.media.editing.signals import clip as signal_clip
from tests.media.editing.signals import seen


def overlaid(tmp_path: Path, clip: Path, **parameters: Any) -> tuple[Path, Any]:
    return edited(tmp_path, text_overlay, clip, **{"text": "Rushes", "fonts": None, **parameters})


def test_it_is_there_in_its_time_and_the_sound_is_copied(tmp_path: Path) -> None:
    clip = even_clip(tmp_path / "clip.mp4", seconds=2, fps=10, sound="aac")
    target, told = overlaid(tmp_path, clip, start_time=0.5, end_time=1.2)
    assert told == ()
    shown = [bool(ink(picture).any()) for _, picture in pictures(target)]
    assert shown == [0.5 <= number / 10 < 1.2 for number in range(20)]
    assert packets(target, "audio") == packets(clip, "audio")


def test_every_place(tmp_path: Path) -> None:
    clip = even_clip(tmp_path / "clip.mp4", seconds=0.2)
    for name, number in POSITIONS.items():
        left, top, right, bottom = box(ink(pictures(overlaid(tmp_path, clip, position=name)[0])[0][1]))
        column, row = (number - 1) % 3, 2 - (number - 1) // 3
        assert (left + right) // 2 * 3 // 320 == column, name
        assert (top + bottom) // 2 * 3 // 180 == row, name
        assert left >= 320 * 0.03, name
        assert right <= 320 * 0.97, name
    left, top, _, _ = box(ink(pictures(overlaid(tmp_path, clip, position=(100, 40), font_size=20)[0])[0][1]))
    assert (left, top) == (pytest.approx(101, abs=3), pytest.approx(45, abs=6))


def test_size_and_colour(tmp_path: Path) -> None:
    clip = even_clip(tmp_path / "clip.mp4", size="640x360", seconds=0.2)
    for color, meant in (("#ff0000", (255, 0, 0)), ("yellow", (255, 255, 0)), ("#0000ff80", (48, 48, 176))):
        target, _ = overlaid(tmp_path, clip, text="HHHH", color=color, font_size=120, position="center")
        picture = pictures(target)[0][1]
        left, top, right, bottom = box(ink(picture))
        assert bottom - top == pytest.approx(120 * 0.72, rel=0.2)
        near = abs(picture.astype(int) - meant).max(axis=2) < 40
        assert near.sum() > 0.2 * (right - left) * (bottom - top), color


def test_long_lines_are_wrapped_within_the_picture(tmp_path: Path) -> None:
    clip = even_clip(tmp_path / "clip.mp4", seconds=0.2)
    for text in ("many words " * 6, "W" * 60):
        drawn = ink(pictures(overlaid(tmp_path, clip, text=text, font_size=20, position="center")[0])[0][1])
        left, top, right, bottom = box(drawn)
        assert left > 8
        assert right < 312
        assert bottom - top > 44
    _, told = overlaid(tmp_path, clip, text="line\n" * 30, font_size=20)
    assert "cannot be seen" in told[0]


def test_pixels_that_are_not_square_do_not_stretch_letters(tmp_path: Path) -> None:
    clip = even_clip(tmp_path / "clip.mp4", size="360x288", seconds=0.2, filters="setsar=2")
    target, _ = overlaid(tmp_path, clip, position="center", font_size=60)
    picture = pictures(target)[0][1]
    assert picture.shape == (288, 720, 3)
    left, _, right, _ = box(ink(picture))
    assert right - left == pytest.approx(Ruler(faces(None, tmp_path)).width("Rushes", 60), abs=12)


def test_turned_clips_are_upright_and_so_are_letters(tmp_path: Path) -> None:
    clip = even_clip(tmp_path / "clip.mp4", size="320x180", seconds=0.3, rotation=90)
    target, _ = overlaid(tmp_path, clip, position="top")
    source = look(target)
    assert (source.picture.width, source.picture.height, source.picture.rotation) == (180, 320, 0)
    left, top, right, bottom = box(ink(pictures(target)[0][1]))
    assert right - left > 2 * (bottom - top)
    assert bottom < 60


def test_a_rate_that_varies_keeps_every_time(tmp_path: Path) -> None:
    times = [0.0, 0.04, 0.2, 0.21, 0.5, 0.9, 0.933]
    clip = signal_clip(tmp_path / "clip.mp4", seconds=1.0, times=times, flashes=(0.5,))
    target, _ = overlaid(tmp_path, clip, position="top-left", font_size=8)
    found, numbers, _ = seen(target)
    assert found == pytest.approx(times, abs=0.001)
    assert numbers == list(range(7))


def test_odd_and_tiny_sizes(tmp_path: Path) -> None:
    lossless = ("-c:v", "ffv1", "-pix_fmt", "yuv444p")
    for size, made in (("853x481", (480, 852)), ("1x1", (2, 2)), ("2x7", (6, 2))):
        clip = even_clip(tmp_path / f"{size}.mkv", size="16x16", filters=f"scale={size.replace('x', ':')},setsar=1",
                         seconds=0.2, options=lossless)  # fmt: skip
        target, told = overlaid(tmp_path, clip)
        assert pictures(target)[0][1].shape[:2] == made
        assert any("odd side" in one for one in told)


def test_high_dynamic_range_stays_and_white_is_papers_white(tmp_path: Path) -> None:
    pq = "format=yuv420p10le,setparams=color_primaries=bt2020:color_trc=smpte2084:colorspace=bt2020nc:range=tv"
    options = ("-c:v", "libx265", "-x265-params", "log-level=error", "-tag:v", "hvc1")
    clip = even_clip(tmp_path / "clip.mp4", seconds=0.3, filters=pq, options=options)
    target, _ = overlaid(tmp_path, clip, text="HHHH", font_size=60, position="center")
    video, before = look(target).picture, look(clip).picture
    assert (video.codec, video.pix_fmt, video.color) == ("hevc", "yuv420p10le", before.color)
    assert 130 < pictures(target)[0][1].max() < 175


def test_other_containers_and_sounds(tmp_path: Path) -> None:
    clip = even_clip(tmp_path / "clip.webm", seconds=0.5, sound="libvorbis", options=("-c:v", "libvpx"))
    target, told = overlaid(tmp_path, clip)
    made = look(target)
    assert (made.picture.codec, made.audio[0].codec) == ("h264", "aac")
    assert told == ("the result is an MP4, which the original was not",)


@pytest.mark.parametrize(
    ("parameters", "field"),
    [
        ({"text": " \n"}, "text"),
        ({"text": "x" * 2001}, "text"),
        ({"position": "nowhere"}, "position"),
        ({"position": (320, 0)}, "x"),
        ({"position": (0, -1)}, "y"),
        ({"font_size": 0}, "font_size"),
        ({"font_size": float("nan")}, "font_size"),
        ({"color": "reddish"}, "color"),
        ({"color": "#12345"}, "color"),
        ({"color": "hsl(0,100%,50%)"}, "color"),
        ({"start_time": 1.0}, "start_time"),
        ({"start_time": -0.1}, "start_time"),
        ({"end_time": 0.0}, "end_time"),
        ({"end_time": float("inf")}, "end_time"),
    ],
)
def test_an_error_names_its_parameter(tmp_path: Path, parameters: dict[str, Any], field: str) -> None:
    clip = even_clip(tmp_path / "clip.mp4", seconds=1)
    with pytest.raises(BadParameter, match=f"^{field} ") as raised:
        overlaid(tmp_path, clip, **parameters)
    assert raised.value.field == field


def test_colours() -> None:
    assert coloured("Red") == (255, 0, 0, 255)
    assert coloured("#0f08") == (0, 255, 0, 136)
    assert coloured(" #11223344 ") == (17, 34, 51, 68)


def test_sound_alone_cannot_be_drawn_on(tmp_path: Path) -> None:
    ffmpeg("-f", "lavfi", "-i", "sine=440:d=1", str(tmp_path / "tone.mp3"))
    with pytest.raises(UnreadableMedia, match="no picture"):
        overlaid(tmp_path, tmp_path / "tone.mp3")
