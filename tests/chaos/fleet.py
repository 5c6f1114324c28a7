"""The nodes of a campaign, and whoever starts them again: a service manager that never gives up."""

from __future__ import annotations

import os
import resource
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO

from tests.cluster.conftest import Cluster, Node
from tests.e2e.server import children

_AGAIN = 0.5
"""Seconds until a start that failed is tried again."""
_PATIENCE = 30.0
"""Seconds for a node to begin, and to end."""


class ChaosNode(Node):
    """A node whose log goes through a pipe, as a service manager takes it: it does not lie on the disk that is full."""

    program = "tests.chaos.node"

    def __init__(self, role: str, peer: str, home: Path, environ: dict[str, str]) -> None:
        limit = threading.Timer(_PATIENCE, lambda: self.process.kill())
        limit.start()
        try:
            super().__init__(role, peer, home, environ)
        finally:
            limit.cancel()

    def _open_log(self) -> IO[str]:
        reading, writing = os.pipe()
        threading.Thread(target=_pump, args=(reading, super()._open_log()), daemon=True).start()
        return os.fdopen(writing, "w")


class Member:
    """A machine of the fleet: its data folder stays, processes on it come and go."""

    def __init__(self, name: str, role: str, home: Path, cluster: Cluster, settings: dict[str, str]) -> None:
        self.name = name
        self.role = role
        self.home = home
        self.lock = threading.Lock()
        """Held by the fault that is at it."""
        self.node: Node | None = None
        self.starts = self.refused = 0
        self._cluster = cluster
        self._environ = {**cluster.environ, **settings}

    @property
    def url(self) -> str:
        """Where it answered last, whether or not it still does: nobody tells clients."""
        return self.node.url if self.node is not None else ""

    def start(self, until: float) -> None:
        """Start it, again and again while it cannot (the database is away, say), until `until`."""
        while True:
            try:
                node = ChaosNode(self.role, self._cluster.peer.url, self.home, self._environ)
            except RuntimeError:
                self.refused += 1
                if time.monotonic() > until:
                    raise
                time.sleep(_AGAIN)
                continue
            self.starts += 1
            self.node = node
            self._cluster.nodes.append(node)
            return

    def died_alone(self) -> bool:
        """Whether its process ended though nobody killed it."""
        return self.node is not None and self.node.process.poll() not in (None, -9)

    def fill_disk(self, full: bool) -> None:
        """Let every write to a file fail, in the process and in its children, or lift that.

        No file may grow (RLIMIT_FSIZE, getrlimit(2)): it stands for a disk that is full, which only root could make,
        and answers with EFBIG instead of ENOSPC.
        """
        assert self.node is not None
        for pid in (self.node.process.pid, *_descendants(self.node.process.pid)):
            try:
                _, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
                resource.prlimit(pid, resource.RLIMIT_FSIZE, (0 if full else hard, hard))
            except (ProcessLookupError, PermissionError):  # it has just ended
                continue


class Fleet:
    """`api` nodes that serve and `workers` that work."""

    def __init__(self, cluster: Cluster, folder: Path, *, api: int, workers: int) -> None:
        settings = {"RUSHES_MODELS_OFFLINE": "1", "RUSHES_LOCAL_CONCURRENCY": "1", "RUSHES_AUDIT_SECONDS": "0"}
        names = [("serve", number) for number in range(api)] + [("work", number) for number in range(workers)]
        self.members = [
            Member(
                f"{role}{number}", role, folder / f"{role}{number}", cluster,
                {**settings, **({"RUSHES_WORKER": "0"} if role == "serve" else {}), "RUSHES_PORT": "0"},
            )
            for role, number in names
        ]  # fmt: skip

    def start(self) -> None:
        """Start all of them, at once. Raises RuntimeError when one cannot start: nothing is wrong yet."""
        with ThreadPoolExecutor(len(self.members)) as pool:
            list(pool.map(lambda member: member.start(0.0), self.members))

    def urls(self) -> list[str]:
        """Where the API answers, or did."""
        return [member.url for member in self.members if member.role == "serve" and member.url]

    def stop(self) -> dict[str, int | str]:
        """End every node as its operator would; how each ended."""
        nodes = {member.name: member.node for member in self.members if member.node is not None}
        for node in nodes.values():
            node.process.terminate()
        return {name: _ended(node) for name, node in nodes.items()}


def _ended(node: Node) -> int | str:
    try:
        return node.process.wait(_PATIENCE)
    except subprocess.TimeoutExpired:
        node.kill()
        return "kill -9, it did not end by itself"


def _pump(reading: int, log: IO[str]) -> None:
    with os.fdopen(reading, "r", errors="replace") as lines, log:
        for line in lines:
            log.write(line)
            log.flush()


def _descendants(pid: int) -> list[int]:
    found = []
    for child in children(pid):
        found += [child, *_descendants(child)]
    return found
