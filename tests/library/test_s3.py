"""The store on S3: moto's server, and one before it that cuts connections."""

from __future__ import annotations

import asyncio
import hashlib
import random
import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from rushes.db import Misused, Unavailable
from rushes.library.blobs import BlobStore, BytesMissing
from tests.s3 import S3, running_s3


@pytest.fixture(scope="module")
def s3() -> Iterator[S3]:
    with running_s3() as running:
        yield running


def write(folder: Path, content: bytes) -> tuple[Path, str]:
    path = folder / "source"
    path.write_bytes(content)
    return path, hashlib.sha256(content).hexdigest()


async def read(blobs: BlobStore, sha256: str, start: int, end: int) -> bytes:
    return b"".join([chunk async for chunk in blobs.get_range(sha256, start, end)])


@pytest.mark.parametrize("size", [0, 1, 5_000_000, 20_000_001])
def test_bytes_go_in_and_come_out_in_ranges(size: int, s3: S3, tmp_path: Path) -> None:
    content = random.Random(size).randbytes(size)
    path, sha256 = write(tmp_path, content)

    async def main() -> None:
        blobs = BlobStore(s3.url, s3.options)
        await blobs.check()
        await blobs.put_file(path, sha256)
        await blobs.put_file(path, sha256)  # again: nothing changes
        assert await blobs.size(sha256) == size
        assert await read(blobs, sha256, 0, size) == content
        for start, end in ((0, 1), (size // 2, size // 2 + 7), (max(0, size - 3), size), (4, 4)):
            assert await read(blobs, sha256, start, min(end, size)) == content[start : min(end, size)]
        assert sha256 in await blobs.hashes()
        await blobs.delete(sha256)
        await blobs.delete(sha256)
        with pytest.raises(BytesMissing):
            await blobs.size(sha256)
        if size:
            with pytest.raises(BytesMissing):
                await read(blobs, sha256, 0, 1)

    asyncio.run(main())


def test_a_place_that_cannot_be_used_is_said_at_the_start(s3: S3) -> None:
    async def main() -> None:
        with pytest.raises(Misused, match="s3://nowhere/x does not exist"):
            await BlobStore("s3://nowhere/x", s3.options).check()
        with pytest.raises(Misused, match="cannot be used") as told:
            await BlobStore(s3.url, {"no_such_option": "geheim"}).check()
        assert "geheim" not in str(told.value)

    asyncio.run(main())


def test_one_that_is_away_is_away_for_now(tmp_path: Path, s3: S3) -> None:
    path, sha256 = write(tmp_path, b"x")

    async def main() -> None:
        blobs = BlobStore(s3.url, {**s3.options, "aws_endpoint": "http://127.0.0.1:9"})
        with pytest.raises(Unavailable):
            await blobs.put_file(path, sha256)
        with pytest.raises(Unavailable):
            await blobs.delete(sha256)

    asyncio.run(main())


class Cutter:
    """Passes connections on, and cuts each off after so many bytes of the answer."""

    def __init__(self, endpoint: str, after: int) -> None:
        host, _, port = endpoint.removeprefix("http://").partition(":")
        self._to = (host, int(port))
        self._after = after
        self.cuts = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with client, socket.create_connection(self._to) as upstream:
            threading.Thread(target=self._pass, args=(client, upstream), daemon=True).start()
            left = self._after
            while left > 0 and (data := upstream.recv(min(65536, left))):
                client.sendall(data)
                left -= len(data)
            self.cuts += left <= 0
            # Closing alone does not end it while the other thread waits for more of it.
            for each in (client, upstream):
                with suppress(OSError):
                    each.shutdown(socket.SHUT_RDWR)

    def _pass(self, client: socket.socket, upstream: socket.socket) -> None:
        try:
            while data := client.recv(65536):
                upstream.sendall(data)
        except OSError:
            pass

    def close(self) -> None:
        self._listener.close()


def test_a_download_that_breaks_off_goes_on_where_it_stopped(s3: S3, tmp_path: Path) -> None:
    content = random.Random(7).randbytes(6_000_000)
    path, sha256 = write(tmp_path, content)
    cutter = Cutter(s3.endpoint, 2_500_000)

    async def main() -> None:
        await BlobStore(s3.url, s3.options).put_file(path, sha256)
        blobs = BlobStore(s3.url, {**s3.options, "aws_endpoint": cutter.url})
        assert await read(blobs, sha256, 11, len(content)) == content[11:]

    try:
        asyncio.run(main())
        assert cutter.cuts >= 2
    finally:
        cutter.close()
