"""Edits: each against the best plain ffmpeg command for it and against MoviePy; memory for short and long clips.

In turns, the best of three; of fewer where one takes long, of more where it is over at once. Ours are called as a
render process calls them, its libraries loaded; ffmpeg's start is part of its command; MoviePy's imports are not
counted. The plain commands encode as ours do. MoviePy writes as it chooses to (x264's `medium` at 23), and for
comparison once as ours do. Where wall times are disturbed by a machine's other work, seconds of CPU still compare.
"""

from __future__ import annotations

import math
import os
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from msgspec import Struct

from bench.editing_clips import SRT, ffmpeg, make
from bench.peak import peak
from bench.table import table
from rushes.media.editing.audio import add_audio
from rushes.media.editing.ffmpeg import AAC, FASTSTART, H264, program
from rushes.media.editing.gif import gif
from rushes.media.editing.mark import watermark_image
from rushes.media.editing.merge import merge
from rushes.media.editing.overlay import text_overlay
from rushes.media.editing.picture import crop, resize
from rushes.media.editing.source import look, look_at
from rushes.media.editing.speed import speed
from rushes.media.editing.subtitles import burn_subtitles
from rushes.media.editing.trim import trim
from rushes.media.edits import Mixing

ROUNDS, MOST_ROUNDS = 3, 9
_ENOUGH, _LITTLE = 8.0, 2.0
"""Seconds: after so many, no further round of the same begins, and no more than three."""
_ENOUGH_OF_THEIRS = 4.0
"""MoviePy is far from its goal or takes minutes: one round or two tell enough."""
_NEAR = 1 / 1.15
_MOVIEPY = 3.0
_ENCODED = " ".join((*H264, *FASTSTART))
_SOUND = " ".join(AAC)
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
    goal: float = _NEAR
    suffix: str = ".mp4"


class Spent(Struct):
    """The least that a round took, in seconds; all rounds together."""

    wall: float = math.inf
    cpu: float = math.inf
    total: float = 0.0

    def add(self, wall: float, cpu: float) -> None:
        self.wall, self.cpu, self.total = min(self.wall, wall), min(self.cpu, cpu), self.total + wall


def _quiet(_: float) -> None:
    pass


def _kept(target: Path) -> dict[str, Any]:
    return {"target": target, "folder": target.parent, "report": _quiet}


def _edit(function: Any, clip: str = "short", **parameters: Any) -> Edit:
    """An edit of one clip, with its parameters by name."""
    return lambda clips, target: function(look(clips[clip]), **parameters, **_kept(target))


def _add_audio(clips: Mapping[str, Path], target: Path) -> object:
    return add_audio(*look_at([clips["middle"], clips["song"]]), mixing=Mixing(), **_kept(target))


def _watermark(clips: Mapping[str, Path], target: Path) -> object:
    return watermark_image(look(clips["short"]), image=clips["mark"], opacity=1.0, scale=0.2, **_kept(target))


def _merge(*names: str) -> Edit:
    return lambda clips, target: merge(look_at([clips[name] for name in names]), **_kept(target))


