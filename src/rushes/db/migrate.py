"""Bringing a database's tables up to date. Alembic is loaded only when there is something to do."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

from rushes.db.errors import Misused
from rushes.db.postgres import opened, told

HERE = Path(__file__).parent / "migrations"
_PATIENCE = 10.0
_LOCK = 0x52555348
"""Of all who start on one PostgreSQL together, one migrates and the others wait."""


def head() -> str:
    """The newest revision this code knows."""
    return max(path.stem for path in (HERE / "sql").glob("*.sql"))


def current(path: Path) -> str | None:
    """The revision of the database at `path`, None when it has no tables of ours yet."""
    if not path.exists():
        return None
    connection = sqlite3.connect(path)
    try:
        row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.OperationalError:
        return None
    finally:
        connection.close()
    return str(row[0]) if row else None


def upgrade(path: Path) -> bool:
    """Migrate the SQLite database at `path`. True when something changed.

    Raises Misused, sqlite3.DatabaseError where it cannot be read or written.
    """
    if not _behind(current(path)):
        return False
    from sqlalchemy import create_engine
    from sqlalchemy.exc import DBAPIError

    engine = create_engine(f"sqlite:///{path}")
    try:
        with engine.begin() as connection:
            _upgrade(connection)
    except DBAPIError as error:
        raise error.orig or error from None
    finally:
        engine.dispose()
    return True


async def current_postgres(url: str) -> str | None:
    """The revision of the PostgreSQL database at `url`, None when it has no tables of ours yet."""
    import asyncpg

    async with told():
        connection = await asyncpg.connect(url, timeout=_PATIENCE)
        try:
            found: str | None = await connection.fetchval("SELECT version_num FROM alembic_version")
            return found
        except asyncpg.UndefinedTableError:
            return None
        finally:
            await connection.close()


async def upgrade_postgres(url: str) -> bool:
    """Migrate the PostgreSQL database at `url`, all of it or nothing. True when something changed.

    Raises Misused, Unavailable.
    """
    if not _behind(await current_postgres(url)):
        return False
    from sqlalchemy import text
    from sqlalchemy.ext.asyncio import create_async_engine

    engine = create_async_engine("postgresql+asyncpg://" + url.partition("://")[2])
    try:
        async with told(), engine.begin() as connection:
            await connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
            await connection.run_sync(_upgrade)
    finally:
        await engine.dispose()
    return True


def _behind(known: str | None) -> bool:
    if known is not None and known > head():
        raise Misused(f"the database is of a newer Rushes (revision {known}, this one knows {head()})")
    return known != head()


def _upgrade(connection: Any) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(HERE))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def run_script(revision: str) -> None:
    """Run the statements of migrations/sql/<revision>.sql inside an Alembic migration."""
    from alembic import op

    text = (HERE / "sql" / f"{revision}.sql").read_text()
    code = "\n".join(line for line in text.splitlines() if not line.startswith("--"))
    if op.get_bind().dialect.name == "postgresql":
        code = opened(code)
    for statement in code.split(";"):
        if statement.strip():
            op.execute(statement)
