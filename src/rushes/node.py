"""This process among those that share a data folder: its name, its scratch folder, who else is alive.

Each process holds a lock on a file of its own for as long as it lives. The kernel drops the lock when the
process dies, however it dies, so another process can tell at once what was left behind.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Callable
from pathlib import Path

from rushes.ids import new_id


class Node:
    """One living process on a data folder."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self._folder = home / "run"
        self._folder.mkdir(parents=True, exist_ok=True)
        self.gone: Callable[[str], bool] = _unknown
        """Whether a process of another machine has died, where that is known (jobs/presence.py)."""
        self.id = f"{_folder_id(self._folder / 'id')}:{new_id('')}"
        self._file = self._folder / f"{self.id.rpartition(':')[2]}.lock"
        # Locked before it has its name: nobody ever sees a living process's file unlocked.
        unnamed = self._file.with_suffix(".new")
        self._lock = os.open(unnamed, os.O_CREAT | os.O_RDWR, 0o600)
        fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        unnamed.rename(self._file)
        self.scratch = home / "tmp" / self._file.stem
        self.scratch.mkdir(parents=True)

    def clear_dead(self) -> bool:
        """Remove what dead processes left in the data folder. True when this process is the only one alive."""
        alive = {path.stem for path in self._folder.glob("*.lock") if path == self._file or _locked(path)}
        # A folder is made after its process's lock, so one listed here whose lock is free is dead for certain.
        for folder in self.scratch.parent.iterdir():
            lock = self._folder / f"{folder.name}.lock"
            if folder.name not in alive and not (lock.exists() and _locked(lock)):
                shutil.rmtree(folder, ignore_errors=True)
                lock.unlink(missing_ok=True)
        return alive == {self._file.stem}

    def is_dead(self, owner: str) -> bool:
        """Whether `owner` was a process that lives no more: of this data folder, or one that is known to be gone."""
        folder, _, name = owner.rpartition(":")
        if folder != self.folder:
            return self.gone(owner)
        path = self._folder / f"{name}.lock"
        return not path.exists() or not _locked(path)

    @property
    def folder(self) -> str:
        """The data folder's own name."""
        return self.id.rpartition(":")[0]

    def close(self) -> None:
        """Leave the data folder."""
        shutil.rmtree(self.scratch, ignore_errors=True)
        self._file.unlink(missing_ok=True)
        os.close(self._lock)


def _folder_id(path: Path) -> str:
    """The name of the data folder, made once: several machines may share a database, but not a folder."""
    mine = path.with_name(f"{new_id('')}.id")
    mine.write_text(new_id(""))
    try:
        os.link(mine, path)  # whoever comes first names it, whole
    except FileExistsError:
        pass
    finally:
        mine.unlink()
    return path.read_text()


def _unknown(_: str) -> bool:
    return False


def _locked(path: Path) -> bool:
    try:
        handle = os.open(path, os.O_RDWR)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(handle)
    return False
