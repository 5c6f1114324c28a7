"""The burnt-in mark: it is there, and everything else is as it was."""

from __future__ import annotations

import asyncio
import hashlib
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from rushes.media.encode import VideoWriter
from rushes.media.probe import UnreadableMedia, probe
from rushes.media.watermark import burn

WIDTH, HEIGHT, FPS, FRAMES = 320, 240, 24, 12


def film(path: Path, *, sound: bool = True) -> Path:
    with VideoWriter(path, width=WIDTH, height=HEIGHT, fps=FPS, sound=sound) as writer:
        if sound:
            tone = np.sin(np.arange(48_000 // 2) / 20).astype(np.float32) * 0.3
            writer.write_audio(np.column_stack([tone, tone]))
        for _ in range(FRAMES):
            picture = np.full((HEIGHT * 3 // 2, WIDTH), 128, np.uint8)
            picture[:HEIGHT] = 90
            writer.write(picture)
    return path


def frames(path: Path) -> list[np.ndarray]:
    with av.open(str(path)) as container:
        return [frame.to_ndarray(format="gray").astype(int) for frame in container.decode(video=0)]


def sound_packets(path: Path) -> str:
    with av.open(str(path)) as container:
        return hashlib.sha256(b"".join(bytes(packet) for packet in container.demux(audio=0))).hexdigest()


def marked_part(shape: tuple[int, ...]) -> tuple[slice, slice]:
    return np.s_[shape[0] * 7 // 8 :, : shape[1] * 2 // 3]


def assert_marked(before: np.ndarray, after: np.ndarray, noise: int = 6) -> None:
    """Light letters with a dark rim in the lower left corner, and nothing anywhere else."""
    change = after.astype(int) - before.astype(int)
    part = marked_part(change.shape)
    assert change[part].max() > 60
    assert change[part].min() < -20
    share = (np.abs(change[part]) > 40).mean()
    assert 0.02 < share < 0.6
    change[part] = 0
    assert np.abs(change).max() <= noise


@pytest.mark.parametrize("sound", [True, False])
def test_every_frame_of_a_video_is_marked(tmp_path: Path, sound: bool) -> None:
    source, target = film(tmp_path / "a.mp4", sound=sound), tmp_path / "b.mp4"
    asyncio.run(burn(source, target, "video/mp4"))
    before, after = frames(source), frames(target)
    assert len(after) == len(before) == FRAMES
    for pair in zip(before, after, strict=True):
        assert_marked(*pair)
    old, new = probe(source), probe(target)
    assert (new.width, new.height, new.fps, new.audio_codec) == (old.width, old.height, old.fps, old.audio_codec)
    assert new.duration == pytest.approx(old.duration, abs=0.05)
    if sound:
        assert sound_packets(target) == sound_packets(source), "the sound is copied, not encoded again"
    content = target.read_bytes()
    assert content.index(b"moov") < content.index(b"mdat"), "players can start at once"
    assert {path.name for path in tmp_path.iterdir()} == {"a.mp4", "b.mp4"}, "nothing is left lying about"


@pytest.mark.parametrize(("name", "mime", "mode"), [
    ("a.png", "image/png", "RGB"), ("a.png", "image/png", "RGBA"), ("a.png", "image/png", "L"),
    ("a.jpg", "image/jpeg", "RGB"), ("a.webp", "image/webp", "RGBA"),
])  # fmt: skip
def test_pictures_are_marked(tmp_path: Path, name: str, mime: str, mode: str) -> None:
    source, target = tmp_path / name, tmp_path / f"marked-{name}"
    picture = np.full((HEIGHT, WIDTH, 4), 90, np.uint8)
    picture[..., 3] = 255
    picture[:40, :40, 3] = 0
    Image.fromarray(picture).convert(mode).save(source)
    asyncio.run(burn(source, target, mime))
    with Image.open(source) as old, Image.open(target) as new:
        assert new.format == old.format
        assert ("A" in new.getbands()) == ("A" in old.getbands())
        if "A" in new.getbands():
            assert np.asarray(new)[..., 3].min() == 0, "what was clear is clear"
        grey = [np.array(image.convert("RGB"))[..., 1] for image in (old, new)]
    grey[0][:40, :40] = grey[1][:40, :40] = 0
    assert_marked(grey[0], grey[1])


def test_every_picture_of_an_animation_is_marked(tmp_path: Path) -> None:
    source, target = tmp_path / "a.gif", tmp_path / "b.gif"
    pictures = [Image.new("RGB", (WIDTH, HEIGHT), (level, level, level)) for level in (60, 90, 120)]
    pictures[0].save(source, save_all=True, append_images=pictures[1:], duration=80, loop=0)
    asyncio.run(burn(source, target, "image/gif"))
    with Image.open(target) as made:
        assert made.n_frames == 3
        for number in range(3):
            made.seek(number)
            shown = np.asarray(made.convert("L")).astype(int)
            assert shown[marked_part(shown.shape)].max() > 180
            assert made.info["duration"] == 80


@pytest.mark.parametrize(("width", "height"), [(64, 64), (96, 640), (640, 96)])
def test_the_mark_fits_into_small_and_narrow_pictures(tmp_path: Path, width: int, height: int) -> None:
    source, target = tmp_path / "a.png", tmp_path / "b.png"
    Image.new("RGB", (width, height), (90, 90, 90)).save(source)
    asyncio.run(burn(source, target, "image/png"))
    change = np.abs(np.asarray(Image.open(target).convert("L")).astype(int) - 90) > 15
    rows, columns = np.nonzero(change)
    assert len(rows) > 20
    assert columns.min() > 0
    assert columns.max() < width - 1
    assert rows.max() < height - 1


@pytest.mark.parametrize(("name", "mime"), [("a.mp4", "video/mp4"), ("a.png", "image/png"), ("a.bin", "video/x-odd")])
def test_what_cannot_be_marked_is_not_let_through(tmp_path: Path, name: str, mime: str) -> None:
    (tmp_path / name).write_bytes(b"nothing of the kind" * 50)
    with pytest.raises(UnreadableMedia):
        asyncio.run(burn(tmp_path / name, tmp_path / "out", mime))


def test_a_script_in_place_of_a_video_reads_no_other_file(tmp_path: Path) -> None:
    film(tmp_path / "secret.mp4")
    (tmp_path / "a.mp4").write_text("ffconcat version 1.0\nfile secret.mp4\n")
    with pytest.raises(UnreadableMedia):
        asyncio.run(burn(tmp_path / "a.mp4", tmp_path / "out.mp4", "video/mp4"))
    assert not (tmp_path / "out.mp4").exists()


def test_cancelling_stops_the_encoder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "slow"
    program.write_text(f"#!/bin/sh\necho $$ > {tmp_path}/pid\nexec sleep 60\n")
    program.chmod(0o755)
    monkeypatch.setenv("IMAGEIO_FFMPEG_EXE", str(program))
    source = film(tmp_path / "a.mp4")

    async def run() -> None:
        task = asyncio.create_task(burn(source, tmp_path / "b.mp4", "video/mp4"))
        while not (tmp_path / "pid").exists() or not (tmp_path / "pid").read_text().strip():
            await asyncio.sleep(0.02)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(run())
    assert not Path(f"/proc/{(tmp_path / 'pid').read_text().strip()}").exists()
