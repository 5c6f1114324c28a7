"""Take members out of wheels and npm tarballs: by pattern, one after the other, never all at once.

Names inside an archive are only matched against; where the bytes go is decided by our own table, so an
archive cannot write outside its target. Sizes are bounded by what the table announces.
"""

from __future__ import annotations

import re
import tarfile
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import IO

from rushes.engines.local.store.errors import SourceError

_CHUNK = 1 << 20


def take_file(archives: Iterable[Path], member: str, target: Path, size: int) -> None:
    """Write the one member that matches to `target`. Raises SourceError when there is none, or several."""
    pattern = re.compile(member)
    found = 0
    for archive in archives:
        for name, stream in _members(archive):
            if pattern.search(name):
                found += 1
                with target.open("wb") as out:
                    _copy(stream, out, size)
    if found != 1:
        raise SourceError(f"{found} members match {member!r}, wanted one")


def join_parts(archives: Iterable[Path], member: str, target: Path, size: int, order: Sequence[str] = ()) -> None:
    """Write all matching members to `target`, in the order of the number in the pattern's first group.

    With an `order`, that group's text is looked up in there instead: its place is the number; what is not there is no
    part.
    """
    pattern = re.compile(member)
    places = {text: place for place, text in enumerate(order)}
    parts: list[tuple[int, Path, str]] = []
    for archive in archives:
        parts += [
            (places[match[1]] if order else int(match[1]), archive, name)
            for name in _names(archive)
            if (match := pattern.search(name)) is not None and (not order or match[1] in places)
        ]
    if not parts:
        raise SourceError(f"no member matches {member!r}")
    if order and len(parts) != len(order):
        raise SourceError(f"{len(parts)} members match {member!r}, wanted {len(order)}")
    left = size
    with target.open("wb") as out:
        for _, archive, wanted in sorted(parts):
            for name, stream in _members(archive, only=wanted):
                if name == wanted:
                    left -= _copy(stream, out, left)


def take_folder(archives: Iterable[Path], member: str, rename: str, target: Path, count: int, size: int) -> None:
    """Write all matching members flat into the folder `target`, named by `rename` from the match."""
    pattern = re.compile(member)
    left, found = size, 0
    for archive in archives:
        for name, stream in _members(archive):
            if (match := pattern.search(name)) is None:
                continue
            plain = match.expand(rename)
            if not re.fullmatch(r"\w[\w.-]*", plain):
                raise SourceError(f"member {name!r} would be named {plain!r}")
            found += 1
            if found > count:
                raise SourceError(f"more than {count} members match {member!r}")
            with (target / plain).open("wb") as out:
                left -= _copy(stream, out, left)


def _copy(stream: IO[bytes], out: IO[bytes], limit: int) -> int:
    """Copy a stream; raises SourceError once it turns out longer than `limit` bytes."""
    done = 0
    while chunk := stream.read(_CHUNK):
        done += len(chunk)
        if done > limit:
            raise SourceError("the content is longer than it should be")
        out.write(chunk)
    return done


def _names(archive: Path) -> list[str]:
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as wheel:
            return wheel.namelist()
    with tarfile.open(archive) as tarball:
        return [info.name for info in tarball if info.isfile()]


def _members(archive: Path, only: str | None = None) -> Iterator[tuple[str, IO[bytes]]]:
    """The regular files of an archive with an open stream each, valid until the next one is asked for."""
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as wheel:
            for info in wheel.infolist():
                if not info.is_dir() and only in (None, info.filename):
                    with wheel.open(info) as stream:
                        yield info.filename, stream
        return
    with tarfile.open(archive) as tarball:
        for entry in tarball:
            if entry.isfile() and only in (None, entry.name):
                inner = tarball.extractfile(entry)
                if inner is not None:
                    yield entry.name, inner
