"""Writing, probing and judging media."""

from __future__ import annotations

import io
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from rushes.media.checks import BadMedia, check_image, check_video
from rushes.media.editing.source import look
from rushes.media.encode import VideoWriter
from rushes.media.footage import Footage
from rushes.media.probe import UnreadableMedia, probe
from rushes.media.sniff import sniff
from tests.e2e.peer import bomb, png


def write_video(
    path: Path, *, seconds: float = 1, fps: int = 12, sound: bool = True, size: tuple[int, int] = (64, 48)
) -> None:
    width, height = size
    with VideoWriter(path, width=width, height=height, fps=fps, sound=sound) as writer:
        if sound:
            writer.write_audio(np.zeros((round(48_000 * seconds), 2), np.float32))
        for number in range(round(fps * seconds)):
            writer.write(np.full((height * 3 // 2, width), 40 + number, np.uint8))


@pytest.mark.parametrize("fps", [12, 24, 25, 60])
@pytest.mark.parametrize("sound", [True, False])
def test_what_is_written_is_what_is_read(tmp_path: Path, fps: int, sound: bool) -> None:
    path = tmp_path / "a.mp4"
    write_video(path, fps=fps, sound=sound)
    info = probe(path)
    assert (info.mime, info.width, info.height, info.fps, info.frames) == ("video/mp4", 64, 48, fps, fps)
    assert (info.video_codec, info.audio_codec) == ("h264", "aac" if sound else "")
    assert info.duration == pytest.approx(1.0, abs=0.03)
    data = path.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")
    with av.open(str(path)) as video:
        assert video.streams.video[0].codec_context.pix_fmt == "yuv420p"


def test_an_error_leaves_no_file(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"

    def interrupted() -> None:
        with VideoWriter(path, width=64, height=48, fps=12) as writer:
            writer.write(np.zeros((72, 64), np.uint8))
            raise LookupError

    with pytest.raises(LookupError):
        interrupted()
    assert not path.exists()


@pytest.mark.parametrize(
    "content",
    [b"", b"x", b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n", b"ffconcat version 1.0\nfile /etc/passwd\n",
     b"<?xml version='1.0'?><svg/>", b"\0" * 1000, b"\x00\x00\x00\x20ftypisom" + b"\0" * 100,
     b"RIFF\x10\0\0\0AVI LIST", b"\x1aE\xdf\xa3" + b"\0" * 50],
)  # fmt: skip
def test_what_is_no_media_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.mp4"
    path.write_bytes(content)
    with pytest.raises(UnreadableMedia):
        probe(path)
    with pytest.raises(BadMedia):
        check_video(path, max_bytes=10**6, max_seconds=10, max_pixels=10**6)


def test_half_a_video_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    write_video(path)
    path.write_bytes(path.read_bytes()[:700])
    with pytest.raises(BadMedia):
        check_video(path, max_bytes=10**6, max_seconds=10, max_pixels=10**6)


@pytest.mark.parametrize(
    ("limits", "words"),
    [({"max_bytes": 100}, "bytes"), ({"max_seconds": 0.5}, "seconds"), ({"max_pixels": 1000}, "pixels")],
)
def test_videos_beyond_the_limits(tmp_path: Path, limits: dict[str, float], words: str) -> None:
    path = tmp_path / "a.mp4"
    write_video(path)
    assert check_video(path, max_bytes=10**6, max_seconds=10, max_pixels=10**6).width == 64
    with pytest.raises(BadMedia, match=words):
        check_video(path, **{"max_bytes": 10**6, "max_seconds": 10, "max_pixels": 10**6, **limits})  # type: ignore[arg-type]


def write_pictures(path: Path, sizes: list[int]) -> None:
    """A clip whose frames are grey PNGs of these sides, whatever its header says."""
    drawn = {}
    for side in set(sizes):
        data = io.BytesIO()
        Image.new("L", (side, side)).save(data, "PNG", compress_level=1)
        drawn[side] = data.getvalue()
    with av.open(str(path), "w", format="mov") as made:
        stream = made.add_stream("png", rate=25)
        stream.width = stream.height = 64
        stream.pix_fmt = "gray"
        for number, side in enumerate(sizes):
            packet = av.Packet(drawn[side])
            packet.stream, packet.time_base = stream, Fraction(1, 25)
            packet.pts = packet.dts = number
            packet.is_keyframe = True
            made.mux(packet)


def test_a_huge_frame_is_not_decoded_whatever_the_header_says(tmp_path: Path) -> None:
    path = tmp_path / "first.mov"
    write_pictures(path, [9000] * 2)
    assert probe(path).width == 0
    with pytest.raises(BadMedia, match="far too many pixels"):
        check_video(path, max_bytes=10**9, max_seconds=10, max_pixels=10**9)
    with pytest.raises(UnreadableMedia):
        Footage(path)
    with pytest.raises(UnreadableMedia):
        look(path)


def test_a_huge_frame_later_in_a_clip_is_not_decoded(tmp_path: Path) -> None:
    path = tmp_path / "later.mov"
    write_pictures(path, [64] * 3 + [9000])
    assert probe(path).width == 64
    with Footage(path) as clip, pytest.raises(UnreadableMedia):
        list(clip.frames())


def image(kind: str, size: tuple[int, int] = (40, 30)) -> bytes:
    data = io.BytesIO()
    Image.effect_noise(size, 90).convert("RGB").save(data, kind)
    return data.getvalue()


def judge(tmp_path: Path, content: bytes, **limits: int) -> object:
    path = tmp_path / "a.png"
    path.write_bytes(content)
    return check_image(path, **{"max_bytes": 10**6, "max_pixels": 10**6, **limits})


@pytest.mark.parametrize(("kind", "mime"), [("PNG", "image/png"), ("JPEG", "image/jpeg"), ("WEBP", "image/webp")])
def test_good_pictures(tmp_path: Path, kind: str, mime: str) -> None:
    info = judge(tmp_path, image(kind))
    assert (info.mime, info.width, info.height) == (mime, 40, 30)  # type: ignore[attr-defined]


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_half_a_picture(tmp_path: Path, kind: str) -> None:
    content = image(kind)
    with pytest.raises(BadMedia, match="damaged"):
        judge(tmp_path, content[: len(content) * 2 // 3])


@pytest.mark.parametrize("content", [b"", b"GIF89a" + b"\0" * 50, image("BMP"), b"<svg/>", b"%PDF-1.4", image("TIFF")])
def test_what_is_no_accepted_picture(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(BadMedia) as caught:
        judge(tmp_path, content)
    assert caught.value.other_kind


def test_pictures_beyond_the_limits(tmp_path: Path) -> None:
    with pytest.raises(BadMedia, match="pixels"):
        judge(tmp_path, png(200, 200), max_pixels=100 * 100)
    with pytest.raises(BadMedia, match="bytes"):
        judge(tmp_path, png(), max_bytes=50)
    with pytest.raises(BadMedia, match="at least"):
        judge(tmp_path, png(8, 8))


def test_a_pixel_bomb_is_refused_before_it_is_decoded(tmp_path: Path) -> None:
    with pytest.raises(BadMedia, match="too many pixels"):
        judge(tmp_path, bomb())


def test_kinds_are_told_by_first_bytes() -> None:
    assert sniff(png()[:16]).mime == "image/png"  # type: ignore[union-attr]
    assert sniff(b"RIFF0000WAVEfmt ").family == "audio"  # type: ignore[union-attr]
    assert sniff(b"#EXTM3U\n") is None
    assert sniff(b"") is None