ROWS = (
    Row(name="trim of 60 s", ours=_edit(trim, "long", start=5.3, end=50.7),
        plain=f"-ss 5.3 -i {{long}} -t 45.4 {_ENCODED} {_SOUND}", goal=10),
    Row(name="trim of 20 s", ours=_edit(trim, "part", start=5.3, end=15.2),
        plain=f"-ss 5.3 -i {{part}} -t 9.9 {_ENCODED} {_SOUND}", moviepy="trim"),
    Row(name="speed x2", ours=_edit(speed, factor=2.0), moviepy="speed",
        plain=f"-i {{short}} -filter_complex [0:v]setpts=PTS/2,fps=30[v];[0:a]atempo=2[a] -map [v] -map [a]"
              f" {_ENCODED} {_SOUND}"),
    Row(name="merge, copied", ours=_merge("middle", "middle"), moviepy="merge",
        plain="-f concat -safe 0 -i {list} -c copy -movflags +faststart"),
    Row(name="merge, encoded", ours=_merge("short", "other"), moviepy="merge_other",
        plain=f"-i {{short}} -i {{other}} -filter_complex [0:v]{_TALL}[a];[1:v]{_TALL}[b];"
              f"[a][0:a][b][1:a]concat=n=2:v=1:a=1[v][s] -map [v] -map [s] {_ENCODED} {_SOUND}"),
    Row(name="crop", ours=_edit(crop, x=200, y=100, width=1280, height=720), moviepy="crop",
        plain=f"-i {{short}} -vf crop=1280:720:200:100 {_ENCODED} -c:a copy"),
    Row(name="resize", ours=_edit(resize, width=1280, height=720), moviepy="resize",
        plain=f"-i {{short}} -vf scale=1280:720:flags=bicubic {_ENCODED} -c:a copy"),
    Row(name="text overlay", ours=_edit(text_overlay, text="Hello there", fonts=None), moviepy="text",
        plain=f"-i {{short}} -vf drawtext=fontfile={{font}}:text=Hello:fontsize=54:fontcolor=white:x=100:y=900"
              f" {_ENCODED} -c:a copy"),
    Row(name="subtitles", ours=_edit(burn_subtitles, cues=SRT, fonts=None), moviepy="subtitles",
        plain=f"-i {{short}} -vf subtitles={{srt}}:fontsdir={{fonts}} {_ENCODED} -c:a copy"),
    Row(name="GIF", ours=_edit(gif, width=480, fps=10.0), moviepy="gif", suffix=".gif",
        plain="-i {short} -filter_complex [0:v]fps=10,scale=480:-2:flags=lanczos,split[a][b];"
              "[a]palettegen=stats_mode=diff[p];[b][p]paletteuse=dither=bayer:bayer_scale=3:diff_mode=rectangle"),
    Row(name="add audio", ours=_add_audio, moviepy="audio",
        # Without the limiter a mix clips.
        plain="-i {middle} -i {song} -filter_complex [0:a][1:a]amix=duration=first:normalize=0,"
              f"alimiter=limit=0.93:level=0[a] -map 0:v -map [a] -c:v copy {_SOUND} -movflags +faststart"),
    Row(name="watermark", ours=_watermark, moviepy="watermark",
        plain=f"-i {{short}} -i {{mark}} -filter_complex [0:v][1:v]overlay=x=W-w-32:y=H-h-32:format=yuv420"
              f" {_ENCODED} -c:a copy"),
)  # fmt: skip


def run(part: str = "") -> None:
    """Measure and print: everything, or only the edits with `part` in their names."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        clips = make(folder)
        python = _moviepy()
        # Libraries loaded, as in a render process.
        merge([look(clips["short"])] * 2, **_kept(folder / "ours.mp4"))
        rows = [_measured(row, clips, folder, python) for row in ROWS if part in row.name]
        table(["edit", "s", "CPU s", "plain ffmpeg: s", "CPU s", "faster", "by CPU", "goal", "",
               "MoviePy: s", "CPU s", "faster", "by CPU", "goal 3x",
               "encoding as ours: s", "faster"], rows)  # fmt: skip
        print("(pass*: by seconds of CPU only, on a machine that is busy otherwise)\n")
        if part:
            return
        if python is not None:
            _likeness(clips, folder, python)
        _memory(clips, folder)


def _measured(row: Row, clips: Mapping[str, Path], folder: Path, python: Path | None) -> list[str]:
    work: list[tuple[Spent, Callable[[], object]]] = [
        (Spent(), partial(row.ours, clips, folder / f"ours{row.suffix}")),
        (Spent(), partial(_plain, row, clips, folder)),
    ]
    theirs, alike = Spent(), Spent()
    for number in range(MOST_ROUNDS):
        enough = _ENOUGH if number < ROUNDS else _LITTLE
        for spent, do in work:
            if spent.total < enough:
                spent.add(*_timed(do))
        if python is not None and row.moviepy and theirs.total < min(enough, _ENOUGH_OF_THEIRS):
            theirs.add(*_theirs(python, row, clips, folder))
    if python is not None and row.moviepy and theirs.wall < _ENOUGH_OF_THEIRS and row.suffix == ".mp4":
        alike.add(*_theirs(python, row, clips, folder, H264))
    ours, plain = (spent for spent, _ in work)
    against = _compared(ours, theirs, _MOVIEPY) if theirs.total else ["-"] * 5
    against += [f"{alike.wall:.2f}", f"{alike.wall / ours.wall:.2f}x"] if alike.total else ["-"] * 2
    told = _compared(ours, plain, row.goal)
    return [row.name, f"{ours.wall:.2f}", f"{ours.cpu:.2f}", *told[:4], f"{row.goal:.2f}x", told[4], *against]


def _compared(ours: Spent, other: Spent, goal: float) -> list[str]:
    wall, cpu = other.wall / ours.wall, other.cpu / ours.cpu
    verdict = "pass" if wall >= goal else "pass*" if cpu >= goal else "miss"
    return [f"{other.wall:.2f}", f"{other.cpu:.2f}", f"{wall:.2f}x", f"{cpu:.2f}x", verdict]


def _timed(work: Callable[[], object]) -> tuple[float, float]:
    started, before = time.perf_counter(), _cpu()
    work()
    return time.perf_counter() - started, _cpu() - before


def _cpu() -> float:
    """Seconds of CPU that we and the processes that we waited for took."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def _plain(row: Row, clips: Mapping[str, Path], folder: Path) -> None:
    ffmpeg(*(part.format(**clips) for part in row.plain.split()), str(folder / f"plain{row.suffix}"))


