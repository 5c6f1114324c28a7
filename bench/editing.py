"""Edits: each against the best plain ffmpeg command for it and against MoviePy; memory for short and long clips.

Everything in turns, the best of three. An edit whose module is not there, and MoviePy where it cannot be installed, is
left out of the table.
"""

from __future__ import annotations

import math
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

from msgspec import Struct

from bench.table import table

ROUNDS = 3
SIZE = "1920x1080"
_ENCODED = "-c:v libx264 -preset veryfast -crf 19 -pix_fmt yuv420p -movflags +faststart"
_SOUND = "-c:a aac -b:a 192k"
_SRT = "".join(
    f"{n + 1}\n00:00:{n * 2:02},000 --> 00:00:{n * 2 + 1:02},900\nLine {n + 1} of what is said\n\n" for n in range(5)
)
_TALL = "scale=1920:1080:force_original_aspect_ratio=decrease,pad=1920:1080:-1:-1,setsar=1,fps=30,format=yuv420p"

Edit = Callable[[Mapping[str, Path], Path], object]


class Row(Struct, frozen=True, kw_only=True):
    """One edit. plain: ffmpeg's arguments between the program and the output, {names} are clips. moviepy: its name in
    `moviepy_edits.py`. goal: how many times faster than the plain command; below 1 it may be slower.
    """

    name: str
    ours: Edit
    plain: str
    moviepy: str = ""
    goal: float = 1 / 1.15
    suffix: str = ".mp4"


def _call(module: str, function: str) -> Any:
    return getattr(import_module(f"rushes.media.editing.{module}"), function)


def _quiet(_: float) -> None:
    pass


def _look(path: Path) -> Any:
    return _call("source", "look")(path)


def _kept(target: Path, **more: Any) -> dict[str, Any]:
    return {"target": target, "folder": target.parent, "report": _quiet, **more}


def _edit(module: str, function: str, clip: str = "short", **parameters: Any) -> Edit:
    """An edit of one clip, with its parameters by name."""
    return lambda clips, target: _call(module, function)(_look(clips[clip]), **parameters, **_kept(target))


def _add_audio(clips: Mapping[str, Path], target: Path) -> object:
    mixing = _call("audio", "Mixing")(mode="mix")
    return _call("audio", "add_audio")(_look(clips["short"]), _look(clips["song"]), mixing=mixing, **_kept(target))


def _merge(*names: str) -> Edit:
    return lambda clips, target: _call("merge", "merge")([_look(clips[name]) for name in names], **_kept(target))


ROWS = (
    Row(name="trim of 60 s", ours=_edit("trim", "trim", "long", start=5.3, end=50.7),
        plain=f"-ss 5.3 -i {{long}} -t 45.4 {_ENCODED} {_SOUND}", moviepy="trim", goal=10),
    Row(name="speed x2", ours=_edit("speed", "speed", factor=2.0), moviepy="speed",
        plain=f"-i {{short}} -filter_complex [0:v]setpts=PTS/2,fps=60[v];[0:a]atempo=2[a] -map [v] -map [a]"
              f" {_ENCODED} {_SOUND}"),
    Row(name="merge, copied", ours=_merge("short", "short"), moviepy="merge",
        plain="-f concat -safe 0 -i {list} -c copy -movflags +faststart"),
    Row(name="merge, encoded", ours=_merge("short", "other"), moviepy="merge_other",
        plain=f"-i {{short}} -i {{other}} -filter_complex [0:v]{_TALL}[a];[1:v]{_TALL}[b];"
              f"[a][0:a][b][1:a]concat=n=2:v=1:a=1[v][s] -map [v] -map [s] {_ENCODED} {_SOUND}"),
    Row(name="crop", ours=_edit("picture", "crop", x=200, y=100, width=1280, height=720), moviepy="crop",
        plain=f"-i {{short}} -vf crop=1280:720:200:100 {_ENCODED} -c:a copy"),
    Row(name="resize", ours=_edit("picture", "resize", width=1280, height=720), moviepy="resize",
        plain=f"-i {{short}} -vf scale=1280:720:flags=bicubic {_ENCODED} -c:a copy"),
    Row(name="text overlay", ours=_edit("overlay", "text_overlay", text="Hello there", fonts=None), moviepy="text",
        plain=f"-i {{short}} -vf drawtext=fontfile={{font}}:text=Hello:fontsize=54:fontcolor=white:x=100:y=900"
              f" {_ENCODED} -c:a copy"),
    Row(name="subtitles", ours=_edit("subtitles", "burn_subtitles", cues=_SRT, fonts=None),
        plain=f"-i {{short}} -vf subtitles={{srt}}:fontsdir={{fonts}} {_ENCODED} -c:a copy"),
    Row(name="GIF", ours=_edit("gif", "gif", width=480, fps=10.0), moviepy="gif", suffix=".gif",
        plain="-i {short} -filter_complex [0:v]fps=10,scale=480:-2:flags=lanczos,split[a][b];"
              "[a]palettegen=stats_mode=diff[p];[b][p]paletteuse=dither=bayer:bayer_scale=3:diff_mode=rectangle"),
    Row(name="add audio", ours=_add_audio, moviepy="audio",
        plain="-i {short} -i {song} -filter_complex [0:a][1:a]amix=duration=first:normalize=0[a] -map 0:v -map [a]"
              f" -c:v copy {_SOUND} -movflags +faststart"),
)  # fmt: skip


