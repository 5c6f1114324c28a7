"""Five thousand jobs of one process that wait on a slow provider: what they cost in memory, and in polls' time.

The provider is a process of its own, spoken to over HTTP by the driver of all providers.
"""

from __future__ import annotations

import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from msgspec import Struct

from bench.http import upstream
from bench.load import load, request
from bench.server import JSON, PROMPT, Rushes, get
from bench.table import table
from rushes.app import formats
from rushes.engines.cloud.engine import CloudEngine
from rushes.engines.cloud.exchange import Call, Exchange
from rushes.engines.cloud.faults import expect, refusal
from rushes.engines.contract import Mode, Operation, Output, Pending, Request, Status
from rushes.net.guard import GuardedClient
from rushes.observing.logs import configure_logging
from rushes.server import listen, serve_services
from rushes.server import run as run_loop
from rushes.services import build
from rushes.settings import load as load_settings
from rushes.upstreams import new_client

JOBS = 5000
_SETTLING = 10.0
"""Seconds in which they are looked at before anything is measured."""


class Slow:
    """The words of a provider that never gets done. See Provider."""

    title = "Slow"
    base = ""
    modes = frozenset({Mode.TEXT_TO_VIDEO})
    paid = True

    def headers(self, key: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {key}"}

    def start(self, request: Request) -> Exchange[Operation]:
        reply = yield Call(method="POST", url="v1/videos", json={"prompt": request.prompt}, paid=True)
        if not reply.ok:
            raise refusal(reply, self.title)
        return {"id": reply.read(dict[str, Any])["id"]}

    def status(self, operation: Operation) -> Exchange[Status]:
        reply = yield Call(method="GET", url=f"v1/videos/{operation['id']}")
        expect(reply)
        return Pending(progress=reply.read(dict[str, Any])["progress"] / 100)

    def cancel(self, operation: Operation) -> Exchange[None]:
        yield Call(method="DELETE", url=f"v1/videos/{operation['id']}")

    def fetch(self, output: Output) -> Call:
        return Call(method="GET", url=output.location)

    def check(self) -> Call:
        return Call(method="GET", url="v1/models")


class Waiting(Struct, frozen=True, kw_only=True):
    """Memory in MB before the jobs came and with them waiting, and the polls of one of them meanwhile (bench.load)."""

    before: float
    after: float
    poll: dict[str, float]


def run() -> None:
    """Measure and print."""
    seen = measure(JOBS)
    rows = [
        [
            f"memory of {JOBS:,} waiting jobs",
            f"{seen.after - seen.before:.1f} MB ({seen.before:.0f} before)",
            "< 150 MB",
        ],
        [
            "poll p99 beside them",
            f"{seen.poll['p99']:.1f} ms at {seen.poll['rate']:.0f}/s on 8 connections",
            "< 25 ms",
        ],
    ]
    table(["", "measured", "goal"], rows)


def measure(count: int, **settings: str) -> Waiting:
    """What so many waiting jobs cost a server with these settings."""
    with upstream() as url, Rushes(("bench.waiting", url), home=None, **settings) as server:
        time.sleep(1)
        before = server.memory()
        body = b'{"prompt": "%s", "model": "composer"}' % PROMPT.encode()

        def create(_: int) -> str:
            return str(get(f"{server.url}/rushes/v1/generations", server.headers | JSON, body)["id"])

        with ThreadPoolExecutor(32) as pool:
            jobs = sorted(pool.map(create, range(count)))
        until = time.monotonic() + 120
        while get(f"{server.url}/rushes/v1/generations/{jobs[-1]}", server.headers)["state"] != "running":
            assert time.monotonic() < until, "the jobs did not start"
            time.sleep(0.1)
        time.sleep(_SETTLING)
        after = server.memory()
        path = f"/rushes/v1/generations/{jobs[count // 2]}"
        poll = load(server.url, request("GET", path, server.headers), connections=8)
        assert not poll["bad"]
    return Waiting(before=before, after=after, poll=poll)


async def _serve(url: str) -> None:
    settings = load_settings(os.environ)
    configure_logging("warning", "json")
    guarded = GuardedClient(allow_private=True)
    engine = CloudEngine("composer", Slow(), new_client(), guarded, base=url)
    services = await build(settings, worker=True, formats=formats, engines={"composer": engine})
    listener = listen(settings.host, settings.port)
    await serve_services(services, listener, lambda address, _: print(f"ready at {address}", flush=True))


if __name__ == "__main__":
    run_loop(_serve(sys.argv[1]))
