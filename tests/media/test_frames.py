"""The last frame of a video."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from rushes.media.frames import save_last_frame
from rushes.media.probe import UnreadableMedia

SIZE = (96, 64)


def clip(path: Path, frames: int, *, codec: str = "libx264", **options: str) -> Path:
    """Frames of a grey that says their number."""
    import av

    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=24, options=options)
        stream.width, stream.height, stream.pix_fmt = *SIZE, "yuv420p"
        for number in range(frames):
            shade = np.full((SIZE[1], SIZE[0], 3), 10 + number * 5, np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(shade, format="rgb24")))
        container.mux(stream.encode())
    return path


@pytest.mark.parametrize(
    ("name", "codec", "options"),
    [
        ("one-group.mp4", "libx264", {"g": "250", "bf": "0"}),
        ("b-frames.mp4", "libx264", {"g": "250", "bf": "3"}),
        ("many-groups.mp4", "libx264", {"g": "5", "bf": "2"}),
        ("key-frames.mp4", "libx264", {"g": "1"}),
        ("vp9.webm", "libvpx-vp9", {"g": "10"}),
    ],
)
def test_it_is_the_frame_shown_last(tmp_path: Path, name: str, codec: str, options: dict[str, str]) -> None:
    save_last_frame(clip(tmp_path / name, 40, codec=codec, **options), tmp_path / "last.png")
    with Image.open(tmp_path / "last.png") as picture:
        assert (picture.format, picture.size) == ("PNG", SIZE)
        shade = picture.convert("L").getpixel((48, 32))
    assert isinstance(shade, int)
    assert abs(shade - (10 + 39 * 5)) <= 2  # the frame before is 5 darker


def test_a_single_frame_is_the_last(tmp_path: Path) -> None:
    save_last_frame(clip(tmp_path / "one.mp4", 1), tmp_path / "last.png")
    assert (tmp_path / "last.png").exists()


def test_what_is_no_video_is_refused(tmp_path: Path) -> None:
    broken = clip(tmp_path / "whole.mp4", 20).read_bytes()
    Image.new("RGB", SIZE).save(tmp_path / "picture.png")
    cases = {"text.mp4": b"hello", "empty.mp4": b"", "half.mp4": broken[: len(broken) // 2]}
    for name, content in cases.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(UnreadableMedia):
            save_last_frame(tmp_path / name, tmp_path / "last.png")
    with pytest.raises(UnreadableMedia):
        save_last_frame(tmp_path / "picture.png", tmp_path / "last.png")
