"""A node of a cluster, for tests to start and kill: python -m tests.cluster.node serve|work <address of a peer>.

The server's own code with its settings from the environment; the model "composer" goes to the peer (tests/faults),
which is paid, and leases are short. Without an address the node was not told of the peer. RUSHES_TEST_BETWEEN is how
many seconds lie between two looks at a job, RUSHES_TEST_UNKNOWN after how many a job of an engine that no node was told
of is taken by others.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys

import httpx
import msgspec

from rushes import server, services
from rushes.app import formats
from rushes.catalog import Catalog, PerCall, Route, load_catalog
from rushes.engines.cloud import engine as cloud
from rushes.engines.cloud.engine import CloudEngine
from rushes.jobs import abilities, keeper, leasing, presence, runner, worker
from rushes.net.guard import GuardedClient
from rushes.observing.logs import configure_logging
from rushes.settings import load
from tests.cluster import GONE, LEASE
from tests.faults.peer import PeerProvider


def catalog() -> Catalog:
    """All models; "composer" is the peer's."""
    known = load_catalog()
    route = Route(engine="peer", upstream="m", cost=PerCall(1))
    composer = msgspec.structs.replace(known.models["composer"], routes=(route,))
    return Catalog([composer], known.voices)


def hurry() -> None:
    """Leases, signs of life and pauses as short as tests need them."""
    keeper.LEASE_MS, worker.HEARTBEAT, worker.TIDY = round(LEASE * 1000), 0.3, 1.0
    presence.GONE, presence.BEAT = GONE, 0.5
    leasing._SETTLED = ""
    cloud._POLL, cloud._POLL_MOST = 0.05, 0.2
    runner.BETWEEN = float(os.environ.get("RUSHES_TEST_BETWEEN", "0.1"))
    worker.ABLE, abilities.SPARE, abilities._STRAYS = 0.3, 1.0, 0.3
    abilities.UNKNOWN = float(os.environ.get("RUSHES_TEST_UNKNOWN", "600"))


async def main(role: str, peer: str) -> None:
    hurry()
    configure_logging("info", "json")
    services.load_catalog = catalog
    settings = load(os.environ)
    guarded = GuardedClient(allow_private=True)
    engine = CloudEngine("peer", PeerProvider(), httpx.AsyncClient(trust_env=False), guarded, key="k", base=peer)
    built = await services.build(
        settings, worker=role == "work", formats=formats, engines={"peer": engine} if peer else {}
    )
    if role == "serve":
        listener = server.listen("127.0.0.1", 0)
        await server.serve_services(built, listener, lambda address, _: print(f"ready at {address}", flush=True))
        return
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    print("ready at -", flush=True)
    await stop.wait()
    await built.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:3]))
