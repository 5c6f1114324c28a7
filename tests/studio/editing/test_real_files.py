"""Files as people really have them, through the whole server: an edit, or a clear answer, and nothing left behind."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from rushes.media.editing.ffmpeg import program
from tests.e2e.server import Server
from tests.media.editing.pictures import ffmpeg
from tests.studio.editing.working import fetched, seconds_of, work
from tests.studio.generation.asking import balance

Make = Callable[[Path], None]
PICTURE = ("-f", "lavfi", "-i", "testsrc2=s=192x108:r=25:d=2")
SOUND = ("-f", "lavfi", "-i", "sine=440:d=2")
QUICK = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p")


def made(*arguments: str) -> Make:
    return lambda target: ffmpeg(*arguments, str(target))


def turned(target: Path) -> None:
    """As telephones write it: lying, with a note to turn it."""
    plain = target.with_name("plain.mov")
    ffmpeg(*PICTURE, *SOUND, *QUICK, "-c:a", "aac", str(plain))
    ffmpeg("-display_rotation", "-90", "-i", str(plain), "-c", "copy", str(target))


TEN = [part for _ in range(9) for part in ("-map", "1:a")]
GOOD: dict[str, tuple[str, Make]] = {
    "VP9 and Opus": ("a.webm", made(*PICTURE, *SOUND, "-c:v", "libvpx-vp9", "-deadline", "realtime")),
    "ten tracks": ("a.mkv", made(*PICTURE, *SOUND, "-map", "0:v", *TEN, *QUICK, "-c:a", "aac")),
    "a telephone's": ("a.mov", turned),
    "AVI": ("a.avi", made(*PICTURE, *SOUND, "-c:v", "mpeg4", "-c:a", "libmp3lame")),
    "120 a second": ("a.mp4", made("-f", "lavfi", "-i", "testsrc2=s=192x108:r=120:d=2", *SOUND, *QUICK, "-c:a", "aac")),
    "odd sides": ("a.mkv", made("-f", "lavfi", "-i", "testsrc2=s=191x107:r=25:d=2", "-c:v", "ffv1")),
    "in pieces": ("a.mp4", made(*PICTURE, *SOUND, *QUICK, "-c:a", "aac", "-movflags", "frag_keyframe+empty_moov")),
}  # fmt: skip
BAD: dict[str, tuple[str, Make]] = {
    "GIF": ("a.gif", made(*PICTURE)),
    "only sound": ("a.mp4", made(*SOUND, "-c:a", "aac")),
    "no bytes": ("a.mp4", Path.touch),
    "a header and no frames": ("a.mp4", made(*PICTURE, "-frames:v", "0", *QUICK)),
    "a picture": ("a.mp4", made(*PICTURE, "-frames:v", "1", "-c:v", "png", "-f", "image2")),
}


def nothing_left(home: Path) -> None:
    until = time.monotonic() + 10
    while left := [path for path in (home / "tmp").rglob("*") if path.is_file()]:
        assert time.monotonic() < until, left
        time.sleep(0.1)


@pytest.fixture(autouse=True)
def tidy(server: Server) -> Iterator[None]:
    yield
    nothing_left(server.home)


@pytest.mark.parametrize("kind", GOOD)
def test_a_real_file_is_edited(client: httpx.Client, tmp_path: Path, kind: str) -> None:
    name, make = GOOD[kind]
    make(tmp_path / name)
    given = {"video": (name, (tmp_path / name).read_bytes(), "application/octet-stream")}
    trimmed = work(client, "/api/edit/trim", None, data={"start_seconds": "0.5", "end_seconds": "1.5"}, files=given)
    assert seconds_of(fetched(client, trimmed)) == pytest.approx(1, abs=0.06)
    if kind == "a telephone's":
        assert (trimmed["width"], trimmed["height"]) in ((108, 192), (192, 108))
    faster = work(client, "/api/edit/speed", None, data={"speed_factor": "2"}, files=given)
    assert seconds_of(fetched(client, faster)) == pytest.approx(1, abs=0.06)


@pytest.mark.parametrize("kind", BAD)
def test_what_is_no_clip_is_refused_and_free(client: httpx.Client, tmp_path: Path, kind: str) -> None:
    name, make = BAD[kind]
    make(tmp_path / name)
    before = balance(client)
    given = {"video": (name, (tmp_path / name).read_bytes(), "video/mp4")}
    answer = client.post("/api/edit/speed", data={"speed_factor": "2"}, files=given)
    assert answer.status_code == 400, answer.text
    assert "video" in answer.json()["error"]
    assert balance(client) == before


def test_an_upload_beyond_the_limit_is_refused_and_one_below_is_not(tmp_path: Path) -> None:
    clip = tmp_path / "a.mp4"
    ffmpeg(*PICTURE, *SOUND, *QUICK, "-c:a", "aac", str(clip))
    home = tmp_path / "home"
    server = Server(home, text_model="off", max_video_bytes=1_000_000).start()
    try:
        client = server.client(server.key("a@example.com", tier="enterprise", credits=10, dialect="studio"))
        # An MP4 may hold whatever it likes beside its picture.
        for size, status in ((900_000, 200), (1_050_000, 400), (2_000_000, 400), (20_000_000, 400)):
            room = size - clip.stat().st_size
            content = clip.read_bytes() + room.to_bytes(4) + b"free" + bytes(room - 8)
            answer = client.post("/api/edit/speed", data={"speed_factor": "2"}, files={"video": ("a.mp4", content)},
                                 headers={"Prefer": "wait=60"})  # fmt: skip
            assert answer.status_code == status, answer.text
            assert status == 200 or "at most 1" in answer.json()["error"]
        nothing_left(home)
        assert balance(client) == 7
    finally:
        server.close()


def test_another_ffmpeg_by_the_settings_file(tmp_path: Path) -> None:
    clip, home, called = tmp_path / "a.mp4", tmp_path / "home", tmp_path / "called"
    ffmpeg(*PICTURE, *QUICK, str(clip))
    other = tmp_path / "other-ffmpeg"
    other.write_text(f'#!/bin/sh\ntouch "{called}"\nexec "{program()}" "$@"\n')
    other.chmod(0o755)
    home.mkdir()
    settings = home / "rushes.toml"
    settings.write_text(f'ffmpeg = "{other}"\n')
    server = Server(home, text_model="off").start()
    try:
        client = server.client(server.key("a@example.com", tier="enterprise", credits=10, dialect="studio"))
        work(client, "/api/edit/speed", None, data={"speed_factor": "2"}, files={"video": ("a.mp4", clip.read_bytes())})
        assert called.exists()
        server.stop()
        settings.write_text('ffmpeg = "/nowhere/ffmpeg"\n')
        with pytest.raises(RuntimeError, match="/nowhere/ffmpeg' is no program"):
            server.start()
    finally:
        server.close()
