"""Cropping, resizing, marking: the right pixels at the right place."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from rushes.media.editing.mark import watermark_image, watermark_text
from rushes.media.editing.picture import crop, resize
from rushes.media.editing.redraw import BadParameter
from rushes.media.editing.source import look
from rushes.media.probe import UnreadableMedia
from tests.media.editing.pictures import GREY, box, edited, even_clip, ffmpeg, fonts, ink, packets, pictures
from tests.media.editing.signals import apart, seen
from tests.media.editing.signals import clip as signal_clip


def dotted(path: Path) -> Path:
    """A grey clip with a white square of 20 pixels at 100, 60."""
    return even_clip(path, seconds=0.3, filters="drawbox=100:60:20:20:white:fill")


def test_the_part_that_was_asked_for(tmp_path: Path) -> None:
    clip = dotted(tmp_path / "clip.mp4")
    for x, y in ((90, 50), (91, 51)):
        target, told = edited(tmp_path, crop, clip, x=x, y=y, width=60, height=40)
        picture = pictures(target)[0][1]
        assert picture.shape == (40, 60, 3)
        assert box(ink(picture, 70)) == (100 - x, 60 - y, 120 - x, 80 - y)
        assert told == ()
    target, told = edited(tmp_path, crop, clip, x=0, y=0, width=101, height=77)
    assert pictures(target)[0][1].shape == (76, 100, 3)
    assert told == ("sides must be even: the result has 100x76 pixels instead of 101x77",)


def test_a_crop_keeps_frames_times_and_sound(tmp_path: Path) -> None:
    clip = signal_clip(tmp_path / "clip.mp4", width=384, height=96)
    target, _ = edited(tmp_path, crop, clip, x=0, y=2, width=384, height=90)
    assert seen(target) == seen(clip)
    assert packets(target, "audio") == packets(clip, "audio")
    assert max(map(abs, apart(target))) <= 0.02


def test_places_count_as_the_clip_is_shown(tmp_path: Path) -> None:
    dot = "drawbox=50:60:10:20:white:fill,setsar=2"
    wide = even_clip(tmp_path / "wide.mp4", size="160x180", seconds=0.3, filters=dot)
    turned = even_clip(tmp_path / "turned.mp4", size="180x320", seconds=0.3, rotation=-90,
                       filters="drawbox=60:200:20:20:white:fill")  # fmt: skip
    for clip in (wide, turned):
        target, _ = edited(tmp_path, crop, clip, x=90, y=50, width=60, height=40)
        assert box(ink(pictures(target)[0][1], 70)) == pytest.approx((10, 10, 30, 30), abs=2), clip


@pytest.mark.parametrize(
    ("part", "field"),
    [
        ((320, 0, 10, 10), "x"),
        ((-1, 0, 10, 10), "x"),
        ((0, 180, 10, 10), "y"),
        ((0, 0, 321, 10), "width"),
        ((300, 0, 21, 10), "width"),
        ((0, 0, 10, 181), "height"),
        ((0, 0, 0, 10), "width"),
        ((0, 0, 10, 1), "height"),
        ((319, 0, 1, 10), "width"),
    ],
)
def test_parts_outside_the_picture_are_refused(tmp_path: Path, part: tuple[int, ...], field: str) -> None:
    clip = even_clip(tmp_path / "clip.mp4", seconds=0.2)
    with pytest.raises(BadParameter) as raised:
        edited(tmp_path, crop, clip, **dict(zip(("x", "y", "width", "height"), part, strict=True)))
    assert raised.value.field == field


def test_a_size_is_fitted_with_black_around(tmp_path: Path) -> None:
    clip = even_clip(tmp_path / "clip.mp4", seconds=0.3)
    for asked, inner in (
        ({"preset": "720p"}, (0, 0, 1280, 720)),
        ({"width": 320, "height": 320}, (0, 70, 320, 250)),
        ({"width": 640, "height": 180}, (160, 0, 480, 180)),
        ({"width": 160}, (0, 0, 160, 90)),
        ({"height": 90}, (0, 0, 160, 90)),
        ({"width": 161, "height": 91}, (0, 0, 160, 90)),
    ):
        target, told = edited(tmp_path, resize, clip, **asked)
        picture = pictures(target)[0][1]
        assert box(picture.max(axis=2) > 60) == pytest.approx(inner, abs=2), asked
        assert bool(told) == (asked.get("width") == 161)
        assert abs(picture[picture.shape[0] // 2, picture.shape[1] // 2].astype(int) - GREY).max() < 4
        assert look(target).picture.sar == 1
    outer = pictures(edited(tmp_path, resize, clip, preset="1080p")[0])[0][1]
    assert outer.shape == (1080, 1920, 3)


def test_what_is_shown_wide_or_turned_is_fitted_as_shown(tmp_path: Path) -> None:
    wide = even_clip(tmp_path / "wide.mp4", size="160x180", seconds=0.3, filters="setsar=2")
    turned = even_clip(tmp_path / "turned.mp4", size="180x320", seconds=0.3, rotation=90)
    for clip in (wide, turned):
        picture = pictures(edited(tmp_path, resize, clip, width=320, height=320)[0])[0][1]
        assert box(picture.max(axis=2) > 60) == pytest.approx((0, 70, 320, 250), abs=2)


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({}, "width"),
        ({"preset": "4k"}, "preset"),
        ({"preset": "720p", "width": 10}, "preset"),
        ({"width": 15, "height": 20}, "width"),
        ({"width": 20, "height": 4097}, "height"),
    ],
)
def test_sizes_that_cannot_be(tmp_path: Path, asked: dict[str, Any], field: str) -> None:
    with pytest.raises(BadParameter) as raised:
        edited(tmp_path, resize, even_clip(tmp_path / "clip.mp4", seconds=0.2), **asked)
    assert raised.value.field == field


def test_a_picture_as_a_mark(tmp_path: Path) -> None:
    clip = even_clip(tmp_path / "clip.mp4", seconds=0.4, sound="aac")
    logo = tmp_path / "logo.png"
    image = Image.new("RGBA", (400, 200), (255, 255, 255, 255))
    image.paste((0, 0, 0, 0), (200, 0, 400, 200))
    image.save(logo)
    for position, corner in (("bottom-right", (251, 143)), ("top-left", (5, 5)), ("center", (128, 74))):
        target, told = edited(tmp_path, watermark_image, clip, image=logo, position=position, scale=0.2)
        for _, picture in pictures(target):
            left, top, right, bottom = box(ink(picture, 60))
            # 64 by 32 pixels, of which the right half is clear.
            assert (left, top) == pytest.approx(corner, abs=2), position
            assert (right - left, bottom - top) == pytest.approx((32, 32), abs=2)
        assert told == ()
        assert packets(target, "audio") == packets(clip, "audio")
    target, _ = edited(tmp_path, watermark_image, clip, image=logo, opacity=0.5, scale=0.2, position="top-left")
    assert pictures(target)[0][1][20, 20].mean() == pytest.approx((255 + GREY) / 2, abs=6)


def test_words_as_a_mark(tmp_path: Path) -> None:
    clip = even_clip(tmp_path / "clip.mp4", seconds=0.4)
    target, told = edited(tmp_path, watermark_text, clip, text="© 频道", fonts=fonts(), font_size=20)
    assert told == ()
    for _, picture in pictures(target):
        left, top, _, _ = box(ink(picture, 30))
        assert left > 220
        assert top > 140
    strong, _ = edited(tmp_path, watermark_text, clip, text="HHH", opacity=1, fonts=None, font_size=60)
    faint, _ = edited(tmp_path, watermark_text, clip, text="HHH", opacity=0.3, fonts=None, font_size=60)
    reach = [float(np.percentile(pictures(path)[0][1], 99.9)) - GREY for path in (strong, faint)]
    assert reach[1] == pytest.approx(reach[0] * 0.3, rel=0.25)


def test_marks_that_cannot_be(tmp_path: Path) -> None:
    clip = even_clip(tmp_path / "clip.mp4", seconds=0.2)
    logo = tmp_path / "logo.png"
    Image.new("RGB", (20, 20)).save(logo)
    for field, parameters in (("opacity", {"opacity": 1.5}), ("scale", {"scale": 0}), ("margin", {"margin": 1}),
                              ("position", {"position": "there"})):  # fmt: skip
        with pytest.raises(BadParameter, match=f"^{field} "):
            edited(tmp_path, watermark_image, clip, image=logo, **parameters)
    (tmp_path / "not.png").write_bytes(b"\x89PNG\r\n\x1a\n" + b"x" * 50)
    with pytest.raises(UnreadableMedia, match="image cannot be read"):
        edited(tmp_path, watermark_image, clip, image=tmp_path / "not.png")
    ffmpeg("-f", "lavfi", "-i", "testsrc2=s=16x16:d=0.1:r=10", "-c:v", "gif", "-f", "gif", str(tmp_path / "as.png"))
    with pytest.raises(UnreadableMedia):
        edited(tmp_path, watermark_image, clip, image=tmp_path / "as.png")


def test_the_largest_picture(tmp_path: Path) -> None:
    clip = even_clip(tmp_path / "clip.mp4", size="8192x4320", seconds=0.1, fps=10,
                     options=("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p"))  # fmt: skip
    assert (look(clip).picture.width, look(clip).picture.height) == (8192, 4320)
    target, _ = edited(tmp_path, resize, clip, width=640)
    (_, picture), = pictures(target)  # fmt: skip
    assert picture.shape == (338, 640, 3)
    assert not ink(picture, 12).any()
