"""A render process: reads tasks line by line, runs them, reports line by line. See host.py for the other end."""

from __future__ import annotations

import contextlib
import importlib
import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from rushes.disk import has_room, is_full
from rushes.engines.contract import EngineError, FailureCode, Output, Request
from rushes.engines.local.bounds import bound_memory, die_with_parent, is_starved
from rushes.engines.local.wire import Report, Task

Render = Callable[[Request, Path, Callable[[float], None], dict[str, Any]], tuple[tuple[Output, ...], tuple[str, ...]]]

ENGINES = {
    "composer": "rushes.engines.local.composer.compose:run",
    "speech": "rushes.engines.local.speech.speak:run",
    "hearing": "rushes.engines.local.hearing.hear:run",
    "music": "rushes.engines.local.music.music:run",
    "style": "rushes.engines.local.style.restyle:run",
    "faces": "rushes.engines.local.faces.swap:run",
    "denoise": "rushes.engines.local.denoise.clean:run",
    "upscale": "rushes.engines.local.upscale.enlarge:run",
    "interpolate": "rushes.engines.local.interpolate.fluent:run",
    "editing": "rushes.engines.local.editing.edit:run",
    "embedding": "rushes.engines.local.embedding.vectors:run",
    "matting": "rushes.engines.local.matting.free:run",
    "translation": "rushes.engines.local.translation.sentences:run",
}
"""Functions by engine: (request, folder, report progress, settings) -> (outputs, warnings)."""

_BETWEEN_REPORTS = 0.1


def main() -> None:
    """Serve tasks until standard input closes. The argument bounds this process's memory in bytes, 0 does not."""
    die_with_parent()
    bound_memory(int(sys.argv[1]) if len(sys.argv) > 1 else 0)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the server's to handle
    # Whatever a library prints must not get between the reports.
    answers = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)
    tasks: list[bytes] = []
    ready = threading.Semaphore(0)

    def listen() -> None:
        for line in sys.stdin.buffer:
            tasks.append(line)
            ready.release()
        os._exit(0)  # the server is gone, even if in the middle of a task

    threading.Thread(target=listen, daemon=True).start()
    while True:
        ready.acquire()
        task = msgspec.json.decode(tasks.pop(0), type=Task)
        _write(answers, _serve(task, answers))


def _serve(task: Task, answers: BinaryIO) -> Report:
    last = 0.0

    def report(progress: float) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last >= _BETWEEN_REPORTS:
            last = now
            _write(answers, Report(progress=min(1.0, max(0.0, progress))))

    folder = Path(task.folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        outputs, warnings = _function(task.engine)(task.request, folder, report, task.settings)
        return Report(outputs=outputs, warnings=warnings)
    except EngineError as error:
        return Report(code=error.code, message=error.message, for_want_of_room=_lacks_room(error, folder))
    except Exception as error:
        with contextlib.suppress(OSError):  # the log may be on the disk that is full
            traceback.print_exc(file=sys.stderr)
        if is_starved(error):
            return Report(code=FailureCode.INTERNAL, message="not enough memory for this size and length")
        room = _lacks_room(error, folder)
        return Report(code=FailureCode.INTERNAL, message="the render failed", for_want_of_room=room)


def _lacks_room(error: Exception, folder: Path) -> bool:
    # Not every library says why a file could not be written.
    return is_full(error) or not has_room(folder)


def _function(engine: str) -> Render:
    module, _, name = ENGINES[engine].partition(":")
    function: Render = getattr(importlib.import_module(module), name)
    return function


def _write(answers: BinaryIO, report: Report) -> None:
    answers.write(msgspec.json.encode(report) + b"\n")


if __name__ == "__main__":
    main()
