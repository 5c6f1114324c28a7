"""One campaign from beginning to end."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from msgspec import Struct

from tests import driving
from tests.chaos import checks
from tests.chaos.checks import Check, Evidence
from tests.chaos.clients import Caller, Crowd
from tests.chaos.faults import Faults
from tests.chaos.fleet import Fleet
from tests.chaos.receiver import Receiver, running_receiver
from tests.chaos.relay import Relay
from tests.chaos.schedule import ACCOUNTS, REGISTERED, Schedule, content_name, draw
from tests.cluster.conftest import Cluster
from tests.conformance.web import clip
from tests.faults.peer import running_peer
from tests.postgres import Postgres
from tests.s3 import S3, running_s3

_CREDITS = 1_000_000
_AFTERMATH = 120.0
"""Seconds for what is left to do after the last order is over: webhooks that are tried again."""


class Size(Struct, frozen=True, kw_only=True):
    """How large a campaign is, and how long it may take."""

    jobs: int
    minutes: float
    api: int = 2
    workers: int = 3
    people: int = 24

    @property
    def nodes(self) -> int:
        return self.api + self.workers


def film(prompt: str) -> bytes:
    """What the upstream makes of a prompt: a clip with a box of its own behind it (ISO/IEC 14496-12, "free")."""
    name = hashlib.sha256(content_name(prompt).encode()).digest() * 8
    return clip(64, 48, 1) + (8 + len(name)).to_bytes(4, "big") + b"free" + name


def run(seed: int, size: Size, say: Callable[[str], None]) -> list[Check]:
    """Play the campaign of this seed. What was found, promise by promise."""
    schedule = draw(seed, size.jobs, size.nodes)
    say(f"seed {seed}: {size.jobs} orders, {len(schedule.faults)} faults, {size.api} + {size.workers} nodes")
    folder = Path(tempfile.mkdtemp(prefix="chaos-"))
    with ExitStack() as stack:
        database = Postgres(durable=True)
        stack.callback(database.close)
        s3 = stack.enter_context(running_s3())
        logging.getLogger("werkzeug").setLevel(logging.CRITICAL)  # requests that are cut in the middle are meant
        peer = stack.enter_context(running_peer())
        receiver = stack.enter_context(running_receiver())
        relay = Relay(s3.endpoint)
        stack.callback(relay.close)
        peer.film = film
        peer.scripts = {
            order.prompt: {step: list(acts) for step, acts in order.script.items()} for order in schedule.orders
        }
        receiver.deaf = frozenset(order.prompt for order in schedule.orders if order.deaf and order.kind != "edit")
        cluster = Cluster(_empty(database.start()), S3(s3.url, relay.url), peer, folder)
        stack.callback(cluster.close)
        found = list(_play(schedule, size, cluster, database, relay, receiver, s3, folder, say))
    if any(check.wrong for check in found):
        say(f"logs of the nodes are in {folder}")
    else:
        shutil.rmtree(folder, ignore_errors=True)
    return found


def _play(
    schedule: Schedule,
    size: Size,
    cluster: Cluster,
    database: Postgres,
    relay: Relay,
    receiver: Receiver,
    s3: S3,
    folder: Path,
    say: Callable[[str], None],
) -> Iterator[Check]:
    began = time.monotonic()
    until = began + size.minutes * 60

    def tell(text: str) -> None:
        say(f"{time.monotonic() - began:5.0f} s  {text}")

    fleet = Fleet(cluster, folder, api=size.api, workers=size.workers)
    fleet.start()
    keys = [cluster.key(f"client{number}@example.com", credits=_CREDITS) for number in range(ACCOUNTS)]

    def new_caller() -> Caller:
        return Caller(fleet.urls, keys, until)

    _register(new_caller(), receiver)
    tell("all nodes are up")
    crowd = Crowd(schedule.orders, receiver, new_caller)
    crowd.start(size.people)
    faults = Faults(fleet, database, relay, tell, until)
    left, spoken = list(schedule.faults), 0.0
    while crowd.busy:
        while left and crowd.over >= left[0].at:
            faults.begin(left.pop(0))
        if time.monotonic() - spoken > 10:
            spoken = time.monotonic()
            tell(f"{crowd.over} of {size.jobs} over")
        time.sleep(0.05)
    faults.wait()
    tell("all orders are over, all faults mended; reading the books")
    seen = Evidence(outcomes=crowd.outcomes, cluster=cluster, peer=cluster.peer, receiver=receiver, s3=s3, film=film)
    _wait_for_webhooks(seen, min(until, time.monotonic() + _AFTERMATH))
    until = max(until, time.monotonic() + _AFTERMATH)
    yield from checks.while_running(seen, new_caller)
    died = [*faults.died, *(member.name for member in fleet.members if member.died_alone())]
    ended = fleet.stop()
    yield Check(
        "faults were done, no node ended by itself, all end when told",
        [*faults.broken, *(str(fault) for fault in left), *(f"{name} died" for name in died)]
        + [f"{name} ended with {status}" for name, status in ended.items() if status],
        ", ".join(f"{count} {kind}" for kind, count in faults.done.most_common()),
    )
    yield checks.of_paying(seen)
    yield checks.of_money(seen)
    yield checks.of_books(seen)
    yield checks.of_leftovers(seen, [member.home for member in fleet.members])
    tell("done")


def _empty(server: Postgres) -> str:
    """A migrated database of the campaign's own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(driving, "POSTGRES", server.url)
        return asyncio.run(driving.new_postgres())


def _register(caller: Caller, receiver: Receiver) -> None:
    """Show every account its secret, and register the webhooks of those that have one."""
    for account in range(ACCOUNTS):
        if account in REGISTERED:
            body = {"url": receiver.hook(account), "events": ["generation.*"]}
            answer = caller.ask("POST", "/rushes/v1/webhooks", account, json=body)
        else:
            answer = caller.ask("POST", "/rushes/v1/webhooks/secret/rotate", account)
        receiver.secrets[account] = answer.json()["secret"]
    caller.close()


def _wait_for_webhooks(seen: Evidence, until: float) -> None:
    """Until every one has come, or it is clear that some will not."""
    while time.monotonic() < until and checks.of_webhooks(seen).wrong:
        time.sleep(0.5)
