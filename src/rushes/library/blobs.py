"""Bytes under their sha256, in a folder or any object store that obstore speaks to."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

_CHUNK = 1 << 20


class BlobStore:
    """A content-addressed store. `place` is a folder, or a URL such as s3://bucket/prefix."""

    def __init__(self, place: str) -> None:
        self._place = place
        self._opened: Any = None

    def _store(self) -> Any:
        # On first use: loading obstore would slow the start of a server that has nothing to store yet.
        if self._opened is None:
            from obstore.store import LocalStore, from_url

            if "://" in self._place:
                self._opened = from_url(self._place)
            else:
                self._opened = LocalStore(self._place, mkdir=True)
        return self._opened

    async def put_file(self, path: Path, sha256: str) -> None:
        """Store a file's bytes; a copy that exists is replaced in one step."""
        from obstore import put_async

        await put_async(self._store(), key(sha256), path, chunk_size=4 * _CHUNK)

    async def get_range(self, sha256: str, start: int, end: int) -> AsyncIterator[bytes]:
        """Bytes start (inclusive) to end (exclusive), in chunks: never the whole file in memory."""
        from obstore import get_range_async

        for at in range(start, end, _CHUNK):
            yield bytes(await get_range_async(self._store(), key(sha256), start=at, end=min(end, at + _CHUNK)))

    async def sweep(self, before_ms: int) -> int:
        """Remove what stores that were killed half-way left behind, last written before `before_ms` (since 1970).

        Only folders have such leftovers: `list` does not show them. Answers how many.
        """
        if "://" in self._place:
            return 0
        return await asyncio.to_thread(_sweep, Path(self._place), before_ms / 1000)

    async def delete(self, sha256: str) -> None:
        """Remove the bytes; nothing happens when they are gone already."""
        from obstore import delete_async

        try:
            await delete_async(self._store(), key(sha256))
        except FileNotFoundError:
            pass

    async def hashes(self) -> list[str]:
        """The sha256 of everything stored."""
        found = []
        async for page in self._store().list():
            found += [str(entry["path"]).rpartition("/")[2] for entry in page]
        return found


def _sweep(folder: Path, before: float) -> int:
    count = 0
    for path in folder.glob("??/??/*#*"):  # obstore writes to <name>#<number>, then renames
        try:
            if path.stat().st_mtime < before:
                path.unlink()
                count += 1
        except FileNotFoundError:  # renamed or swept by another process
            continue
    return count


def key(sha256: str) -> str:
    """Where bytes lie in the store."""
    return f"{sha256[:2]}/{sha256[2:4]}/{sha256}"
