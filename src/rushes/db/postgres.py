"""The PostgreSQL driver: pools of connections, a transaction for each `write`.

The rooms' SQL has `:named` parameters and what both databases understand. What only PostgreSQL needs stands in a
comment that SQLite skips, `/*+ FOR UPDATE SKIP LOCKED */`, and is taken out of it here.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from rushes.db.errors import Misused, Unavailable
from rushes.db.steps import Each, Load, Many, Row, Statement, Step, Steps, with_table
from rushes.db.together import Together

if TYPE_CHECKING:
    import asyncpg

T = TypeVar("T")
Prepared = dict[str, tuple[str, tuple[str, ...]]]
"""Statements as they were written, as PostgreSQL takes them, and the names of their parameters in order."""
_NAMED = re.compile(r"'[^']*'|(?<!:):([A-Za-z_]\w*)")
_HINT = re.compile(r"/\*\+(.*?)\*/", re.DOTALL)
_NUMBER = "number_of_the_caller"
_CONNECT, _WAIT, _COMMAND = 5.0, 15.0, 60.0
"""Seconds to wait: for a new connection; for one of the pool, and for a lock; for the answer to one statement."""
_SESSION = {"jit": "off", "lock_timeout": f"{round(_WAIT * 1000)}", "idle_in_transaction_session_timeout": "60000"}
"""What holds for every session, or behind a pooler, which keeps none, for every transaction."""


class PostgresDatabase:
    """One PostgreSQL database, shared by any number of processes. Make it with `open`, close it in the same loop.

    Reads have connections of their own that cannot write, so they need no transaction around them: one round trip each.
    Behind a pooler (`pooled`) that is so of a transaction only, and statements are not prepared beforehand.
    """

    shared = True

    def __init__(
        self, reading: asyncpg.Pool[asyncpg.Record], writing: asyncpg.Pool[asyncpg.Record], *, pooled: bool = False
    ) -> None:
        self._reading = reading
        self._writing = writing
        self._pooled = pooled
        self._prepared: Prepared = {}
        self._asked: dict[str, Together[Mapping[str, Any], Row | None]] = {}
        self._waiting = 0
        self.timed: Callable[[float], None] | None = None
        """Is told the seconds that each write took, waiting included."""

    @classmethod
    async def open(cls, url: str, *, connections: int = 10, pooled: bool = False) -> PostgresDatabase:
        """Connect. `url` is postgresql://user:password@host:port/database; of `connections` half only read. `pooled`:
        it is that of a pooler which gives a connection for a transaction (PgBouncer's pool_mode=transaction).

        Raises Unavailable, Misused.
        """
        half = max(1, connections // 2)
        session = {} if pooled else _SESSION
        only_reads = {} if pooled else {"default_transaction_read_only": "on"}
        async with told():
            reading = await _pool(url, half, session | only_reads)
            try:
                await reading.fetchval("SELECT 1")
                return cls(reading, await _pool(url, max(1, connections - half), session), pooled=pooled)
            except BaseException:
                await reading.close()
                raise

    async def rows(self, sql: str, /, **params: Any) -> list[Row]:
        """All rows of a query. Sees every write whose `write` has returned."""
        async with told(), self._reading.acquire(timeout=_WAIT) as connection, self._read_only(connection):
            return await fetched(connection, Statement(sql, params), self._prepared)

    async def one(self, sql: str, /, **params: Any) -> Row | None:
        """The first row of a query, or None. The same query of several callers at a time takes one round trip."""
        asked = self._asked.get(sql)
        if asked is None:
            asked = self._asked[sql] = Together(partial(self._firsts, sql))
        return await asked.do(params)

    async def _firsts(self, sql: str, each: Sequence[Mapping[str, Any]]) -> list[Row | None]:
        """The first row of a query for each set of parameters."""
        async with told(), self._reading.acquire(timeout=_WAIT) as connection, self._read_only(connection):
            if len(each) == 1:
                found = await fetched(connection, Statement(sql, each[0]), self._prepared)
                return [found[0] if found else None]
            numbered = [{**params, _NUMBER: number} for number, params in enumerate(each)]
            asked = f"SELECT CAST(:{_NUMBER} AS integer), asked.* FROM ({sql}) AS asked"
            firsts: dict[int, Row] = {}
            for number, *row in await fetched(connection, Many(asked, numbered), self._prepared):
                firsts.setdefault(number, tuple(row))
        return [firsts.get(number) for number in range(len(each))]

    async def read(self, steps: Steps[T]) -> T:
        """Run steps that only read, each as things are then. Raises asyncpg.ReadOnlySQLTransactionError when one
        writes.
        """
        async with told(), self._reading.acquire(timeout=_WAIT) as connection, self._read_only(connection):
            return await self._drive(connection, steps)

    async def snapshot(self, steps: Steps[T], seconds: float | None = None) -> T:
        """Run steps that only read, all at one moment; each may take so many seconds (usually 60)."""
        how = "ISOLATION LEVEL REPEATABLE READ READ ONLY"
        async with told(), self._reading.acquire(timeout=_WAIT) as connection, self._transaction(connection, how):
            return await self._drive(connection, steps, seconds)

    async def write(self, steps: Steps[T]) -> T:
        """Run `steps` in one transaction. What they raise is raised here, and nothing of theirs stays."""
        started = time.perf_counter()
        self._waiting += 1
        waits = True
        try:
            async with told(), self._writing.acquire(timeout=_WAIT) as connection, self._transaction(connection):
                self._waiting -= 1
                waits = False
                return await self._drive(connection, steps)
        finally:
            self._waiting -= waits
            if self.timed is not None:
                self.timed(time.perf_counter() - started)

    async def aside(self, steps: Steps[T], seconds: float) -> T:
        """Run steps that only read and may take long, all at one moment. Raises TimeoutError after `seconds`."""
        async with asyncio.timeout(seconds):
            return await self.snapshot(steps, seconds)

    def load(self) -> Load:
        """How busy it is."""
        size = self._reading.get_size() + self._writing.get_size()
        idle = self._reading.get_idle_size() + self._writing.get_idle_size()
        return Load(waiting=self._waiting, used=size - idle, idle=idle)

    async def close(self) -> None:
        """Finish what runs, then close the connections."""
        await self._reading.close()
        await self._writing.close()

    async def _drive(self, connection: Any, steps: Steps[T], seconds: float | None = None) -> T:
        return await driven(connection, steps, self._prepared, seconds)

    def _read_only(self, connection: Any) -> AbstractAsyncContextManager[None]:
        return self._transaction(connection, "READ ONLY") if self._pooled else nullcontext()

    @asynccontextmanager
    async def _transaction(self, connection: Any, how: str = "") -> AsyncIterator[None]:
        """A transaction; behind a pooler with what the session cannot say, in one message with its beginning."""
        local = "".join(f"; SET LOCAL {name} = {value}" for name, value in _SESSION.items()) if self._pooled else ""
        await connection.execute(f"BEGIN {how}{local}")
        try:
            yield
        except BaseException:
            if not connection.is_closed():
                await connection.execute("ROLLBACK")
            raise
        await connection.execute("COMMIT")


async def driven(connection: Any, steps: Steps[T], prepared: Prepared | None = None, seconds: float | None = None) -> T:
    """Run steps on a connection, in whatever transaction it is; each for so many seconds, else the connection's own."""
    known = {} if prepared is None else prepared
    try:
        statement = next(steps)
        while True:
            statement = steps.send(await fetched(connection, statement, known, seconds))
    except StopIteration as stop:
        return stop.value  # type: ignore[no-any-return]
    finally:
        steps.close()


async def fetched(connection: Any, step: Step, prepared: Prepared, seconds: float | None = None) -> list[Row]:
    """Run a step; its rows. `seconds` is how long it may take, where not the connection's own limit holds."""
    known = prepared.get(step.sql)
    if known is None:
        known = prepared[step.sql] = translated(step.sql)
    text, names = known
    if isinstance(step, Each):
        columns = zip(*step.values, strict=True)
        found = await connection.fetch(
            text, *[[storable(value) for value in column] for column in columns], timeout=seconds
        )
    elif isinstance(step, Statement):
        found = await connection.fetch(text, *[storable(step.params[name]) for name in names], timeout=seconds)
    else:
        each = [[storable(params[name]) for name in names] for params in step.each]
        found = await connection.fetchmany(text, each, timeout=seconds)
    return [tuple(record) for record in found]


async def _pool(url: str, most: int, session: Mapping[str, str]) -> Any:
    import asyncpg

    return await asyncpg.create_pool(
        url,
        min_size=0,  # the pool would write down every failure to keep up more
        max_size=most,
        timeout=_CONNECT,
        command_timeout=_COMMAND,
        max_inactive_connection_lifetime=300,
        statement_cache_size=500 if session else 0,
        max_cached_statement_lifetime=0,
        reset=_as_it_is,
        server_settings={"application_name": "rushes", **session},
    )


async def _as_it_is(_: Any) -> None:
    """Nothing of a session outlives its transaction here, so what is given back need not be reset: a round trip."""


@asynccontextmanager
async def told() -> AsyncIterator[None]:
    """Tell what is only for now (no connection, a deadlock, a full server) from what is wrong with a statement."""
    import asyncpg

    try:
        yield
    except (asyncpg.InvalidAuthorizationSpecificationError, asyncpg.InvalidCatalogNameError) as error:
        raise Misused(f"the database refuses us: {error}") from None
    except asyncpg.ProtocolViolationError as error:
        if "startup parameter" not in str(error):
            raise Unavailable("the database cannot be reached now") from error
        raise Misused("database_url leads to a pooler: set database_direct_url too (docs/deploying.md)") from None
    except (
        OSError,
        asyncpg.PostgresConnectionError,
        asyncpg.OperatorInterventionError,
        asyncpg.InsufficientResourcesError,
        asyncpg.TransactionRollbackError,
        asyncpg.LockNotAvailableError,
        asyncpg.IdleInTransactionSessionTimeoutError,
        asyncpg.InternalClientError,  # a connection that the server has just ended, not read to its end yet
    ) as error:
        raise Unavailable("the database cannot be reached now") from error
    except asyncpg.InterfaceError as error:
        if isinstance(error, ValueError):  # a value that does not fit its column
            raise
        raise Unavailable("the database cannot be reached now") from error


def storable(value: Any) -> Any:
    """The value; a text without the character NUL, which PostgreSQL cannot keep."""
    if type(value) is str and "\0" in value:
        return value.replace("\0", "\N{REPLACEMENT CHARACTER}")
    return value


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

    return _NAMED.sub(number, with_table(opened(sql), _unnested)), tuple(names)


def _unnested(columns: Sequence[tuple[str, str]]) -> str:
    """A table of values: each column is one parameter, an array."""
    arrays = ", ".join(f"CAST(${number} AS {kind}[])" for number, (_, kind) in enumerate(columns, 1))
    return f"(SELECT * FROM unnest({arrays}) AS given ({', '.join(name for name, _ in columns)}))"


def opened(sql: str) -> str:
    """The statement with its PostgreSQL hints for all to see."""
    return _HINT.sub(r"\1", sql)
