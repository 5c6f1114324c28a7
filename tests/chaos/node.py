"""A node of the campaign: python -m tests.chaos.node serve|work <address of the paid upstream>.

The server's own start, settings and engines, with short leases (tests/cluster/node.py), and one model more: "film",
which the paid upstream makes.
"""

from __future__ import annotations

import os
import sys
from decimal import Decimal
from typing import Any

import httpx
import msgspec

from rushes import server, services
from rushes.catalog import Catalog, PerCall, Route, load_catalog
from rushes.engines import health
from rushes.engines.cloud.engine import CloudEngine
from rushes.jobs import leasing, refusals
from rushes.net.guard import GuardedClient
from rushes.settings import Settings, load
from rushes.upstreams import Upstreams, make_upstreams
from rushes.webhooks import Policy, load_policies, sender
from tests.cluster.node import hurry
from tests.faults.peer import PeerProvider

MODEL = "film"


def catalog() -> Catalog:
    """All models, and the paid upstream's."""
    known = load_catalog()
    route = Route(engine="peer", upstream="m", cost=PerCall(Decimal(1)))
    film = msgspec.structs.replace(known.models["composer"], id=MODEL, aliases=(), routes=(route,))
    return Catalog([*known.models.values(), film], known.voices)


def policies() -> dict[str, Policy]:
    """The policies of webhooks with less patience: what is tried again is tried soon."""
    return {name: msgspec.structs.replace(each, first=1.0, timeout=4.0) for name, each in load_policies().items()}


def main(role: str, peer: str) -> None:
    hurry()
    # In this order as in earnest: who lost the database for a moment renews leases before others take them.
    leasing._SETTLED = "/*+ AND clock_timestamp() > pg_postmaster_start_time() + interval '2 seconds' */"
    sender.TIDY, sender._MARGIN_MS = 1.0, 2_000
    refusals.PAUSE, health.PAUSE = 0.2, 2.0

    def upstreams(settings: Settings, guarded: GuardedClient) -> Upstreams:
        made = make_upstreams(settings, guarded)
        client = httpx.AsyncClient(trust_env=False)
        made.engines["peer"] = CloudEngine("peer", PeerProvider(), client, guarded, key="k", base=peer)
        return made

    async def build(*given: Any, **named: Any) -> services.Services:
        built = await services.build(*given, **named)
        print("ready at -", flush=True)
        return built

    services.load_catalog, services.make_upstreams, services.load_policies = catalog, upstreams, policies
    settings = load(os.environ)
    if role == "work":
        server.build = build
        server.work(settings)
    else:
        server.serve(settings, lambda address, _: print(f"ready at {address}", flush=True))


if __name__ == "__main__":
    main(*sys.argv[1:3])
