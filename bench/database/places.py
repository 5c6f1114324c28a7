"""The two databases under measurement, each as the settings of a server on it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from tests.postgres import Postgres

from bench.server import cpu_of


class Place(Protocol):
    """A kind of database."""

    name: str
    goal: int
    """Jobs a second through their whole life."""

    def new(self) -> dict[str, str]:
        """Settings of servers on a new, empty database, beside their data folder."""
        ...

    def cpu(self) -> float:
        """Seconds that the database's own processes have computed."""
        ...


class Sqlite:
    """SQLite, in the servers' data folder and processes."""

    name = "SQLite"
    goal = 4000

    def new(self) -> dict[str, str]:
        return {}

    def cpu(self) -> float:
        return 0.0


class OnServer:
    """A PostgreSQL server of our own that keeps what it commits, as SQLite does."""

    name = "PostgreSQL"
    goal = 1000

    def __init__(self, server: Postgres) -> None:
        self._server = server
        self._made = 0

    def new(self) -> dict[str, str]:
        self._made += 1
        name = f"bench{self._made}"
        asyncio.run(_execute(self._server.url, f"CREATE DATABASE {name}"))
        return {"database_url": f"{self._server.url.rpartition('/')[0]}/{name}"}

    def cpu(self) -> float:
        return cpu_of(int((self._server.folder / "data" / "postmaster.pid").read_text().split()[0]))


@contextmanager
def both() -> Iterator[tuple[Place, ...]]:
    """SQLite and PostgreSQL."""
    server = Postgres(durable=True)
    try:
        yield Sqlite(), OnServer(server.start())
    finally:
        server.close()


def settle(settings: dict[str, str]) -> None:
    """What a database in use has done by itself before long: its statistics are up to date (SQLite: at each close)."""
    if url := settings.get("database_url"):
        asyncio.run(_execute(url, "VACUUM ANALYZE"))


async def _execute(url: str, sql: str) -> None:
    import asyncpg

    connection = await asyncpg.connect(url)
    try:
        await connection.execute(sql)
    finally:
        await connection.close()
