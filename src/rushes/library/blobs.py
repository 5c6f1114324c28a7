"""Bytes under their sha256, in a folder or any object store that obstore speaks to.

Stores and their options: developmentseed.org/obstore, "from_url", "S3Config", "ClientConfig", "RetryConfig".
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from rushes.db import Misused, Together, Unavailable

_CHUNK = 1 << 20
_PART = 8 * _CHUNK
"""Of a large file's upload, and what is read ahead of one."""
_RETRIES = {"max_retries": 5, "retry_timeout": timedelta(seconds=15)}
"""Together they take less than assets.GOING_MS."""
_CLIENT = {"timeout": "30s", "connect_timeout": "5s", "allow_http": True}
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
        self._far = "://" in place
        self._putting: Together[tuple[str, bytes], None] = Together(self._put_all)

    def _store(self) -> Any:
        # On first use: loading obstore would slow the start of a server that has nothing to store yet.
        if self._opened is None:
            from obstore.store import LocalStore, from_url

            if self._far:
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
            with _told(self._far):
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

        with _told(self._far):
            await put_async(self._store(), key(sha256), path, chunk_size=_PART if self._far else 4 * _CHUNK)

    async def put_content(self, content: bytes, sha256: str) -> None:
        """Store bytes that are in memory, those that come at the same time into a folder in one go."""
        if not self._far:
            await self._putting.do((sha256, content))
            return
        from obstore import put_async

        with _told(self._far):
            await put_async(self._store(), key(sha256), content)

    async def _put_all(self, contents: Sequence[tuple[str, bytes]]) -> Sequence[None]:
        return await asyncio.to_thread(_put_all, Path(self._place), contents)

    async def get_range(self, sha256: str, start: int, end: int) -> AsyncIterator[bytes]:
        """Bytes start (inclusive) to end (exclusive), in chunks: never the whole file in memory.

        Raises BytesMissing.
        """
        if self._far:
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
                with _told(self._far):
                    found = await get_async(self._store(), key(sha256), options={"range": (at, end)})
                    stream = found.stream(min_chunk_size=_CHUNK).__aiter__()
                while True:
                    with _told(self._far):
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

        with _told(self._far):
            return int((await head_async(self._store(), key(sha256)))["size"])

    async def sweep(self, before_ms: int) -> int:
        """Remove what stores that were killed half-way left behind, last written before `before_ms` (since 1970).

        Only folders have such leftovers: `list` does not show them. Answers how many.
        """
        if self._far:
            return 0
        return await asyncio.to_thread(_sweep, Path(self._place), before_ms / 1000)

    async def delete(self, sha256: str) -> None:
        """Remove the bytes; nothing happens when they are gone already."""
        from obstore import delete_async

        try:
            with _told(self._far):
                await delete_async(self._store(), key(sha256))
        except (FileNotFoundError, BytesMissing):
            pass

    async def hashes(self) -> list[str]:
        """The sha256 of everything stored."""
        found = []
        with _told(self._far):
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


def _put_all(folder: Path, contents: Sequence[tuple[str, bytes]]) -> list[None]:
    """As obstore does it, with the same names; but that makes a task of each file, which is most of the work."""
    first = secrets.randbits(60)
    for number, (sha256, content) in enumerate(contents, first):
        path = folder / key(sha256)
        unnamed = Path(f"{path}#{number}")
        try:
            unnamed.write_bytes(content)
        except FileNotFoundError:
            path.parent.mkdir(parents=True, exist_ok=True)
            unnamed.write_bytes(content)
        unnamed.replace(path)
    return [None] * len(contents)


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
