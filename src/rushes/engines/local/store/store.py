"""The model store: weight files that are what they claim to be, or a clear error with the command that helps.

Layout below the folder: `<group>/…` is an installed group with its manifest; `.staging/<group>/…` is a pull
under way (kept when it breaks off, to go on from); `.locks/<group>` keeps two pulls apart.
A group's folder is put in place with one rename: it is there as a whole or not at all.
"""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterable
from functools import lru_cache
from pathlib import Path

from msgspec import Struct

from rushes.engines.local.store import manifest as manifests
from rushes.engines.local.store.errors import (
    LicenceError,
    ModelDamagedError,
    ModelMissingError,
    StoreOfflineError,
    UnknownGroupError,
)
from rushes.engines.local.store.lock import locked
from rushes.engines.local.store.manifest import Entry
from rushes.engines.local.store.pulling import Pull
from rushes.engines.local.store.table import Group, load_table

TABLE = Path(__file__).with_name("weights.toml")


class FileInfo(Struct, frozen=True, kw_only=True):
    """One pinned file for a list; "*" stands for the many of a folder, and the sha256 for that of their listing."""

    name: str
    bytes: int
    sha256: str
    licence: str
    origin: str


class GroupInfo(Struct, frozen=True, kw_only=True):
    """One group for a list. bytes: room on disk; present: installed (not yet verified).

    restricted: what its licence forbids or asks for, "" where there is nothing to say; accepted: whether the operator
    has agreed to that, or need not.
    """

    name: str
    title: str
    bytes: int
    licence: str
    origin: str
    restricted: str
    accepted: bool
    present: bool
    files: tuple[FileInfo, ...]


class PullProgress(Struct, frozen=True, kw_only=True):
    """How far a pull is. total_bytes is None where the source's own size is unknown (package archives)."""

    group: str
    file: str
    done_bytes: int
    total_bytes: int | None
    note: str


class Problem(Struct, frozen=True, kw_only=True):
    """What `verify` found wrong with one file; `file` is empty where it concerns the whole group."""

    group: str
    file: str
    what: str


Progress = Callable[[PullProgress], None]
Stamps = tuple[tuple[int, int, int], ...]
"""Size, time of the last change in nanoseconds, and inode of each file: one that was touched has another."""


def _silent(_: PullProgress) -> None:
    """The progress of somebody who does not look."""


class ModelStore:
    """The installed groups below `folder`. Safe to share between threads.

    offline: never go to the network. hub: whether the official hubs are asked before the package clients. accepted:
    licences with restrictions that the operator agrees to, in whatever letters.
    """

    def __init__(
        self,
        folder: Path,
        *,
        offline: bool = False,
        hub: bool = True,
        accepted: Iterable[str] = (),
        table: Path = TABLE,
    ) -> None:
        self._folder = folder
        self._offline = offline
        self._hub = hub
        self._accepted = {licence.casefold() for licence in accepted}
        self._groups = load_table(table)
        self._checked: dict[str, Stamps] = {}
        self._checking = threading.Lock()

    def groups(self) -> list[GroupInfo]:
        """Every group of the table, in its order."""
        return [
            GroupInfo(
                name=name,
                title=group.title,
                bytes=group.bytes,
                licence=group.licence,
                origin=group.origin,
                restricted=group.restricted,
                accepted=self._accepts(group),
                present=(self._folder / name).is_dir(),
                files=_files_of(group),
            )
            for name, group in self._groups.items()
        ]

    def path(self, group: str) -> Path | None:
        """The folder of an installed group, None when it was never pulled.

        The first call of a store checks what is there: single files by their sha256, a folder of many small ones by
        its pinned listing and their sizes. A later one does so again only where a file, or the folder, was touched
        since. Raises ModelDamagedError, UnknownGroupError.
        """
        known = self._group(group)
        home = self._folder / group
        with self._checking:
            if not home.is_dir():
                self._checked.pop(group, None)
                return None
            # Before the bytes are looked at: what changes meanwhile is looked at again.
            stamps = _stamps(known, home)
            if self._checked.get(group) != stamps:
                problems = _inspect(group, known, home, thorough=not known.folder)
                if problems:
                    raise ModelDamagedError(group, "; ".join(f"{p.file} {p.what}".strip() for p in problems[:3]))
                self._checked[group] = stamps
        return home

    def require(self, group: str) -> Path:
        """Like `path`, but raises ModelMissingError where that answers None."""
        home = self.path(group)
        if home is None:
            raise ModelMissingError(group)
        return home

    def verify(self, group: str) -> list[Problem]:
        """Hash every byte of a group again. An empty list means that all is well."""
        known = self._group(group)
        home = self._folder / group
        if not home.is_dir():
            return [Problem(group=group, file="", what="is not installed")]
        return _inspect(group, known, home, thorough=True)

    def remove(self, group: str) -> None:
        """Delete a group and what a broken pull of it left. Nothing happens where there is none."""
        self._group(group)
        with locked(self._folder / ".locks" / group, lambda: None):
            for path in (self._folder / group, self._staging(group)):
                shutil.rmtree(path, ignore_errors=True)
            self._forget(group)

    def pull(self, group: str, progress: Progress = _silent) -> None:
        """Install a group, or replace a damaged one; a sound one is left alone.

        Blocks; waits while another process pulls the same group. Raises PullError with what each source
        said, StoreOfflineError, LicenceError, UnknownGroupError.
        """
        known = self._group(group)
        # What is here was accepted once.
        if not self._accepts(known) and not (self._folder / group).is_dir():
            raise LicenceError(group, known.licence, known.restricted)

        def tell(file: str, done: int, total: int | None, note: str) -> None:
            progress(PullProgress(group=group, file=file, done_bytes=done, total_bytes=total, note=note))

        with locked(self._folder / ".locks" / group, lambda: tell("", 0, None, "another process is pulling it")):
            if (self._folder / group).is_dir() and not self.verify(group):
                tell("", known.bytes, known.bytes, "already there")
                return
            if self._offline:
                raise StoreOfflineError(group)
            staging = self._staging(group)
            (staging / "files").mkdir(parents=True, exist_ok=True)
            (staging / "packages").mkdir(exist_ok=True)
            installed = Pull(group, known, staging, self._hub, tell).run()
            manifests.write(staging / "files", installed)
            self._put_in_place(group, staging)
            tell("", known.bytes, known.bytes, "installed")

    def _accepts(self, group: Group) -> bool:
        return not group.restricted or group.licence.casefold() in self._accepted

    def _put_in_place(self, group: str, staging: Path) -> None:
        home, old = self._folder / group, staging / "old"
        if home.exists():
            home.rename(old)
        (staging / "files").rename(home)
        shutil.rmtree(staging, ignore_errors=True)
        self._forget(group)

    def _forget(self, group: str) -> None:
        with self._checking:
            self._checked.pop(group, None)

    def _staging(self, group: str) -> Path:
        return self._folder / ".staging" / group

    def _group(self, name: str) -> Group:
        if name not in self._groups:
            raise UnknownGroupError(name, tuple(self._groups))
        return self._groups[name]


