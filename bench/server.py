"""A server of ours for a benchmark: a process, its key, its memory."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from typing import Any

PROMPT = "A golden retriever running through a meadow at sunset, slow dolly in"
JSON = {"Content-Type": "application/json"}


class Rushes:
    """A server for as long as the `with` lasts, on a data folder of its own unless `home` names one that is kept.

    `start` is its start in seconds.
    """

    def __init__(
        self,
        command: Sequence[str] = ("rushes", "serve", "--no-worker"),
        *,
        home: Path | None = None,
        **settings: str,
    ) -> None:
        self._command = command
        self._kept = home
        self._settings = {f"RUSHES_{name.upper()}": value for name, value in settings.items()}

    def __enter__(self) -> Rushes:
        self._home = tempfile.TemporaryDirectory()
        home = str(self._kept or self._home.name)
        environ = {**os.environ, "RUSHES_PORT": "0", **self._settings, "RUSHES_HOME": home}
        made = subprocess.run(
            [sys.executable, "-m", "rushes", "keys", "create", "--email", "bench@example.com", "--credits",
             "1000000000", "--tier", "enterprise", "--json"],
            env=environ, capture_output=True, check=True,
        )  # fmt: skip
        self.headers = {"Authorization": f"Bearer {json.loads(made.stdout)['key']}"}
        started = time.perf_counter()
        self._process = subprocess.Popen(
            [sys.executable, "-m", *self._command], env=environ, stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdout is not None
        self.url = self._process.stdout.readline().rpartition(" ")[2].strip()
        get(f"{self.url}/v1/pricing")
        self.start = time.perf_counter() - started
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait()
        self._home.cleanup()

    def memory(self) -> float:
        """Resident memory in MB, children included."""
        return memory_of(self._process.pid)

    def cpu(self) -> float:
        """Seconds that it has computed."""
        return cpu_of(self._process.pid)


def get(url: str, headers: dict[str, str] | None = None, body: bytes | None = None) -> Any:
    """The JSON, or the bytes, of an answer; a POST when there is a body."""
    with urllib.request.urlopen(urllib.request.Request(url, body, headers or {}), timeout=30) as answer:
        text = answer.read()
    try:
        return json.loads(text)
    except ValueError:
        return text


def memory_of(pid: int) -> float:
    """Resident memory of a process and its children in MB."""
    total = 0
    pending = [pid]
    while pending:
        process = pending.pop()
        children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
        pending += [int(child) for child in children]
        for line in Path(f"/proc/{process}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                total += int(line.split()[1])
    return total / 1024


def cpu_of(pid: int) -> float:
    """Seconds that a process and its children have computed, those included that are over."""
    seconds = 0.0
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        try:
            seconds += cpu_of(int(child))
        except (FileNotFoundError, ProcessLookupError):  # over since then: its parent counts it
            continue
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return seconds + sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")
