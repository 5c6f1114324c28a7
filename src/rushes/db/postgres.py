"""The PostgreSQL driver: a pool of connections, a transaction for each `write`.

The rooms' SQL has `:named` parameters and what both databases understand. What only PostgreSQL needs stands in a
comment that SQLite skips, `/*+ FOR UPDATE SKIP LOCKED */`, and is taken out of it here.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, TypeVar

from rushes.db.steps import Row, Steps

if TYPE_CHECKING:
    import asyncpg

T = TypeVar("T")
_NAMED = re.compile(r"'[^']*'|(?<!:):([A-Za-z_]\w*)")
_HINT = re.compile(r"/\*\+(.*?)\*/", re.DOTALL)
_WAIT = 30.0
"""Seconds to wait for a connection, and for a lock."""


class PostgresDatabase:
    """One PostgreSQL database, shared by any number of processes. Make it with `open`, close it in the same loop."""

    def __init__(self, pool: asyncpg.Pool[asyncpg.Record]) -> None:
        self._pool = pool
        self._prepared: dict[str, tuple[str, tuple[str, ...]]] = {}

    @classmethod
    async def open(cls, url: str, *, connections: int = 10) -> PostgresDatabase:
        """Connect. `url` is postgresql://user:password@host:port/database. Raises OSError, asyncpg.PostgresError."""
        import asyncpg

        pool = await asyncpg.create_pool(
            url,
            min_size=1,
            max_size=connections,
            command_timeout=_WAIT * 2,
            max_inactive_connection_lifetime=300,
            server_settings={"application_name": "rushes", "lock_timeout": f"{round(_WAIT * 1000)}"},
        )
        return cls(pool)

    async def rows(self, sql: str, /, **params: Any) -> list[Row]:
        """All rows of a query. Sees every write whose `write` has returned."""
        async with self._pool.acquire(timeout=_WAIT) as connection:
            return await self._run(connection, sql, params)

    async def one(self, sql: str, /, **params: Any) -> Row | None:
        """The first row of a query, or None."""
        found = await self.rows(sql, **params)
        return found[0] if found else None

    async def read(self, steps: Steps[T]) -> T:
        """Run steps that only read, in one snapshot. Raises asyncpg.ReadOnlySQLTransactionError when one writes."""
        async with (
            self._pool.acquire(timeout=_WAIT) as connection,
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            return await self._drive(connection, steps)

    async def write(self, steps: Steps[T]) -> T:
        """Run `steps` in one transaction. What they raise is raised here, and nothing of theirs stays."""
        async with self._pool.acquire(timeout=_WAIT) as connection, connection.transaction():
            return await self._drive(connection, steps)

    async def close(self) -> None:
        """Finish what runs, then close the connections."""
        await self._pool.close()

    async def _drive(self, connection: Any, steps: Steps[T]) -> T:
        try:
            statement = next(steps)
            while True:
                statement = steps.send(await self._run(connection, statement.sql, statement.params))
        except StopIteration as stop:
            return stop.value  # type: ignore[no-any-return]
        finally:
            steps.close()

    async def _run(self, connection: Any, sql: str, params: Any) -> list[Row]:
        known = self._prepared.get(sql)
        if known is None:
            known = self._prepared[sql] = translated(sql)
        text, names = known
        found = await connection.fetch(text, *[params[name] for name in names])
        return [tuple(record) for record in found]


def translated(sql: str) -> tuple[str, tuple[str, ...]]:
    """The statement with `$1` for `:name`, its PostgreSQL hints opened; and the names in their order."""
    names: list[str] = []

    def number(match: re.Match[str]) -> str:
        name = match[1]
        if name is None:  # a quoted text
            return match[0]
        if name not in names:
            names.append(name)
        return f"${names.index(name) + 1}"

    return _NAMED.sub(number, _HINT.sub(r"\1", sql)), tuple(names)