@lru_cache(maxsize=8)
def opened(folder: Path, *, offline: bool, accepted: tuple[str, ...] = ()) -> ModelStore:
    """The one store of this process for these settings: what it has checked is not checked again for each task."""
    return ModelStore(folder, offline=offline, accepted=accepted)


def _stamps(group: Group, home: Path) -> Stamps:
    names = [file.name for file in group.files if file.keep] + [made.name for made in group.derived]
    stamps = []
    for path in (home, home / manifests.NAME, *(home / name for name in names)):
        try:
            found = path.stat()
            stamps.append((found.st_size, found.st_mtime_ns, found.st_ino))
        except OSError:
            stamps.append((-1, 0, 0))
    return tuple(stamps)


def _files_of(group: Group) -> tuple[FileInfo, ...]:
    """What is pulled for a group; where a file says no licence or origin of its own, the group's holds."""
    if group.folder is not None:
        pin = group.folder
        return (FileInfo(name="*", bytes=pin.size, sha256=pin.sha256, licence=group.licence, origin=group.origin),)
    return tuple(
        FileInfo(
            name=file.name,
            bytes=file.size,
            sha256=file.sha256,
            licence=file.licence or group.licence,
            origin=file.origin or group.origin,
        )
        for file in group.files
    )


def _inspect(name: str, group: Group, home: Path, *, thorough: bool) -> list[Problem]:
    """What differs from the pins. thorough: hash the bytes, else compare the sizes only."""
    manifest = manifests.read(home)
    if manifest is None:
        return [Problem(group=name, file="", what="has no readable manifest")]
    wanted = dict(manifest.files)
    if group.folder is not None:
        if manifests.listing_sha256(wanted) != group.folder.sha256:
            return [Problem(group=name, file="", what="is not the pinned version")]
        strays = {path.name for path in home.iterdir()} - set(wanted) - {manifests.NAME}
        problems = [Problem(group=name, file=stray, what="does not belong here") for stray in sorted(strays)]
    else:
        problems = []
        # The pins come from our table, never from the folder; only derived files rest on the manifest.
        pinned = {file.name: Entry(file.size, file.sha256) for file in group.files if file.keep}
        derived = {made.name: wanted[made.name] for made in group.derived if made.name in wanted}
        missing = {made.name for made in group.derived} - set(derived)
        problems += [Problem(group=name, file=lost, what="is missing") for lost in sorted(missing)]
        wanted = pinned | derived
    for file, entry in wanted.items():
        what = _differs(home / file, entry, thorough=thorough)
        if what:
            problems.append(Problem(group=name, file=file, what=what))
    return problems


def _differs(path: Path, entry: Entry, *, thorough: bool) -> str:
    try:
        size = path.stat().st_size
        if size != entry.size:
            return f"has {size} bytes instead of {entry.size}"
        if thorough and manifests.sha256_of(path) != entry.sha256:
            return "does not have the pinned sha256"
    except OSError:
        return "is missing"
    return ""
