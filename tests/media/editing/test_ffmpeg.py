"""Running ffmpeg: what it may open, how it ends, and text inside of graphs."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rushes.media.editing import tied
from rushes.media.editing.ffmpeg import EditFailed, NoFfmpeg, program, quoted, reading, run, whole
from rushes.media.editing.source import look
from tests.media.editing.pictures import ffmpeg
from tests.media.editing.signals import clip


def children() -> set[str]:
    """The processes that we started and that are alive."""
    found = subprocess.run(["ps", "--ppid", str(os.getpid()), "-o", "pid=,comm="], capture_output=True, text=True)
    return {line.strip() for line in found.stdout.splitlines() if not line.endswith("ps")}


def nothing(_: float) -> None:
    pass


def test_progress_rises_to_the_end(tmp_path: Path) -> None:
    made = clip(tmp_path / "a.mp4", seconds=3)
    said: list[float] = []
    run([*reading(made, "mov"), "-c:v", "libx264", "out.mp4"], seconds=3, report=said.append, folder=tmp_path)
    assert (tmp_path / "out.mp4").stat().st_size
    assert said == sorted(said)
    assert said[-1] == pytest.approx(1.0, abs=0.05)


def test_a_failure_shows_nothing_of_ffmpeg(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    bad = tmp_path / "secret-name.mp4"
    bad.write_bytes(b"\0\0\0\x18ftypisom" + bytes(100))
    with pytest.raises(EditFailed) as caught:
        run([*reading(bad, "mov"), "out.mp4"], seconds=1, report=nothing, folder=tmp_path)
    assert "secret-name" not in str(caught.value)
    assert "secret-name" in capfd.readouterr().err


def test_the_time_limit_ends_the_process(tmp_path: Path) -> None:
    before = children()
    endless = ["-f", "lavfi", "-i", "testsrc=s=1280x720", "-c:v", "libx264", "-f", "mp4", "out.mp4"]
    with pytest.raises(EditFailed, match="took too long"), whole(tmp_path / "out.mp4"):
        run(endless, seconds=1, report=nothing, limit=0.5, folder=tmp_path)
    assert children() == before
    assert not list(tmp_path.iterdir())


def test_an_exception_on_the_way_ends_the_process(tmp_path: Path) -> None:
    before = children()

    def cancelled(_: float) -> None:
        raise KeyboardInterrupt

    endless = ["-f", "lavfi", "-i", "testsrc=s=64x64", "-c:v", "libx264", "-f", "mp4", "out.mp4"]
    with pytest.raises(KeyboardInterrupt), whole(tmp_path / "out.mp4"):
        run(endless, seconds=1000, report=cancelled, folder=tmp_path)
    assert children() == before
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("demuxer", ["mov,mp4,m4a,3gp,3g2,mj2", "matroska,webm", "avi"])
def test_playlists_and_scripts_open_nothing(tmp_path: Path, demuxer: str) -> None:
    clip(tmp_path / "other.mp4", seconds=1)
    for text in ("#EXTM3U\n#EXTINF:1,\nother.mp4\n#EXT-X-ENDLIST\n", "ffconcat version 1.0\nfile other.mp4\n"):
        (tmp_path / "list.mp4").write_text(text)
        with pytest.raises(EditFailed):
            run([*reading(tmp_path / "list.mp4", demuxer), "out.mp4"], seconds=1, report=nothing, folder=tmp_path)


def test_frames_larger_than_their_header_are_not_decoded(tmp_path: Path) -> None:
    """The second half of the stream is of a size that nobody announced, beyond what is accepted."""
    parts = tmp_path / "parts.h264"
    with parts.open("wb") as file:
        for size, frames in (("320x180", 10), ("8704x4352", 2)):
            ffmpeg("-f", "lavfi", "-i", f"color=red:s={size}:r=10", "-frames:v", str(frames), "-c:v", "libx264",
                   "-preset", "ultrafast", "-bf", "0", str(tmp_path / "part.h264"))  # fmt: skip
            file.write((tmp_path / "part.h264").read_bytes())
    made = tmp_path / "a.mkv"
    ffmpeg("-f", "h264", "-framerate", "10", "-i", str(parts), "-c", "copy", str(made))
    assert look(made).picture.frames == 12
    run([*reading(made, "matroska"), "-c:v", "libx264", "out.mp4"], seconds=1, report=nothing, folder=tmp_path)
    after = look(tmp_path / "out.mp4").picture
    assert (after.width, after.height, after.frames) == (320, 180, 10)


def test_another_ffmpeg_by_setting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RUSHES_FFMPEG", str(tmp_path / "none"))
    assert program() == str(tmp_path / "none")
    with pytest.raises(NoFfmpeg, match="could not be started"):
        run([], seconds=1, report=nothing, folder=tmp_path)


def read_back(texts: list[str]) -> list[str]:
    """The texts as a filter of a graph got them, in one run for all of them."""
    ends = [f"metadata=mode=add:key=k{number}:value={quoted(text)}" for number, text in enumerate(texts)]
    graph = f"color=s=16x16:d=0.04:r=25,{','.join(ends)},metadata=mode=print:file=-"
    command = [program(), "-nostdin", "-v", "error", "-filter_complex", graph, "-f", "null", "-"]
    said = subprocess.run(command, check=True, capture_output=True).stdout.decode(errors="surrogateescape")
    found, rest = [], said[said.index("k0=") + 3 :]
    for number in range(1, len(texts)):
        one, _, rest = rest.partition(f"\nk{number}=")
        found.append(one)
    return [*found, rest.removesuffix("\n")]


LETTERS = st.text(st.sampled_from("a'\\:,;[]= \t%{}\"$#@|\n\u00e9\u4e16\U0001f3ac") | st.characters(
    blacklist_characters="\0\r", blacklist_categories=["Cs"]), min_size=1, max_size=20)  # fmt: skip


@given(st.lists(LETTERS, min_size=20, max_size=40))
@settings(max_examples=15)
def test_any_text_reaches_a_filter_as_it_is(texts: list[str]) -> None:
    plain = [f"<{text}>\u00a7" for text in texts]
    assert read_back(plain) == plain


@pytest.mark.parametrize("text", [" both ends ", "'", "\\", "\\'", "a:b=c,d;[e]", "' , '", ":", "movie=/etc/passwd[o]"])
def test_texts_that_look_like_a_graph(text: str) -> None:
    assert read_back([text, "end"])[0] == text


def test_a_nul_is_refused() -> None:
    with pytest.raises(ValueError, match="NUL"):
        quoted("a\0b")


def test_want_of_room_is_not_blamed_on_the_file(tmp_path: Path) -> None:
    made = clip(tmp_path / "a.mp4", seconds=1)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
    try:
        with pytest.raises(OSError, match="No space left"):
            run([*reading(made, "mov"), "-c:v", "libx264", "out.mp4"], seconds=1, report=nothing, folder=tmp_path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.fixture(params=["setpriv", "without"])
def way(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Both ways of tying a process to ours."""
    if request.param == "without":
        monkeypatch.setenv("PATH", str(tmp_path))
    elif shutil.which("setpriv") is None:
        pytest.skip("there is no setpriv")
    tied._setpriv.cache_clear()
    return str(request.param)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="asks Linux")
