"""A media file being written: whole when it is closed, gone when something goes wrong on the way."""

from __future__ import annotations

from abc import ABC, abstractmethod
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import av


class WrittenFile(ABC):
    """A file that a container writes. Use it as a context manager: on an exception the file is removed."""

    _path: Path
    _container: Any
    _closed: bool = False

    def close(self) -> None:
        """Write what is left, and the index; again does nothing. Raises ValueError where nothing was written."""
        if self._closed:
            return
        self._finish()
        self._closed = True
        self._container.close()

    @abstractmethod
    def _finish(self) -> None:
        """Write what the encoders still hold. Raises ValueError where nothing was written."""

    def _release(self) -> None:  # noqa: B027 - most have nothing else open
        """Let go of what else is open, when the file is given up."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if error is None:
                self.close()
        except BaseException:
            self._abandon()
            raise
        if error is not None:
            self._abandon()

    def _abandon(self) -> None:
        self._closed = True
        self._release()
        try:
            self._container.close()
        except av.FFmpegError:  # a disk that is full refuses the index too; the first error is the one that counts
            pass
        finally:
            self._path.unlink(missing_ok=True)