def run() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        clips = _clips(folder)
        python = _moviepy()
        rows = []
        for row in ROWS:
            try:
                row.ours(clips, folder / f"ours{row.suffix}")  # libraries loaded, as in a render process
            except ImportError as error:
                print(f"note: {row.name} is left out: {error}")
                continue
            ours = plain = theirs = math.inf
            for _ in range(ROUNDS):
                ours = min(ours, _timed(partial(row.ours, clips, folder / f"ours{row.suffix}")))
                plain = min(plain, _timed(partial(_plain, row, clips, folder)))
                if python is not None and row.moviepy:
                    theirs = min(theirs, _theirs(python, row, clips, folder))
            rows.append([
                row.name, f"{ours:.2f}", f"{plain:.2f}", f"{plain / ours:.2f}x", f"{row.goal:.2f}x",
                f"{theirs:.2f}" if theirs < math.inf else "-", f"{theirs / ours:.1f}x" if theirs < math.inf else "-",
            ])  # fmt: skip
        table(["edit", "s", "plain ffmpeg, s", "faster", "goal", "MoviePy, s", "faster (goal 3x)"], rows)
        print()
        _memory(folder)


def _timed(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _ffmpeg(*arguments: str) -> None:
    command = [_call("ffmpeg", "program")(), "-nostdin", "-v", "error", "-y", *arguments]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)


def _plain(row: Row, clips: Mapping[str, Path], folder: Path) -> None:
    _ffmpeg(*(part.format(**clips) for part in row.plain.split()), str(folder / f"plain{row.suffix}"))


def _clips(folder: Path) -> dict[str, Path]:
    """Sixty and ten seconds of a picture that moves, a clip of another kind, a song; what the plain commands need."""
    noise = "noise=alls=6:allf=t,format=yuv420p"
    made = {}
    for name, seconds, size, rate in (("long", 60, SIZE, 30), ("short", 10, SIZE, 30), ("other", 10, "1280x720", 25)):
        made[name] = folder / f"{name}.mp4"
        _ffmpeg("-f", "lavfi", "-i", f"testsrc2=s={size}:r={rate}:d={seconds},{noise}",
                "-f", "lavfi", "-i", f"sine=d={seconds}:r=48000", "-ac", "2", "-c:v", "libx264", "-preset", "veryfast",
                "-c:a", "aac", "-b:a", "160k", str(made[name]))  # fmt: skip
    made["song"] = folder / "song.m4a"
    _ffmpeg("-f", "lavfi", "-i", "sine=330:d=20:r=48000", "-ac", "2", "-c:a", "aac", str(made["song"]))
    made["list"], made["srt"], made["fonts"] = folder / "list.txt", folder / "lines.srt", folder / "fonts"
    made["list"].write_text(f"file '{made['short']}'\n" * 2)
    made["srt"].write_text(_SRT)
    made["fonts"].mkdir()
    try:
        made["font"] = _call("fonts", "faces")(None, made["fonts"])[0].path
    except ImportError:
        made["font"] = made["fonts"]
    return made


def _moviepy() -> Path | None:
    """A Python that has MoviePy, in an environment of its own that stays for the next time; None without a network."""
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "rushes-bench" / "moviepy"
    python = home / "bin" / "python"
    try:
        if not python.exists():
            subprocess.run([sys.executable, "-m", "venv", str(home)], check=True)
        if subprocess.run([str(python), "-c", "import moviepy"], capture_output=True).returncode:
            subprocess.run([str(python), "-m", "pip", "install", "-q", "moviepy>=2"], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        print(f"note: MoviePy is left out: {error}")
        return None
    return python


def _theirs(python: Path, row: Row, clips: Mapping[str, Path], folder: Path) -> float:
    """MoviePy's seconds, its imports not counted."""
    script = Path(__file__).with_name("moviepy_edits.py")
    command = [str(python), str(script), row.moviepy, str(folder), str(folder / f"theirs{row.suffix}"),
               str(clips["font"])]  # fmt: skip
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()[-1])


def _memory(folder: Path) -> None:
    """The most memory of a process that does one edit, its children included, for 10 and for 60 seconds of clip."""
    rows = []
    for name, code in (
        ("trim", "trim.trim(look(clip), 1.3, {end}, out, out.parent, print)"),
        ("trim, encoded", "trim.encoded_cut(look(clip), 1.3, {end}, out, out.parent, print)"),
        ("speed x2", "speed.speed(look(clip), 2.0, out, out.parent, print)"),
        ("merge of 2, copied", "merge.merge([look(clip)] * 2, out, out.parent, print)"),
    ):
        peaks = []
        for clip, end in (("short", 9.1), ("long", 59.1)):
            script = (
                "import sys; from pathlib import Path; from rushes.media.editing import trim, speed, merge;"
                "from rushes.media.editing.source import look; clip, out = map(Path, sys.argv[1:]);"
                + code.format(end=end)
            )
            peaks.append(_peak([sys.executable, "-c", script, str(folder / f"{clip}.mp4"), str(folder / "out.mp4")]))
        rows.append([name, *(f"{peak / 1e6:.0f}" for peak in peaks), f"{peaks[1] / peaks[0]:.2f}"])
    table(["edit", "10 s, MB", "60 s, MB", "ratio (goal: about 1)"], rows)


def _peak(command: list[str]) -> int:
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    most = 0
    done = threading.Event()

    def watch() -> None:
        nonlocal most
        while not done.wait(0.02):
            most = max(most, _resident(process.pid))

    watcher = threading.Thread(target=watch)
    watcher.start()
    code = process.wait()
    done.set()
    watcher.join()
    if code:
        raise RuntimeError(f"{command[2]} ended with {code}")
    return most


def _resident(pid: int) -> int:
    """Bytes in memory of a process and everything that it started."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
        children = [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except (OSError, IndexError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE") + sum(_resident(child) for child in children)
