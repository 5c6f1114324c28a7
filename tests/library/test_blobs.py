"""The content-addressed store on a real folder."""

from __future__ import annotations

import asyncio
import hashlib
import os
import random
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rushes.library.blobs import BlobStore, key
from rushes.library.serving import plan_response

T = TypeVar("T")


def run(work: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(work)


async def store(folder: Path, content: bytes) -> tuple[BlobStore, str]:
    folder.mkdir(exist_ok=True)
    source = folder / "source"
    source.write_bytes(content)
    sha256 = hashlib.sha256(content).hexdigest()
    blobs = BlobStore(str(folder / "store"))
    await blobs.put_file(source, sha256)
    return blobs, sha256


async def read(blobs: BlobStore, sha256: str, start: int, end: int) -> list[bytes]:
    return [chunk async for chunk in blobs.get_range(sha256, start, end)]


def test_bytes_come_back_in_chunks(tmp_path: Path) -> None:
    content = random.Random(1).randbytes(2_500_000)

    async def main() -> None:
        blobs, sha256 = await store(tmp_path, content)
        chunks = await read(blobs, sha256, 0, len(content))
        assert b"".join(chunks) == content
        assert len(chunks) == 3
        assert max(map(len, chunks)) <= 1 << 20
        assert b"".join(await read(blobs, sha256, 1_048_570, 1_048_580)) == content[1_048_570:1_048_580]
        assert await read(blobs, sha256, 7, 7) == []

    run(main())


def test_the_same_bytes_are_stored_once(tmp_path: Path) -> None:
    async def main() -> None:
        blobs, sha256 = await store(tmp_path, b"same")
        _, again = await store(tmp_path, b"same")
        _, other = await store(tmp_path, b"other")
        assert again == sha256
        assert sorted(await blobs.hashes()) == sorted([sha256, other])
        assert (tmp_path / "store" / key(sha256)).read_bytes() == b"same"

    run(main())


def test_what_is_deleted_is_gone(tmp_path: Path) -> None:
    async def main() -> None:
        blobs, sha256 = await store(tmp_path, b"x")
        await blobs.delete(sha256)
        await blobs.delete(sha256)
        assert await blobs.hashes() == []
        with pytest.raises(FileNotFoundError):
            await read(blobs, sha256, 0, 1)

    run(main())


def test_an_empty_file_is_a_file(tmp_path: Path) -> None:
    async def main() -> None:
        blobs, sha256 = await store(tmp_path, b"")
        assert await blobs.hashes() == [sha256]
        assert await read(blobs, sha256, 0, 0) == []

    run(main())


def test_leftovers_of_killed_stores_are_swept_and_nothing_else(tmp_path: Path) -> None:
    """A process killed while storing leaves `<sha256>#<n>`, which listing does not show."""

    async def main() -> None:
        blobs, sha256 = await store(tmp_path, b"good")
        folder = (tmp_path / "store" / key(sha256)).parent
        old, fresh = folder / f"{sha256}#1", folder / f"{sha256}#2"
        for path in (old, fresh):
            path.write_bytes(b"half")
        os.utime(old, (1000, 1000))
        os.utime(folder / sha256, (1000, 1000))
        assert await blobs.hashes() == [sha256]
        assert await blobs.sweep(2_000_000) == 1
        assert sorted(path.name for path in folder.iterdir()) == [sha256, fresh.name]
        assert await blobs.sweep(2_000_000) == 0
        assert await read(blobs, sha256, 0, 4) == [b"good"]

    run(main())


def test_sweeping_a_store_that_was_never_used(tmp_path: Path) -> None:
    assert run(BlobStore(str(tmp_path / "none")).sweep(2**60)) == 0
    assert run(BlobStore("memory:///").sweep(2**60)) == 0


def test_an_object_store_by_url(tmp_path: Path) -> None:
    async def main() -> None:
        source = tmp_path / "a"
        source.write_bytes(b"0123456789")
        blobs = BlobStore("memory:///")
        await blobs.put_file(source, "ab" * 32)
        assert await blobs.hashes() == ["ab" * 32]
        assert await read(blobs, "ab" * 32, 3, 6) == [b"345"]
        await blobs.delete("ab" * 32)
        await blobs.delete("ab" * 32)
        assert await blobs.hashes() == []

    run(main())


numbers = st.integers(0, 60).map(str) | st.just("")


@settings(max_examples=60)
@given(content=st.binary(max_size=50), first=numbers, last=numbers)
def test_a_range_is_the_slice_it_names(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, first: str, last: str
) -> None:
    """The plan against Python's own slices, and the store against the plan."""
    size = len(content)
    plan = plan_response(
        "GET", {"range": f"bytes={first}-{last}"}, size=size, sha256="a", modified_ms=0, mime="video/mp4", filename="a"
    )
    if not first and not last:
        wanted, ignored = content, True
    elif not first:
        wanted, ignored = content[max(0, size - int(last)) :], False
    elif last:
        wanted, ignored = content[int(first) : int(last) + 1], int(last) < int(first)
    else:
        wanted, ignored = content[int(first) :], False
    if ignored:
        assert (plan.status, plan.start, plan.end) == (200, 0, size)
        return
    assert plan.status == (206 if wanted else 416)
    if not wanted:
        assert (plan.headers["Content-Range"], plan.start, plan.end) == (f"bytes */{size}", 0, 0)
        return
    assert plan.headers["Content-Range"] == f"bytes {plan.start}-{plan.end - 1}/{size}"

    async def served() -> bytes:
        blobs, sha256 = await store(tmp_path_factory.getbasetemp() / "ranges", content)
        return b"".join(await read(blobs, sha256, plan.start, plan.end))

    assert run(served()) == wanted


def test_many_contents_are_stored_in_one_go_and_again(tmp_path: Path) -> None:
    contents = [(hashlib.sha256(bytes([n])).hexdigest(), bytes([n]) * n) for n in range(100)]

    async def main() -> None:
        blobs = BlobStore(str(tmp_path / "store"))
        await blobs.put_contents(contents)
        await blobs.put_contents(contents[:10])
        for sha256, content in contents:
            assert b"".join(await read(blobs, sha256, 0, len(content))) == content
        assert sorted(await blobs.hashes()) == sorted(sha256 for sha256, _ in contents)

    run(main())
    made = [path for path in (tmp_path / "store").rglob("*") if path.is_file()]
    assert len(made) == 100  # nothing half-written is left
    assert {path.stat().st_mode & 0o111 for path in made} == {0}
