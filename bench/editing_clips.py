"""What the edits are measured on: clips of a picture that moves, a song, a mark, and what the plain commands need."""

from __future__ import annotations

import subprocess
from pathlib import Path

from rushes.media.editing.ffmpeg import program
from rushes.media.editing.fonts import faces

_NOISE = "noise=alls=6:allf=t,format=yuv420p"
SRT = "".join(
    f"{n + 1}\n00:00:{n * 2:02},000 --> 00:00:{n * 2 + 1:02},900\nLine {n + 1} of what is said\n\n" for n in range(5)
)


def ffmpeg(*arguments: str) -> None:
    """Run ffmpeg. Raises CalledProcessError."""
    command = [program(), "-nostdin", "-v", "error", "-y", *arguments]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)


def make(folder: Path) -> dict[str, Path]:
    """All files by name.

    1080p: `long` has 60 seconds, `part` 20, `middle` 10, `short` 4, `tiny` one. Of another kind: `other` has 4 seconds,
    `tiny_other` one.
    """
    made = {}
    for name, seconds, size, rate in (
        ("part", 20, "1920x1080", 30), ("middle", 10, "1920x1080", 30), ("short", 4, "1920x1080", 30),
        ("other", 4, "1280x720", 25), ("tiny", 1, "1920x1080", 30), ("tiny_other", 1, "1280x720", 25),
    ):  # fmt: skip
        made[name] = folder / f"{name}.mp4"
        ffmpeg("-f", "lavfi", "-i", f"testsrc2=s={size}:r={rate}:d={seconds},{_NOISE}",
               "-f", "lavfi", "-i", f"sine=d={seconds}:r=48000", "-ac", "2", "-c:v", "libx264", "-preset", "veryfast",
               "-c:a", "aac", "-b:a", "160k", str(made[name]))  # fmt: skip
    made["long"], made["list"] = folder / "long.mp4", folder / "list.txt"
    made["list"].write_text(f"file '{made['part']}'\n" * 3)
    # The picture three times; the sound in one go, for what a plain copy joins overlaps.
    ffmpeg("-f", "concat", "-safe", "0", "-i", str(made["list"]), "-f", "lavfi", "-i", "sine=d=60:r=48000",
           "-map", "0:v", "-map", "1:a", "-c:v", "copy", "-ac", "2", "-c:a", "aac", "-b:a", "160k",
           str(made["long"]))  # fmt: skip
    made["list"].write_text(f"file '{made['middle']}'\n" * 2)
    made["song"], made["mark"] = folder / "song.m4a", folder / "mark.png"
    ffmpeg("-f", "lavfi", "-i", "sine=330:d=20:r=48000", "-ac", "2", "-c:a", "aac", str(made["song"]))
    ffmpeg("-f", "lavfi", "-i", "testsrc2=s=384x216:d=1", "-frames:v", "1", str(made["mark"]))
    made["srt"], made["fonts"] = folder / "lines.srt", folder / "fonts"
    made["srt"].write_text(SRT)
    made["fonts"].mkdir()
    made["font"] = faces(None, made["fonts"])[0].path
    return made
