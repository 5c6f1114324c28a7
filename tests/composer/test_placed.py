"""References become sprites: cut out, cropped, upright, of one size."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from rushes.engines.local.composer.matte import Matte
from rushes.engines.local.composer.placed import cutout, load_reference

from .known import BLUE, RED, KnownMatte, disc_and_dot, red, texture, weights


def test_cutout_is_the_subject_alone() -> None:
    sprite = cutout(disc_and_dot(640, 360), KnownMatte())
    height, width, channels = sprite.shape
    assert channels == 4
    # The disc's diameter is 2/5 of 360.
    assert abs(width - 144) < 4
    assert abs(height - 144) < 4
    assert sprite[height // 2, width // 2].tolist() == [*RED, 255]
    assert sprite[0, 0, 3] == 0
    visible = sprite[sprite[..., 3] > 20][:, :3]
    assert np.abs(visible.astype(int) - RED).max() < 40


def test_without_a_subject_the_whole_picture_is_placed() -> None:
    picture = np.repeat(texture(200, 100)[..., :1], 3, axis=2)
    for matte in (None, KnownMatte()):
        sprite = cutout(picture, matte)
        assert sprite.shape == (100, 200, 4)
        assert sprite[50, 100, 3] == 255
        assert sprite[0, 100, 3] < 255
        assert np.array_equal(sprite[..., :3], picture)


def test_a_transparent_picture_keeps_its_own_alpha(tmp_path: Path) -> None:
    rgba = np.zeros((60, 80, 4), np.uint8)
    rgba[10:40, 20:70] = (*BLUE, 255)
    Image.fromarray(rgba).save(tmp_path / "a.png")
    sprite = load_reference(tmp_path / "a.png", "image/png", KnownMatte())
    assert sprite.fps == 0
    assert sprite.cut
    assert sprite.frames[0].shape == (30, 50, 4)


def test_a_picture_is_turned_upright_and_kept_small(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned right by a quarter
    Image.fromarray(texture(2000, 1000)).save(tmp_path / "a.jpg", exif=exif)
    sprite = load_reference(tmp_path / "a.jpg", "image/jpeg", None)
    assert not sprite.cut
    assert sprite.frames[0].shape == (768, 384, 4)


def clip(path: Path, count: int, fps: int = 12) -> Path:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=fps)
        stream.width, stream.height, stream.pix_fmt = 320, 180, "yuv420p"
        base = disc_and_dot(320, 180)
        for index in range(count):
            image = np.roll(base, 4 * index, axis=1)
            for packet in stream.encode(av.VideoFrame.from_ndarray(image, format="rgb24")):
                container.mux(packet)
        for packet in stream.encode():
            container.mux(packet)
    return path


def test_a_clip_becomes_an_animated_sprite_that_stays_in_its_place(tmp_path: Path) -> None:
    sprite = load_reference(clip(tmp_path / "a.mp4", 12), "video/mp4", KnownMatte())
    assert sprite.fps == 6
    assert len(sprite.frames) == 6
    assert len({frame.shape for frame in sprite.frames}) == 1
    # The disc of 72 pixels goes 40 to the right in the clip; where the sprite goes is the scene's to say.
    assert abs(sprite.frames[0].shape[1] - 72) < 6
    places = [np.nonzero(frame[..., 3].any(axis=0))[0][0] for frame in sprite.frames]
    assert np.ptp(places) <= 2
    shown = sprite.frames[0]
    assert red(shown[..., :3])[shown[..., 3] > 200].all()


def test_only_the_beginning_of_a_long_clip_is_read(tmp_path: Path) -> None:
    assert len(load_reference(clip(tmp_path / "a.mp4", 60), "video/mp4", None).frames) == 18


@pytest.mark.parametrize("mime", ["image/png", "video/mp4"])
def test_what_cannot_be_read_is_said(tmp_path: Path, mime: str) -> None:
    (tmp_path / "a").write_bytes(b"not a picture at all")
    for name in ("a", "nowhere"):
        with pytest.raises(ValueError, match="cannot be read"):
            load_reference(tmp_path / name, mime, None)


@pytest.mark.models
def test_the_network_cuts_out_a_disc() -> None:
    sprite = cutout(disc_and_dot(640, 360), Matte(weights("matte")))
    assert red(sprite[..., :3])[sprite[..., 3] > 200].mean() > 0.97
    assert 0.5 < (sprite[..., 3] > 127).mean() < 0.95
