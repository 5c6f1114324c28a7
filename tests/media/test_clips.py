"""Clips as callers send them: every container, lengths left out, and files that lie."""

from __future__ import annotations

import io
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from rushes.media.checks import BadMedia, check_image, check_video
from rushes.media.probe import UnreadableMedia, probe
from rushes.media.sniff import HEAD, sniff

SECONDS, FPS = 4, 10


def clip(path: Path, codec: str, container: str, options: dict[str, str] | None = None) -> Path:
    with av.open(str(path), "w", format=container, options=options or {}) as output:
        stream = output.add_stream(codec, rate=FPS)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"  # type: ignore[union-attr]
        for number in range(SECONDS * FPS):
            frame = av.VideoFrame.from_ndarray(np.full((72, 64), 5 * number, np.uint8), format="yuv420p")
            frame.pts = number
            output.mux(stream.encode(frame))  # type: ignore[union-attr]
        output.mux(stream.encode(None))  # type: ignore[union-attr]
    return path


def judge(path: Path, max_seconds: float = 60) -> str:
    return check_video(path, max_bytes=10**7, max_seconds=max_seconds, max_pixels=10**6).mime


@pytest.mark.parametrize(
    ("codec", "container", "mime"),
    [
        ("libx264", "mp4", "video/mp4"),
        ("libx264", "mov", "video/quicktime"),
        ("libx264", "matroska", "video/x-matroska"),
        ("libvpx-vp9", "webm", "video/webm"),
        ("mpeg4", "avi", "video/x-msvideo"),
    ],
)
def test_every_container_is_told_by_its_bytes(tmp_path: Path, codec: str, container: str, mime: str) -> None:
    path = clip(tmp_path / "named-wrongly.txt", codec, container)
    info = probe(path)
    assert (info.mime, info.width, info.height, info.fps) == (mime, 64, 48, FPS)
    assert info.duration == pytest.approx(SECONDS, abs=0.11)
    assert judge(path) == mime


def test_a_live_recording_without_a_length_is_measured(tmp_path: Path) -> None:
    """Browsers record WebM without a duration; it must not slip past the limit on seconds as 0 s."""
    path = clip(tmp_path / "a.webm", "libvpx-vp9", "webm", {"live": "1"})
    with av.open(str(path)) as container:
        assert container.duration is None
    assert probe(path).duration == pytest.approx(SECONDS, abs=0.11)
    assert judge(path) == "video/webm"
    with pytest.raises(BadMedia, match="seconds"):
        judge(path, max_seconds=SECONDS - 1)


def test_a_codec_nobody_knows_is_refused(tmp_path: Path) -> None:
    path = clip(tmp_path / "a.mp4", "libx264", "mp4")
    path.write_bytes(path.read_bytes().replace(b"avc1", b"zzzz").replace(b"avcC", b"zzzC"))
    with pytest.raises(UnreadableMedia):
        probe(path)
    with pytest.raises(BadMedia):
        judge(path)


def test_a_clip_may_not_name_other_files(tmp_path: Path) -> None:
    """Each of these opens the good clip beside it when a player chooses the demuxer itself."""
    good = clip(tmp_path / "good.mp4", "libx264", "mp4")
    concat, playlist = tmp_path / "a.mp4", tmp_path / "b.mp4"
    concat.write_text(f"ffconcat version 1.0\nfile '{good}'\n")
    playlist.write_text(f"#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\n{good}\n#EXT-X-ENDLIST\n")
    with av.open(str(concat), options={"safe": "0"}) as container:
        assert container.streams.video
    for path in (concat, playlist):
        with pytest.raises(UnreadableMedia):
            probe(path)
        with pytest.raises(BadMedia) as caught:
            judge(path)
        assert caught.value.other_kind


@pytest.mark.parametrize("brand", [b"avif", b"heic", b"mif1"])
def test_pictures_in_mp4_boxes_are_no_videos(tmp_path: Path, brand: bytes) -> None:
    path = tmp_path / "a.mp4"
    path.write_bytes(b"\0\0\0\x18ftyp" + brand + b"\0\0\0\0" + brand + b"miaf" + b"\0" * 200)
    with pytest.raises(BadMedia, match="not a video") as caught:
        judge(path)
    assert caught.value.other_kind
    with pytest.raises(BadMedia, match="PNG, JPEG or WebP"):
        check_image(path, max_bytes=10**6, max_pixels=10**6)


def test_a_sound_alone_is_no_video(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    with av.open(str(path), "w", format="wav") as output:
        stream = output.add_stream("pcm_s16le", rate=8000, layout="mono")
        block = av.AudioFrame.from_ndarray(np.zeros((1, 8000), np.int16), format="s16", layout="mono")
        block.sample_rate = 8000
        output.mux(stream.encode(block))
        output.mux(stream.encode(None))
    info = probe(path)
    assert (info.mime, info.width, info.audio_codec, info.duration) == ("audio/wav", 0, "pcm_s16le", 1.0)
    with pytest.raises(BadMedia, match="not a video"):
        judge(path)


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_the_frames_of_an_animated_picture_are_counted(tmp_path: Path, kind: str) -> None:
    first, *others = [Image.new("RGB", (32, 32), (90 * number, 10, 10)) for number in range(3)]
    data = io.BytesIO()
    first.save(data, kind, save_all=True, append_images=others)
    path = tmp_path / "a"
    path.write_bytes(data.getvalue())
    assert check_image(path, max_bytes=10**6, max_pixels=10**6).frames == 3


def test_sniffing_needs_no_more_than_it_says(tmp_path: Path) -> None:
    path = clip(tmp_path / "a.webm", "libvpx-vp9", "webm")
    data = path.read_bytes()
    assert sniff(data[:HEAD]) == sniff(data)
