"""Opening the database that the settings name: the only place that knows which driver that is."""

from __future__ import annotations

import sqlite3
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

from rushes.db import migrate
from rushes.db.driver import Database
from rushes.db.errors import Misused
from rushes.db.sqlite import SqliteDatabase
from rushes.disk import own_folder

FILE = "rushes.db"
_SCHEMES = ("postgresql", "postgres")


async def open_database(
    home: Path, url: str = "", *, direct: str = "", sync: str = "full", connections: int = 10
) -> Database:
    """The database at `url`, or SQLite in the folder `home`; its tables are brought up to date first. With `direct`,
    the same database's own address, `url` is a pooler's.

    Raises Misused (an address that cannot be used, a package that is missing, a newer database), Unavailable.
    """
    await upgrade_database(home, direct or url)
    if url:
        check_url(url)
        from rushes.db.postgres import PostgresDatabase

        return await PostgresDatabase.open(url, connections=connections, pooled=bool(direct))
    return SqliteDatabase(home / FILE, sync="normal" if sync == "normal" else "full")


async def upgrade_database(home: Path, url: str = "") -> bool:
    """Bring the tables up to date. True when something changed. Of all who start together, one does it.

    Raises Misused, Unavailable.
    """
    if url:
        check_url(url)
        return await migrate.upgrade_postgres(url)
    try:
        own_folder(home)
        return migrate.upgrade(home / FILE)
    except OSError as error:
        raise Misused(f"the data folder {home} cannot be used: {error.strerror or error}") from None
    except sqlite3.DatabaseError as error:
        raise Misused(f"the database {home / FILE} cannot be used: {error}") from None


def check_url(url: str) -> None:
    """Raises Misused unless this is an address of PostgreSQL and what speaks to it is installed."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError as error:
        raise Misused(f"database_url is no address: {error}") from None
    if parts.scheme not in _SCHEMES or not parts.path.strip("/"):  # not shown: it may hold a password
        raise Misused("database_url must be postgresql://user:password@host:port/database, or empty for SQLite")
    if find_spec("asyncpg") is None:
        raise Misused("database_url needs the package asyncpg: pip install 'rushes[postgres]'")
