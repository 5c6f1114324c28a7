"""`rushes db …`: bringing tables up to date, and moving an installation from SQLite to PostgreSQL."""

from __future__ import annotations

import asyncio
import hashlib
import tempfile
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, TypeVar

from rushes.cli.common import fail
from rushes.db import Misused, Steps, Unavailable
from rushes.settings import Settings

T = TypeVar("T")
_AT_A_TIME = 8


def upgrade(settings: Settings) -> str:
    """Bring the tables up to date. What was done."""
    from rushes.db import migrate
    from rushes.db.opening import upgrade_database

    changed = _run(upgrade_database(settings.home_path, settings.database_itself))
    return "upgraded to " + migrate.head() if changed else "up to date at " + migrate.head()


def agree_anew(settings: Settings) -> None:
    """Forget what all nodes have alike."""
    from rushes.cli.operator import opened
    from rushes.db.agreed import forget

    async def work() -> None:
        async with opened(settings) as database:
            await database.write(forget())

    _run(work())


def copy(settings: Settings, to: str, files: str, say: Callable[[str], None]) -> None:
    """Copy database and files, and prove the copy."""
    if settings.database_url:
        fail("database_url is set: this copies from SQLite in the data folder; run it without")
    if not (settings.home_path / "rushes.db").exists():
        fail(f"there is no database in {settings.home_path}")
    _run(_copy(settings, to, files, say))


async def _copy(settings: Settings, to: str, files: str, say: Callable[[str], None]) -> None:
    from rushes import ledger
    from rushes.db.copying import copy_all
    from rushes.db.opening import FILE, check_url, upgrade_database
    from rushes.jobs import audit
    from rushes.library.blobs import BlobStore
    from rushes.node import Node

    check_url(to)
    home = settings.home_path
    node = Node(home)
    try:
        if not node.clear_dead():
            raise Misused("a server or worker is running on this data folder; stop it first")
        await upgrade_database(home)
        await upgrade_database(home, to)
        if files:
            target = BlobStore(files, settings.storage_options)
            await target.check()
            await _copy_files(BlobStore(settings.storage_url or str(home / "files")), target, say)

        def proof() -> Steps[list[str]]:
            findings = (yield from ledger.audit()) + (yield from audit.audit())
            return [f"{found.check}: {found.subject} {found.detail}" for found in findings if found.mismatch]

        for table in await copy_all(home / FILE, to, proof=proof):
            say(f"{table.table}: {table.rows} rows, sha256 {table.sha256[:16]}")
    finally:
        node.close()
    say("copied and proven: every row, the ledger, the files" if files else "copied and proven: every row, the ledger")
    say("now start with RUSHES_DATABASE_URL" + (", RUSHES_STORAGE_URL" if files else "") + " and RUSHES_SECRET set")
    if not settings.secret:
        say(f"the secret to set is in {home / 'secret'}")


async def _copy_files(source: Any, target: Any, say: Callable[[str], None]) -> None:
    """Every file, some at a time; each is read back from where it went and hashed."""
    there = set(await target.hashes())
    wanted = await source.hashes()
    slots = asyncio.Semaphore(_AT_A_TIME)

    async def one(sha256: str, folder: Path) -> None:
        async with slots:
            path = folder / sha256
            if sha256 not in there or await _hash(target, sha256) != sha256:
                await _fetch(source, sha256, path)
                await target.put_file(path, sha256)
                path.unlink()
                if await _hash(target, sha256) != sha256:
                    raise Misused(f"file {sha256} differs after it was copied")

    with tempfile.TemporaryDirectory() as folder:
        await asyncio.gather(*(one(sha256, Path(folder)) for sha256 in wanted))
    say(f"files: {len(wanted)}, each read back and hashed")


async def _fetch(source: Any, sha256: str, path: Path) -> None:
    digest = hashlib.sha256()
    with path.open("wb") as file:
        async for chunk in source.get_range(sha256, 0, await source.size(sha256)):
            digest.update(chunk)
            file.write(chunk)
    if digest.hexdigest() != sha256:
        raise Misused(f"file {sha256} is damaged in the data folder")


async def _hash(store: Any, sha256: str) -> str:
    digest = hashlib.sha256()
    async for chunk in store.get_range(sha256, 0, await store.size(sha256)):
        digest.update(chunk)
    return digest.hexdigest()


def _run(work: Coroutine[Any, Any, T]) -> T:
    from rushes.cli.operator import Refused
    from rushes.db.copying import NotTheSame

    try:
        return asyncio.run(work)
    except (Misused, Unavailable, NotTheSame, Refused) as error:
        fail(str(error))
    except OSError as error:
        fail(str(error.strerror or error))
