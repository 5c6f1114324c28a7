"""Bytes under their sha256, in a folder or any object store that obstore speaks to.

Stores and their options: developmentseed.org/obstore, "from_url", "S3Config", "ClientConfig", "RetryConfig".
"""

from __future__ import annotations

import asyncio
import os
import secrets
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from rushes.db import Misused, Unavailable

_CHUNK = 1 << 20
_PART = 8 * _CHUNK
"""Of a large file's upload, and what is read ahead of one."""
_RETRIES = {"max_retries": 5, "retry_timeout": timedelta(seconds=15)}
"""Together they take less than assets.GOING_MS."""
_CLIENT = {"timeout": "30s", "connect_timeout": "5s", "allow_http": True}
_NEW = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0)
_GOES_ON = 5
"""How often a download that breaks off is taken up where it stopped."""


class BytesMissing(Exception):
    """What a record says is stored is not there."""


class BlobStore:
    """A content-addressed store. `place` is a folder, or a URL such as s3://bucket/prefix; `options` are obstore's for
    such a URL, beside those that it finds in the environment (AWS_ACCESS_KEY_ID, AWS_ENDPOINT_URL, …).

    Every method raises Unavailable while the store cannot be reached.
    """

    def __init__(self, place: str, options: Mapping[str, str] | None = None) -> None:
        self._place = place
        self._options = dict(options or {})
        self._opened: Any = None
        self.far = "://" in place
        """Whether each file is stored by a request of its own."""

    def _store(self) -> Any:
        # On first use: loading obstore would slow the start of a server that has nothing to store yet.
        if self._opened is None:
            from obstore.store import LocalStore, from_url

            if self.far:
                client: Any = _CLIENT
                retries: Any = _RETRIES
                config: Any = self._options
                self._opened = from_url(self._place, config=config, client_options=client, retry_config=retries)
            else:
                self._opened = LocalStore(self._place, mkdir=True)
        return self._opened

    async def check(self) -> None:
        """Look whether the store is there and lets us in. Raises Misused, Unavailable."""
        from obstore import list_with_delimiter_async
        from obstore.exceptions import PermissionDeniedError, UnauthenticatedError

        try:
            store = self._store()
        except BaseException as error:  # obstore panics at some options; what it says may hold them
            if isinstance(error, (KeyboardInterrupt, SystemExit)):
                raise
            raise Misused("storage_url or storage_options cannot be used") from None
        try:
            with _told(self.far):
                await list_with_delimiter_async(store)
        except (BytesMissing, FileNotFoundError, Unavailable) as error:
            if isinstance(error, Unavailable) and "NoSuchBucket" not in str(error.__cause__):
                raise
            raise Misused(f"storage_url: {self._place} does not exist") from None
        except (PermissionDeniedError, UnauthenticatedError, PermissionError):
            raise Misused(f"storage_url: {self._place} refuses us") from None

    async def put_file(self, path: Path, sha256: str) -> None:
        """Store a file's bytes; a copy that exists is replaced in one step."""
        from obstore import put_async

        with _told(self.far):
            await put_async(self._store(), key(sha256), path, chunk_size=_PART if self.far else 4 * _CHUNK)

    async def put_contents(self, contents: Sequence[tuple[str, bytes]]) -> None:
        """Store bytes that are in memory, each with their sha256: into a folder all in one go."""
        if not self.far:
            await asyncio.to_thread(_put_all, self._place, contents)
            return
        from obstore import put_async

        for sha256, content in contents:
            with _told(self.far):
                await put_async(self._store(), key(sha256), content)

    async def get_range(self, sha256: str, start: int, end: int) -> AsyncIterator[bytes]:
        """Bytes start (inclusive) to end (exclusive), in chunks: never the whole file in memory.

        Raises BytesMissing.
        """
        if self.far:
            async for chunk in self._streamed(sha256, start, end):
                yield chunk
            return
        from obstore import get_range_async

        for at in range(start, end, _CHUNK):
            yield bytes(await get_range_async(self._store(), key(sha256), start=at, end=min(end, at + _CHUNK)))

    async def _streamed(self, sha256: str, start: int, end: int) -> AsyncIterator[bytes]:
        """One request for all of it; what breaks off is asked for from where it stopped."""
        from obstore import get_async

        at, left = start, _GOES_ON
        while at < end:
            try:
                with _told(self.far):
                    found = await get_async(self._store(), key(sha256), options={"range": (at, end)})
                    stream = found.stream(min_chunk_size=_CHUNK).__aiter__()
                while True:
                    with _told(self.far):
                        chunk = bytes(await anext(stream, b""))
                    if not chunk:
                        break
                    at += len(chunk)
                    yield chunk
                if at < end:
                    raise Unavailable("the file store broke off")
            except Unavailable:
                left -= 1
                if not left:
                    raise
                await asyncio.sleep(0.1 * (_GOES_ON - left))

    async def size(self, sha256: str) -> int:
        """How many bytes are stored. Raises BytesMissing."""
        from obstore import head_async

        with _told(self.far):
            return int((await head_async(self._store(), key(sha256)))["size"])

    async def sweep(self, before_ms: int) -> int:
        """Remove what stores that were killed half-way left behind, last written before `before_ms` (since 1970).

        Only folders have such leftovers: `list` does not show them. Answers how many.
        """
        if self.far:
            return 0
        return await asyncio.to_thread(_sweep, Path(self._place), before_ms / 1000)

    async def delete(self, sha256: str) -> None:
        """Remove the bytes; nothing happens when they are gone already."""
        from obstore import delete_async

        try:
            with _told(self.far):
                await delete_async(self._store(), key(sha256))
        except (FileNotFoundError, BytesMissing):
            pass

    async def hashes(self) -> list[str]:
        """The sha256 of everything stored."""
        found = []
        with _told(self.far):
            async for page in self._store().list():
                found += [str(entry["path"]).rpartition("/")[2] for entry in page]
        return found


@contextmanager
def _told(far: bool) -> Iterator[None]:
    """Errors of a store elsewhere in our words: theirs show addresses, and what they mean is not said by their type."""
    from obstore.exceptions import GenericError

    try:
        yield
    except FileNotFoundError:
        if not far:
            raise
        raise BytesMissing("the file store does not have it") from None
    except (GenericError, TimeoutError) as error:
        if not far:
            raise
        raise Unavailable("the file store cannot be reached now") from error


def _put_all(folder: str, contents: Sequence[tuple[str, bytes]]) -> None:
    """As obstore does it, with the same names; but that makes a task of each file, which is most of the work."""
    first = secrets.randbits(60)
    for number, (sha256, content) in enumerate(contents, first):
        path = os.path.join(folder, key(sha256))
        unnamed = f"{path}#{number}"
        try:
            file = os.open(unnamed, _NEW, 0o666)
        except FileNotFoundError:
            os.makedirs(os.path.dirname(path), exist_ok=True)
            file = os.open(unnamed, _NEW, 0o666)
        try:
            left = memoryview(content)
            while left:
                left = left[os.write(file, left) :]
        finally:
            os.close(file)
        os.replace(unnamed, path)


def _sweep(folder: Path, before: float) -> int:
    count = 0
    for path in folder.glob("??/*#*"):  # obstore writes to <name>#<number>, then renames
        try:
            if path.stat().st_mtime < before:
                path.unlink()
                count += 1
        except FileNotFoundError:  # renamed or swept by another process
            continue
    return count


def key(sha256: str) -> str:
    """Where bytes lie in the store."""
    return f"{sha256[:2]}/{sha256}"
