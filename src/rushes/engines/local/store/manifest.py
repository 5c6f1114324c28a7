"""What lies in an installed group's folder: names, sizes, hashes, written when it was installed."""

from __future__ import annotations

import hashlib
from pathlib import Path

import msgspec
from msgspec import Struct

NAME = ".manifest.json"
_CHUNK = 1 << 20


class Entry(Struct, frozen=True):
    """One installed file: its size in bytes and its sha256."""

    size: int
    sha256: str


class Manifest(Struct, frozen=True, kw_only=True):
    """The files of one installed group by name, and which source each came from."""

    files: dict[str, Entry]
    sources: dict[str, str]


def sha256_of(path: Path) -> str:
    """The sha256 of a file's bytes, as hexadecimal digits."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def entry_of(path: Path) -> Entry:
    """Measure and hash one file."""
    return Entry(path.stat().st_size, sha256_of(path))


def listing_sha256(files: dict[str, Entry]) -> str:
    """The one hash that pins a whole folder: of the lines "<sha256>  <name>", sorted by name."""
    digest = hashlib.sha256()
    for name in sorted(files):
        digest.update(f"{files[name].sha256}  {name}\n".encode())
    return digest.hexdigest()


def read(folder: Path) -> Manifest | None:
    """The manifest of a group's folder, None when it is absent or unreadable."""
    try:
        return msgspec.json.decode((folder / NAME).read_bytes(), type=Manifest)
    except (OSError, msgspec.DecodeError):
        return None


def write(folder: Path, manifest: Manifest) -> None:
    """Write the manifest. The folder is not in use yet, so no care for readers is needed."""
    (folder / NAME).write_bytes(msgspec.json.encode(manifest))
