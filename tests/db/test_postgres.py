"""The PostgreSQL driver: hints and names, atomic writes, errors that say whether to come back."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from rushes.db import Misused, Steps, Unavailable, migrate, one, rows, run
from rushes.db.channel import Channel, batches
from rushes.db.opening import check_url
from rushes.db.postgres import PostgresDatabase, translated
from tests.driving import POSTGRES, drop_postgres, new_postgres

on_a_server = pytest.mark.skipif(not POSTGRES, reason="needs a server: `make test` runs these tests on one")
Story = Callable[[PostgresDatabase], Awaitable[None]]


def play(story: Story) -> None:
    async def main() -> None:
        url = await new_postgres()
        database = await PostgresDatabase.open(url, connections=8)
        try:
            await story(database)
        finally:
            await database.close()
            await drop_postgres(url)

    asyncio.run(main())


def test_names_become_numbers_and_hints_are_opened() -> None:
    sql = "SELECT ':a', :b::text, :a /*+ FOR UPDATE */ /* :c */ WHERE x = :b"
    text, names = translated(sql.replace("/* :c */ ", ""))
    assert text == "SELECT ':a', $1::text, $2  FOR UPDATE  WHERE x = $1"
    assert names == ("b", "a")


def add(name: str) -> Steps[str]:
    yield from run("INSERT INTO accounts (id, name, tier, created_at) VALUES (:id, 'n', 'free', 1)", id=name)
    return name


def add_then_fail(name: str) -> Steps[None]:
    yield from add(name)
    raise LookupError(name)


@on_a_server
def test_a_write_is_all_or_nothing_and_seen_by_reads() -> None:
    async def story(database: PostgresDatabase) -> None:
        assert await database.write(add("a1")) == "a1"
        with pytest.raises(LookupError):
            await database.write(add_then_fail("a2"))
        assert await database.rows("SELECT id FROM accounts") == [("a1",)]
        assert await database.one("SELECT id FROM accounts WHERE id = :id", id="a2") is None
        assert await database.one("SELECT id FROM accounts WHERE id = :id", id="a\0b") is None

    play(story)


@on_a_server
def test_reads_cannot_write() -> None:
    import asyncpg

    async def story(database: PostgresDatabase) -> None:
        for reading in (database.read(add("a")), database.aside(add("a"), 5)):
            with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
                await reading

    play(story)


@on_a_server
def test_what_is_read_aside_has_its_own_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rushes.db.postgres._COMMAND", 0.2)

    async def story(database: PostgresDatabase) -> None:
        with pytest.raises(Unavailable):
            await database.read(run("SELECT /*+ pg_sleep(1), */ 1"))
        await database.aside(run("SELECT /*+ pg_sleep(0.4), */ 1"), 5)
        with pytest.raises(TimeoutError):
            await database.aside(run("SELECT /*+ pg_sleep(5), */ 1"), 0.2)

    play(story)


@on_a_server
def test_a_deadlock_is_for_now_and_one_of_the_two_goes_on() -> None:
    async def story(database: PostgresDatabase) -> None:
        for name in ("a", "b"):
            await database.write(add(name))

        def both(first: str, second: str) -> Steps[None]:
            for name in (first, second):
                yield from run("UPDATE accounts SET stored_bytes = stored_bytes + 1 WHERE id = :id", id=name)
                yield from run("SELECT /*+ pg_sleep(0.3), */ 1")

        ends = await asyncio.gather(
            database.write(both("a", "b")), database.write(both("b", "a")), return_exceptions=True
        )
        assert sorted(type(end).__name__ for end in ends) == ["NoneType", "Unavailable"]

    play(story)


@on_a_server
def test_connections_that_are_cut_are_made_again() -> None:
    async def story(database: PostgresDatabase) -> None:
        cut = (
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'rushes'"
            " AND pid <> pg_backend_pid() AND datname = current_database()"
        )
        await asyncio.gather(*(database.one("SELECT 1") for _ in range(4)))
        await database.write(rows(cut))
        for number in range(10):  # one that is cut while it is taken is away for now, and only once
            try:
                assert await database.one("SELECT 1") == (1,)
                assert await database.write(add(f"a{number}")) == f"a{number}"
            except Unavailable:
                assert number < 6

    play(story)


@on_a_server
def test_many_start_together_and_one_migrates() -> None:
    import asyncpg

    async def main() -> None:
        server = await asyncpg.connect(POSTGRES)
        name = "migrating"
        await server.execute(f"DROP DATABASE IF EXISTS {name}")
        await server.execute(f"CREATE DATABASE {name}")
        url = f"{POSTGRES.rpartition('/')[0]}/{name}"
        try:
            assert await migrate.current_postgres(url) is None
            await asyncio.gather(*(migrate.upgrade_postgres(url) for _ in range(3)))
            assert await migrate.current_postgres(url) == migrate.head()
            assert not await migrate.upgrade_postgres(url)
            connection = await asyncpg.connect(url)
            await connection.execute("UPDATE alembic_version SET version_num = '9999'")
            await connection.close()
            with pytest.raises(Misused, match="newer"):
                await migrate.upgrade_postgres(url)
        finally:
            await server.execute(f"DROP DATABASE {name} WITH (FORCE)")
            await server.close()

    asyncio.run(main())


@on_a_server
def test_news_reach_the_others_and_after_a_break_all_are_told() -> None:
    async def main() -> None:
        url = await new_postgres()
        database = await PostgresDatabase.open(url, connections=2)
        heard: list[list[str]] = [[], []]
        one_, two = (Channel(url, each.append) for each in heard)
        one_.start(), two.start()
        try:
            async with asyncio.timeout(20):
                while not (one_.open and two.open):
                    await asyncio.sleep(0.01)
                for number in range(2000):
                    one_.tell(f"j{number}")
                while len(heard[1]) < 2001:
                    await asyncio.sleep(0.01)
                assert heard == [[""], ["", *(f"j{number}" for number in range(2000))]]
                await database.write(
                    rows(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                        " WHERE application_name = 'rushes news' AND datname = current_database()"
                    )
                )
                while heard[0] != ["", ""]:
                    await asyncio.sleep(0.01)
        finally:
            await asyncio.gather(one_.close(), two.close())
            await database.close()
            await drop_postgres(url)

    asyncio.run(main())


def test_messages_are_packed_as_tightly_as_they_may_be() -> None:
    messages = [f"j{'é' * 200}{number}" for number in range(100)]
    packed = batches("me", messages)
    assert max(len(each.encode()) for each in packed) <= 8000
    assert [line for each in packed for line in each.split("\n")[1:]] == messages
    assert len(packed) < 10
    assert batches("me", []) == []


@pytest.mark.parametrize("url", ["mysql://h/d", "postgresql://h", "postgresql://h:x/d", "rushes.db"])
def test_addresses_that_are_none_are_refused(url: str) -> None:
    with pytest.raises(Misused, match="database_url"):
        check_url(url)


def test_a_server_that_is_not_there_is_away_for_now(tmp_path: Path) -> None:
    with pytest.raises(Unavailable):
        asyncio.run(PostgresDatabase.open("postgresql://rushes@127.0.0.1:9/d"))


@on_a_server
def test_one_reads_what_is_one() -> None:
    async def story(database: PostgresDatabase) -> None:
        assert await database.read(one("SELECT 1, 'two', NULL")) == (1, "two", None)

    play(story)
