from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import httpx
import pytest

from rushes import accounts, ledger
from rushes.db import Steps
from rushes.db.postgres import PostgresDatabase
from rushes.jobs import audit
from tests import driving
from tests.faults.peer import Peer, running_peer
from tests.postgres import Postgres
from tests.s3 import S3, running_s3

_READY = re.compile(r"ready at (\S+)")


class Node:
    """One node as a process, with a data folder of its own."""

    program = "tests.cluster.node"

    def __init__(self, role: str, peer: str, home: Path, environ: dict[str, str]) -> None:
        self.home = home
        home.mkdir(exist_ok=True)
        self._log = self._open_log()
        self.process = subprocess.Popen(
            [sys.executable, "-m", self.program, role, peer],
            env={**environ, "RUSHES_HOME": str(home)},
            stdout=subprocess.PIPE, stderr=self._log, text=True, cwd=Path(__file__).parents[2],
        )  # fmt: skip
        assert self.process.stdout is not None
        self.url = ""
        for line in self.process.stdout:
            if found := _READY.search(line):
                self.url = found[1]
                return
        raise RuntimeError(f"the node ended with {self.process.wait()}: {self.log()}")

    def _open_log(self) -> IO[str]:
        """Where its standard error goes."""
        return (self.home.parent / f"{self.home.name}.log").open("a")

    def log(self) -> str:
        return (self.home.parent / f"{self.home.name}.log").read_text()

    def client(self, key: str = "") -> httpx.Client:
        return httpx.Client(base_url=self.url, headers={"Authorization": f"Bearer {key}"} if key else {}, timeout=60)

    def pause(self) -> None:
        """SIGSTOP: as a machine that hangs."""
        self.process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        self.process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        """SIGKILL: no goodbye."""
        self.process.kill()
        self.process.wait()
        self._log.close()

    def stop(self) -> int:
        self.process.terminate()
        return self.process.wait(30)


class Cluster:
    """Nodes on one database and one object store. `serve` and `work` start more."""

    def __init__(self, database: str, s3: S3, peer: Peer, folder: Path) -> None:
        self.database = database
        self.peer = peer
        self.nodes: list[Node] = []
        self._folder = folder
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("RUSHES_", "AWS_"))}
        self.environ = {
            **kept,
            "RUSHES_DATABASE_URL": database,
            "RUSHES_DATABASE_CONNECTIONS": "6",
            "RUSHES_STORAGE_URL": s3.url,
            "RUSHES_STORAGE_OPTIONS": json.dumps(s3.options),
            "RUSHES_SECRET": "s" * 64,
            "RUSHES_NET_ALLOW_PRIVATE": "1",
            "RUSHES_TEXT_MODEL": "off",
            "RUSHES_DRAIN_SECONDS": "0",
        }

    def serve(self, **settings: str) -> Node:
        return self._start("serve", settings)

    def work(self, **settings: str) -> Node:
        return self._start("work", settings)

    def work_without(self, **settings: str) -> Node:
        """A worker that was not told of the peer."""
        return self._start("work", settings, peer="")

    def _start(self, role: str, settings: dict[str, str], peer: str | None = None) -> Node:
        home = self._folder / f"{role}{len(self.nodes)}"
        extra = {f"RUSHES_{name.upper()}": value for name, value in settings.items()}
        node = Node(role, self.peer.url if peer is None else peer, home, {**self.environ, **extra})
        self.nodes.append(node)
        return node

    def do(self, steps: Steps[Any]) -> Any:
        """Commit what `steps` do."""

        async def main() -> Any:
            database = await PostgresDatabase.open(self.database, connections=2)
            try:
                return await database.write(steps)
            finally:
                await database.close()

        return asyncio.run(main())

    def key(self, email: str = "ada@example.com", *, tier: str = "enterprise", credits: int = 1000) -> str:
        """A new user's key."""

        def steps() -> Steps[str]:
            user = yield from accounts.create_user(email, tier=tier, credits=credits)
            return (yield from accounts.create_key(user.account, "rushes", "key")).key

        return str(self.do(steps()))

    def check_books(self) -> None:
        """Every sum is right, every job settled as it ended."""
        findings = self.do(_everything_wrong())
        assert [found for found in findings if found.mismatch] == []

    def close(self) -> None:
        for node in self.nodes:
            if node.process.poll() is None:
                node.process.send_signal(signal.SIGCONT)
                node.kill()


def _everything_wrong() -> Steps[list[ledger.Finding]]:
    return (yield from ledger.audit()) + (yield from audit.audit())


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """Address of a PostgreSQL whose databases the tests may make and drop."""
    if driving.POSTGRES:
        yield driving.POSTGRES
        return
    made = Postgres()
    try:
        yield made.start().url
    finally:
        made.close()


@pytest.fixture(scope="session")
def s3() -> Iterator[S3]:
    with running_s3() as running:
        yield running


@pytest.fixture
def peer() -> Iterator[Peer]:
    with running_peer() as running:
        yield running


@pytest.fixture
def empty(server: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A migrated, empty PostgreSQL database."""
    monkeypatch.setattr(driving, "POSTGRES", server)
    url = asyncio.run(driving.new_postgres())
    yield url
    asyncio.run(driving.drop_postgres(url))


@pytest.fixture
def cluster(empty: str, s3: S3, peer: Peer, tmp_path: Path) -> Iterator[Cluster]:
    made = Cluster(empty, s3, peer, tmp_path)
    yield made
    made.close()


@pytest.fixture
def two(cluster: Cluster) -> tuple[Node, Node]:
    """Two nodes that serve and do no work."""
    return cluster.serve(), cluster.serve()


def submit(client: httpx.Client, prompt: str = "a boat", **headers: str) -> str:
    answer = client.post("/rushes/v1/generations", json={"prompt": prompt, "seconds": 5}, headers=headers)
    assert answer.status_code == 202, answer.text
    return str(answer.json()["id"])