def test_ffmpeg_dies_with_the_process_that_runs_it(tmp_path: Path, way: str) -> None:
    """Killed, that one can tell nobody."""
    code = f"""if True:
        from pathlib import Path
        from rushes.media.editing.ffmpeg import run
        endless = ["-re", "-f", "lavfi", "-i", "testsrc=s=64x64", "-f", "null", "-"]
        run(endless, seconds=1000, report=print, folder=Path({str(tmp_path)!r}))
    """
    running = subprocess.Popen([sys.executable, "-u", "-c", code], stdout=subprocess.PIPE)
    assert running.stdout is not None
    try:
        assert running.stdout.readline()  # it reports: ffmpeg is at work
        ffmpegs = Path(f"/proc/{running.pid}/task/{running.pid}/children").read_text().split()
        assert len(ffmpegs) == 1
    finally:
        running.send_signal(signal.SIGKILL)
        running.wait()
        running.stdout.close()
    deadline = time.monotonic() + 20
    while alive(int(ffmpegs[0])):
        assert time.monotonic() < deadline
        time.sleep(0.02)


def alive(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_what_is_no_program_is_no_ffmpeg(tmp_path: Path, way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = tmp_path / "ffmpeg"
    broken.write_text("#!/no/such/interpreter\n")
    monkeypatch.setenv("RUSHES_FFMPEG", str(broken))
    for mode in (0o755, 0o644):
        broken.chmod(mode)
        with pytest.raises(NoFfmpeg, match="could not be started"):
            run([str(tmp_path / "out.mp4")], seconds=1, report=nothing, folder=tmp_path)
