"""Nodes that reach PostgreSQL through PgBouncer in transaction mode; skipped where no pgbouncer is on the PATH."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from rushes.db import Misused, one, run
from rushes.db.postgres import PostgresDatabase
from rushes.jobs import hooks
from tests.cluster.conftest import Cluster, submit
from tests.cluster.test_nodes import held
from tests.e2e.server import finished, wait_for
from tests.faults.peer import Peer
from tests.s3 import S3

_NOBODY = 65534
_CONFIG = """
[databases]
{database} = host=127.0.0.1 port={port} user=rushes
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {own}
auth_type = any
auth_file = users
pool_mode = transaction
default_pool_size = 4
max_client_conn = 200
unix_socket_dir =
"""


@pytest.fixture
def pooler(empty: str) -> Iterator[str]:
    """The address of `empty` through a PgBouncer that has four connections for all."""
    program = shutil.which("pgbouncer")
    if program is None:
        pytest.skip("there is no pgbouncer")
    server, _, database = empty.rpartition("/")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        own = int(free.getsockname()[1])
    folder = Path(tempfile.mkdtemp(prefix="pgbouncer-", dir="/tmp"))
    (folder / "users").write_text('"rushes" ""\n')
    (folder / "ini").write_text(_CONFIG.format(database=database, port=server.rpartition(":")[2], own=own))
    who = {"user": _NOBODY, "group": _NOBODY} if os.geteuid() == 0 else {}
    folder.chmod(0o755)
    with (folder / "log").open("w") as log:
        process = subprocess.Popen([program, "ini"], cwd=folder, stdout=log, stderr=log, **who)  # type: ignore[call-overload]
    url = f"postgresql://rushes@127.0.0.1:{own}/{database}"
    try:
        wait_for(lambda: _answers(own) or process.poll() is not None, 20)
        assert process.poll() is None, (folder / "log").read_text()
        yield url
    finally:
        process.terminate()
        process.wait()
        shutil.rmtree(folder)


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_a_cluster_behind_a_pooler(empty: str, pooler: str, s3: S3, peer: Peer, tmp_path: Path) -> None:
    cluster = Cluster(empty, s3, peer, tmp_path)
    cluster.environ |= {"RUSHES_DATABASE_URL": pooler, "RUSHES_DATABASE_DIRECT_URL": empty}
    try:
        hour = {"test_between": "3600"}
        with held(cluster, hour, poll=["running"]) as it, cluster.serve().client(it.key) as other:
            more = [submit(other, f"boat {number}") for number in range(20)]
            for job in more:
                assert finished(other, f"/rushes/v1/generations/{job}")["state"] == "succeeded"
            # News go past the pooler: without them nobody would look within the hour.
            path = hooks.PATH + hooks.token(it.job, cluster.environ["RUSHES_SECRET"])
            assert other.post(path).is_success
            assert it.succeeds()
    finally:
        cluster.close()


def test_transactions_behind_a_pooler_have_what_a_session_would_have(pooler: str) -> None:
    async def main() -> None:
        database = await PostgresDatabase.open(pooler, connections=12, pooled=True)
        try:
            await database.write(run("CREATE TABLE counts (n BIGINT)"))
            await database.write(run("INSERT INTO counts VALUES (0)"))
            await asyncio.gather(*(database.write(run("UPDATE counts SET n = n + 1")) for _ in range(100)))
            reads = await asyncio.gather(*(database.one("SELECT n, :name FROM counts", name="x") for _ in range(100)))
            assert set(reads) == {(100, "x")}
            for wanted, name in (("15s", "lock_timeout"), ("off", "jit")):
                assert await database.write(one(f"SELECT current_setting('{name}')")) == (wanted,)
            with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
                await database.read(run("UPDATE counts SET n = 0"))
            with pytest.raises(asyncpg.UndefinedTableError):
                await database.write(run("UPDATE nothing SET n = 0"))
            assert await database.one("SELECT n FROM counts") == (100,)
        finally:
            await database.close()

    asyncio.run(main())


def test_a_pooler_that_is_taken_for_the_database_itself_is_named(pooler: str) -> None:
    with pytest.raises(Misused, match="database_direct_url"):
        asyncio.run(PostgresDatabase.open(pooler))
