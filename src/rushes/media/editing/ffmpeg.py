"""Running ffmpeg for edits: one process per request, only named files, a time limit, nothing left behind.

How options, progress and graphs are written follows ffmpeg's own manuals (ffmpeg.html: "Main options", "-progress";
ffmpeg-utils.html: "Quoting and escaping"; ffmpeg-filters.html: "Notes on filtergraph escaping").
"""

from __future__ import annotations

import os
import selectors
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from rushes.disk import raise_if_full
from rushes.media.editing.tied import NOT_STARTED, start
from rushes.processors import threads

Report = Callable[[float], None]
"""Takes how much is done, 0 to 1."""

MOST_PIXELS = 8192 * 4320
"""Of one frame: decoders refuse more, whatever the file's header said."""
H264 = (
    "-c:v", "libx264", "-preset", "superfast", "-crf", "19", "-x264-params",
    "mbtree=1:rc-lookahead=10:partitions=i8x8", "-pix_fmt", "yuv420p",
)  # fmt: skip
"""Four seconds of 1280x720 cut out of 1920x1080: seconds of CPU (decoding among them), MB, PSNR against the original.
The clips are ffmpeg's testsrc2 with a little noise, a scene of the composer and photographs under a moving camera.
superfast spends bits where nothing refers to them; with veryfast's look ahead it costs half as much for a tenth more.

    preset, crf, more      pattern           drawn             photographs
    decoding alone         0.6               1.1               1.1
    medium, 23             2.9  1.25  44.1   7.2  2.07  42.5   4.3  0.77  41.5   what x264 chooses, and MoviePy
    veryfast, 19           1.6  1.91  46.3   4.0  3.17  44.1   2.6  1.28  42.0
    superfast, 19          1.4  4.53  52.2   2.7  3.85  44.8   2.1  2.86  43.2
    superfast, 19, these   1.2  2.03  46.5   2.5  3.35  44.1   1.9  1.41  42.0
    ultrafast, 17          1.0  5.70  53.7   1.8  6.98  44.9   1.7  8.74  44.1
"""
H265_HDR = (
    "-c:v", "libx265", "-preset", "superfast", "-crf", "20", "-pix_fmt", "yuv420p10le", "-tag:v", "hvc1",
    "-x265-params", "log-level=error",
)  # fmt: skip
"""Ten bits, for pictures in HDR; the colours' tags come with the frames."""
AAC = ("-c:a", "aac", "-b:a", "192k")
FASTSTART = ("-movflags", "+faststart")

VARIABLE = "RUSHES_FFMPEG"
_SPECIAL = frozenset("\\'[],;:= \t\r\n")
_TAIL = 4000
"""Bytes of what ffmpeg says that are kept for the log."""
_POLL = 0.2
_NO_FFMPEG = "ffmpeg could not be started: see the setting RUSHES_FFMPEG"


class EditFailed(Exception):
    """The edit could not be made. The message may be shown."""


class NoFfmpeg(EditFailed):
    """There is no ffmpeg to make it with: not the clip's fault."""


def program() -> str:
    """The ffmpeg to run: the one that RUSHES_FFMPEG names in our environment, else the one that came with us."""
    named = os.environ.get(VARIABLE, "")
    if named:
        return named
    from imageio_ffmpeg import get_ffmpeg_exe

    return str(get_ffmpeg_exe())


def reading(path: Path, demuxer: str, *more: str) -> list[str]:
    """Arguments that open one input by the demuxer that its first bytes say; `more` goes before the `-i`.

    ffmpeg never guesses and may open nothing but files, so playlists and concat scripts are refused.
    """
    name = demuxer.partition(",")[0]
    return [
        "-protocol_whitelist",
        "file",
        "-max_pixels",
        str(MOST_PIXELS),
        *more,
        "-f",
        name,
        "-i",
        f"file:{path.absolute()}",
    ]


def quoted(text: str) -> str:
    """Text as a value of a filter's option inside a filtergraph, whatever it contains. Raises ValueError for a NUL.

    A graph is unescaped twice: as a whole, where brackets, commas and semicolons count, then as the filter's options,
    where colons do; quotes, backslashes and spaces around a value count in both.
    """
    if "\0" in text:
        raise ValueError("a text must not contain the character NUL")
    return _escaped(_escaped(text))


def _escaped(text: str) -> str:
    return "".join(f"\\{letter}" if letter in _SPECIAL else letter for letter in text)


@contextmanager
def whole(target: Path) -> Iterator[None]:
    """Whatever is written to `target` within goes away again when the block raises."""
    try:
        yield
    except BaseException:
        target.unlink(missing_ok=True)
        raise


def run(
    arguments: Sequence[str], *, seconds: float, report: Report, limit: float = 1800.0, folder: Path
) -> None:  # fmt: skip
    """Run ffmpeg in `folder` until it ends. Raises EditFailed, or OSError where there is no room for
    what it makes; what it said goes to standard error only.

    seconds: the length of what comes out, for the progress. limit: wall seconds. When this function is left, however
    that happens, the process is gone.
    """
    count = str(threads())
    # What chooses by itself (decoders, filters) goes by the count; encoders have to be told, before their file.
    command = [
        program(), "-nostdin", "-hide_banner", "-v", "error", "-y", "-progress", "pipe:1", "-cpucount", count,
        *arguments[:-1], "-threads", count, *arguments[-1:],
    ]  # fmt: skip
    try:
        # In our own process group: who stops or pauses a render process by its group means this one too.
        process = start(
            command, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )  # fmt: skip
    except OSError as error:
        raise NoFfmpeg(_NO_FFMPEG) from error
    said = b""
    try:
        said = _listen(process, seconds, report, time.monotonic() + limit)
        code = process.wait()
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
        for pipe in (process.stdout, process.stderr):
            if pipe is not None:
                pipe.close()
    if code:
        print(said.decode(errors="replace"), file=sys.stderr)  # noqa: T201
        raise_if_full(code, said)
        if code in NOT_STARTED:
            raise NoFfmpeg(_NO_FFMPEG)
        raise EditFailed("the edit could not be made: the file is damaged, or is of a kind that cannot be edited")


def _listen(process: subprocess.Popen[bytes], seconds: float, report: Report, deadline: float) -> bytes:
    """Pass on the progress until ffmpeg closes its pipes; the last of what it said."""
    said, line = b"", b""
    assert process.stdout is not None
    assert process.stderr is not None
    with selectors.DefaultSelector() as pipes:
        pipes.register(process.stdout, selectors.EVENT_READ)
        pipes.register(process.stderr, selectors.EVENT_READ)
        while pipes.get_map():
            if time.monotonic() > deadline:
                raise EditFailed("the edit took too long")
            for key, _ in pipes.select(_POLL):
                data = os.read(key.fd, 1 << 16)
                if not data:
                    pipes.unregister(key.fileobj)
                elif key.fileobj is process.stderr:
                    said = (said + data)[-_TAIL:]
                else:
                    *lines, line = (line + data).split(b"\n")
                    _progress(lines, seconds, report)
    return said


def _progress(lines: Sequence[bytes], seconds: float, report: Report) -> None:
    for line in lines:
        name, _, value = line.partition(b"=")
        # Before the first frame it says N/A.
        if name == b"out_time_us" and value.strip().isdigit() and seconds > 0:
            report(min(1.0, int(value) / 1e6 / seconds))
