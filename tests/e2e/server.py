"""A real server process on a data folder of its own, and a small client for it."""

from __future__ import annotations

import asyncio
import copy
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

import httpx

from rushes.cli import operator
from rushes.settings import load
from tests.driving import POSTGRES, Database, InPostgres, InSqlite, drop_postgres, new_postgres

RUSHES = [sys.executable, "-m", "rushes"]
_READY = re.compile(r"ready at (\S+)")


class Server:
    """`rushes serve` as a process. Kill it, start it again: the data folder stays."""

    program = RUSHES

    def __init__(self, home: Path, **settings: Any) -> None:
        self.home = home
        self.environ = {
            **{name: value for name, value in os.environ.items() if not name.startswith("RUSHES_")},
            "RUSHES_HOME": str(home),
            "RUSHES_NET_ALLOW_PRIVATE": "1",
            "RUSHES_MODELS_OFFLINE": "1",
            **{f"RUSHES_{name.upper()}": str(value) for name, value in settings.items()},
        }
        self.process: subprocess.Popen[str] | None = None
        self.url = ""
        self._database = ""
        if POSTGRES and "database_url" not in settings:
            self._database = self.environ["RUSHES_DATABASE_URL"] = asyncio.run(new_postgres())

    def beside(self) -> Self:
        """Another one on the same data folder and database, with the same settings."""
        other = copy.copy(self)
        other.environ = dict(self.environ)
        other.process, other.url, other._database = None, "", ""
        return other

    def start(self, *options: str) -> Self:
        self.process = subprocess.Popen(
            [*self.program, "serve", "--port", "0", *options],
            env=self.environ,
            stdout=subprocess.PIPE,
            stderr=(self.home.parent / f"{self.home.name}.log").open("a"),
            text=True,
        )
        assert self.process.stdout is not None
        for line in self.process.stdout:
            found = _READY.search(line)
            if found:
                self.url = found[1]
                return self
        raise RuntimeError(f"the server ended with {self.process.wait()}: {self.log()}")

    def log(self) -> str:
        return (self.home.parent / f"{self.home.name}.log").read_text()

    def kill(self) -> None:
        """SIGKILL: no goodbye."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def stop(self) -> int:
        """SIGTERM, as an operator's service manager does; the exit status."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(60)

    def close(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.kill()
        if self._database:
            asyncio.run(drop_postgres(self._database))

    def cli(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*RUSHES, *arguments], env=self.environ, capture_output=True, text=True, check=check, timeout=120
        )

    def key(
        self,
        email: str = "ada@example.com",
        *,
        credits: int = 100_000,
        tier: str = "enterprise",
        dialect: str = "usvideo",
    ) -> str:
        """A key, as `rushes keys create` makes it; without a process of its own, which would be half of many tests."""
        made = _apart(operator.create_key(load(self.environ), email, credits, tier, dialect, "tests"))
        return str(made["key"])

    def client(self, key: str | None = None) -> httpx.Client:
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        return httpx.Client(base_url=self.url, headers=headers, timeout=60)

    @contextmanager
    def database(self) -> Iterator[Database]:
        """What it keeps, past the server."""
        url = self.environ.get("RUSHES_DATABASE_URL")
        kept = InPostgres(url) if url else InSqlite(self.home / "rushes.db")
        try:
            yield kept
        finally:
            kept.close()

    def audit(self) -> dict[str, Any]:
        """What `rushes ledger audit` finds."""
        return _apart(operator.audit(load(self.environ)))


def _apart(work: Coroutine[Any, Any, dict[str, Any]]) -> dict[str, Any]:
    """Done in a loop of its own, whether or not the test has one."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()


def children(pid: int) -> list[int]:
    """The direct child processes of `pid`."""
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except FileNotFoundError:
        return []


def wait_for(check: Any, seconds: float = 60.0, pause: float = 0.05) -> Any:
    """The first true value of `check()`, or an assertion error."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        value = check()
        if value:
            return value
        time.sleep(pause)
    raise AssertionError(f"did not happen within {seconds} seconds")


def finished(client: httpx.Client, path: str, seconds: float = 90.0) -> dict[str, Any]:
    """Poll a job until it is over."""

    def look() -> dict[str, Any] | None:
        answer = client.get(path)
        assert answer.status_code == 200, answer.text
        body: dict[str, Any] = answer.json()
        over = body.get("status") in ("completed", "failed") or body.get("state") in (
            "succeeded",
            "failed",
            "cancelled",
        )
        return body if over else None

    result: dict[str, Any] = wait_for(look, seconds, 0.1)
    return result


def files_on_disk(home: Path) -> set[str]:
    """The sha256 names of all stored files."""
    return {path.name for path in (home / "files").rglob("*") if path.is_file()}