def _moviepy() -> Path | None:
    """A Python that has MoviePy, in an environment of its own that stays for the next time; None without a network."""
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "rushes-bench" / "moviepy"
    python = home / "bin" / "python"
    try:
        if not python.exists():
            subprocess.run([sys.executable, "-m", "venv", str(home)], check=True)
        if subprocess.run([str(python), "-c", "import moviepy"], capture_output=True).returncode:
            print(f"Fetching MoviePy, to compare with, into {home} (about 100 MB, once)", flush=True)
            subprocess.run([str(python), "-m", "pip", "install", "-q", "moviepy>=2"], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        print(f"note: MoviePy is left out: {error}")
        return None
    return python


def _theirs(
    python: Path, row: Row, clips: Mapping[str, Path], folder: Path, encoder: Sequence[str] = ()
) -> tuple[float, float]:
    """MoviePy's seconds, and those of CPU, its imports not counted."""
    script = Path(__file__).with_name("moviepy_edits.py")
    command = [str(python), str(script), row.moviepy, str(folder), str(folder / f"theirs{row.suffix}"),
               str(clips["font"]), *encoder]  # fmt: skip
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    return float(said[-2]), float(said[-1])


def _likeness(clips: Mapping[str, Path], folder: Path, python: Path) -> None:
    """How like the original a crop of ours is, and one of MoviePy's as it writes them."""
    row = next(row for row in ROWS if row.name == "crop")
    row.ours(clips, folder / "ours.mp4")
    _theirs(python, row, clips, folder)
    rows = []
    for name in ("ours", "theirs"):
        made = folder / f"{name}.mp4"
        graph = "[1:v]crop=1280:720:200:100[cut];[0:v][cut]psnr"
        command = [
            program(),
            "-nostdin",
            "-i",
            str(made),
            "-i",
            str(clips["short"]),
            "-lavfi",
            graph,
            "-f",
            "null",
            "-",
        ]
        said = subprocess.run(command, check=True, capture_output=True, text=True).stderr
        found = re.search(r"PSNR y:([0-9.]+)", said)
        rows.append([name, f"{made.stat().st_size / 1e6:.2f}", found[1] if found else "-"])
    table(["crop", "MB", "PSNR, dB"], rows)


_UNLIKE = ["tiny", "tiny_other"]
MEMORY = (
    ("trim: of 10 s, of 60 s", "trim.trim(one, 1.3, one.duration - 0.9, *more)", ["middle"], ["long"]),
    ("speed x4: of 10 s, of 60 s", "speed.speed(one, 4.0, *more)", ["middle"], ["long"]),
    ("merge, copied: of 2 x 10 s, of 2 x 60 s", "merge.merge([one, one], *more)", ["middle"], ["long"]),
    ("merge, encoded: of 4, of 20", "merge.merge(clips, *more)", _UNLIKE * 2, _UNLIKE * 10),
)
"""What is told of an edit, the edit, and the clips for a small and a large one."""
_PROCESS = (
    "import sys; from pathlib import Path; from rushes.media.editing import trim, speed, merge;"
    "from rushes.media.editing.source import look; out, *files = map(Path, sys.argv[1:]);"
    "clips = [look(file) for file in files]; one, more = clips[0], (out, out.parent, print);"
)


def _memory(clips: Mapping[str, Path], folder: Path) -> None:
    """The most memory of a process that does one edit, its children included: for short and long, few and many."""
    rows = []
    for name, code, *sizes in MEMORY:
        peaks = []
        for size in sizes:
            files = [str(clips[one]) for one in size]
            peaks.append(peak([sys.executable, "-c", _PROCESS + code, str(folder / "out.mp4"), *files]))
        verdict = "pass" if peaks[1] < 1.25 * peaks[0] else "miss"
        rows.append([name, *(f"{one / 1e6:.0f}" for one in peaks), f"{peaks[1] / peaks[0]:.2f}", verdict])
    table(["edit", "MB", "MB", "ratio", "goal: below 1.25"], rows)
