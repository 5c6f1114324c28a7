"""A thousand jobs of one process that wait on a slow upstream: what they cost in memory, and in polls' time."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor

import httpx

from bench.http import upstream
from bench.load import load, request
from bench.server import JSON, PROMPT, Rushes, get
from bench.table import table
from rushes.app import formats
from rushes.engines.contract import Health, Mode, Operation, Output, Pending, Request, Status
from rushes.observe import configure_logging
from rushes.server import listen, serve_services
from rushes.server import run as run_loop
from rushes.services import build
from rushes.settings import load as load_settings

JOBS = 1000
_POLL_AFTER = 2.0


class Slow:
    """A paid engine over HTTP whose upstream never gets done."""

    name = "composer"
    paid = True
    remote = True
    modes = frozenset({Mode.TEXT_TO_VIDEO})

    def __init__(self, url: str) -> None:
        self._url = url
        self._client = httpx.AsyncClient(timeout=30, trust_env=False)

    async def start(self, request: Request) -> Operation:
        answer = await self._client.post(f"{self._url}/v1/videos", json={"prompt": request.prompt})
        return {"id": answer.json()["id"]}

    async def status(self, operation: Operation) -> Status:
        answer = await self._client.get(f"{self._url}/v1/videos/{operation['id']}")
        return Pending(progress=answer.json()["progress"] / 100, poll_after=_POLL_AFTER)

    async def cancel(self, operation: Operation) -> None: ...

    async def fetch(self, output: Output) -> AsyncIterator[bytes]:
        yield b""

    async def discard(self, operation: Operation) -> None: ...

    async def health(self) -> Health:
        return Health(ready=True)

    async def close(self) -> None:
        await self._client.aclose()


def run() -> None:
    """Measure and print."""
    with upstream() as url, Rushes(("bench.waiting", url)) as server:
        time.sleep(1)
        before = server.memory()
        body = b'{"prompt": "%s", "model": "composer"}' % PROMPT.encode()

        def create(_: int) -> str:
            return str(get(f"{server.url}/rushes/v1/generations", server.headers | JSON, body)["id"])

        with ThreadPoolExecutor(32) as pool:
            jobs = sorted(pool.map(create, range(JOBS)))
        until = time.monotonic() + 60
        while get(f"{server.url}/rushes/v1/generations/{jobs[-1]}", server.headers)["state"] != "running":
            assert time.monotonic() < until, "the jobs did not start"
            time.sleep(0.1)
        time.sleep(3 * _POLL_AFTER)
        after = server.memory()
        poll = load(server.url, request("GET", f"/rushes/v1/generations/{jobs[500]}", server.headers), connections=8)
        assert not poll["bad"]
    rows = [
        ["memory of 1,000 waiting jobs", f"{after - before:.1f} MB ({before:.0f} before)", "< 100 MB"],
        ["poll p99 beside them", f"{poll['p99']:.1f} ms at {poll['rate']:.0f}/s on 8 connections", "< 25 ms"],
    ]
    table(["", "measured", "goal"], rows)


async def _serve(url: str) -> None:
    settings = load_settings(os.environ)
    configure_logging("warning", "json")
    services = await build(settings, worker=True, formats=formats, engines={"composer": Slow(url)})
    listener = listen(settings.host, settings.port)
    await serve_services(services, listener, lambda address, _: print(f"ready at {address}", flush=True))


if __name__ == "__main__":
    run_loop(_serve(sys.argv[1]))
