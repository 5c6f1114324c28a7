"""Files that are stored at the same time: each of them whole, and none in another's way."""

from __future__ import annotations

import asyncio
import hashlib
import shutil
from collections.abc import Sequence
from pathlib import Path

from rushes.accounts import create_user
from rushes.db import SqliteDatabase, run
from rushes.library import Library, assets
from rushes.library.blobs import BlobStore
from tests.driving import Database


class _Breaking(BlobStore):
    """A store that cannot keep some bytes."""

    def __init__(self, place: str, bad: bytes) -> None:
        super().__init__(place)
        self.bad = bad

    async def put_contents(self, contents: Sequence[tuple[str, bytes]]) -> None:
        if any(content == self.bad for _, content in contents):
            raise OSError("cannot be written")
        await super().put_contents(contents)


def test_one_that_cannot_be_stored_fails_alone(empty_database: Path, tmp_path: Path) -> None:
    path = tmp_path / "rushes.db"
    shutil.copy(empty_database, path)

    async def main() -> None:
        database = SqliteDatabase(path)
        blobs = _Breaking(str(tmp_path / "store"), b"7")
        library = Library(database, blobs)
        await database.write(
            run("INSERT INTO accounts (id, name, tier, created_at) VALUES (:id, '', 'free', 1)", id="a")
        )

        async def add(content: bytes) -> assets.Asset:
            return await library.add(
                content, account="a", job=None, role="output", kind="text", mime="application/json"
            )

        found = await asyncio.gather(*(add(b"%d" % n) for n in range(40)), return_exceptions=True)
        for number, asset in enumerate(found):
            if number == 7:
                assert isinstance(asset, OSError)
                continue
            assert isinstance(asset, assets.Asset)
            assert asset.sha256 == hashlib.sha256(b"%d" % number).hexdigest()
            assert [chunk async for chunk in library.read(asset, 0, asset.size)] == [b"%d" % number]
        # The record of the one that failed is there before its bytes: it says what to tidy.
        assert await database.one("SELECT count(*) FROM assets WHERE state = 'staged'") == (40,)
        await database.close()

    asyncio.run(main())


def test_staging_again_changes_nothing(database: Database) -> None:
    account = database.do(create_user("ada@example.com", tier="free")).account
    asset = assets.Asset(
        id="asset_1", account_id=account, job_id=None, role="output", kind="text", mime="m", sha256="s", size=3
    )
    assert database.do(assets.stage_all([asset])) == [True]
    assert database.do(assets.stage_all([asset])) == [True]
    database.do(assets.publish(account, [asset.id], None))
    assert database.do(assets.stage_all([asset])) == [True]
    assert database.value("SELECT state FROM assets") == "ready"
    assert database.do(assets.stored_bytes(account)) == 3
