"""Answers that are themselves the result: pictures, speech, transcripts of calls that are answered when all is done.

Such an answer is paid for and comes once. So it lies on disk before `start` returns, in a folder of the job's own, and
what a process that was killed in between has received is found there by the next one (`find`). It goes with `discard`.

    folder/<job>/0.png …            the results
    folder/<job>/operation.json     written last: without it the answer is not whole
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
from msgspec import Struct

from rushes.engines.contract import Done, Failed, FailureCode, Kind, Operation, Output, Status

MADE = "made"
"""The field of an operation that has results instead of a name to ask for."""
_SCHEME = "made:"
_WHOLE = "operation.json"
_CHUNK = 1 << 20
_OLD = 14 * 86400.0
"""Seconds after which nobody comes for an answer any more."""
_ENDINGS = {"application/json": "json", "audio/mpeg": "mp3"}


class Made(Struct, frozen=True, kw_only=True):
    """One result, as it came."""

    kind: Kind
    mime: str
    data: bytes


class Kept(Struct, frozen=True, kw_only=True):
    """One result on disk; `file` is its name under the folder."""

    kind: Kind
    mime: str
    file: str


class Answers:
    """The kept answers of one provider."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, job: str, operation: Operation) -> Operation:
        """`operation` with its results on disk instead of in it. Raises OSError."""
        self._tidy()
        own = self._folder / job
        own.mkdir(parents=True, exist_ok=True)
        kept = []
        for number, made in enumerate(operation[MADE]):
            name = f"{number}.{_ENDINGS.get(made.mime, made.mime.rpartition('/')[2])}"
            _write(own / name, made.data)
            kept.append(Kept(kind=made.kind, mime=made.mime, file=f"{job}/{name}"))
        whole = {**operation, MADE: msgspec.to_builtins(kept)}
        _write(own / f"{_WHOLE}.part", msgspec.json.encode(whole))
        (own / f"{_WHOLE}.part").rename(own / _WHOLE)
        return whole

    def find(self, job: str) -> Operation | None:
        """The operation of an answer that came whole, None where none did."""
        try:
            found: Operation = msgspec.json.decode((self._folder / job / _WHOLE).read_bytes())
        except (OSError, msgspec.DecodeError):
            return None
        return found

    def status(self, title: str, operation: Operation) -> Status:
        """How a generation ended whose answer was kept."""
        kept = msgspec.convert(operation[MADE], list[Kept])
        if not kept:
            return Failed(code=FailureCode.INTERNAL, message=f"{title} ended without a result")
        if not all((self._folder / each.file).is_file() for each in kept):
            return Failed(code=FailureCode.LOST, message=f"the result that {title} made is gone")
        return Done(
            outputs=tuple(Output(kind=each.kind, mime=each.mime, location=_SCHEME + each.file) for each in kept),
            usage=operation.get("usage", {}),
            warnings=tuple(operation.get("warnings", ())),
        )

    def read(self, location: str) -> Iterator[bytes]:
        """A result's bytes. Raises OSError."""
        with (self._folder / location.removeprefix(_SCHEME)).open("rb") as file:
            while chunk := file.read(_CHUNK):
                yield chunk

    def discard(self, job: str) -> None:
        """Forget an answer."""
        shutil.rmtree(self._folder / job, ignore_errors=True)

    def _tidy(self) -> None:
        """Jobs that ended without anybody coming for their answer leave it behind: a server that was killed, say."""
        try:
            for entry in os.scandir(self._folder):
                if entry.stat().st_mtime < time.time() - _OLD:
                    shutil.rmtree(entry.path, ignore_errors=True)
        except FileNotFoundError:
            return


def is_kept(location: str) -> bool:
    """Whether an output lies here and not at its provider."""
    return location.startswith(_SCHEME)


def _write(path: Path, data: bytes) -> None:
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
