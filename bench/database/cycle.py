"""One node: it has jobs accepted and runs them with an instant engine, each through its whole life.

python -m bench.database.cycle JOBS   says "ready", waits for a line, prints {"began", "accepted", "ended", "cpu"}

Each job is accepted as the server does it (row and hold in one transaction), claimed, started, asked about, its file of
some bytes stored in the library, and settled. RUSHES_* settings say on which database.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import sys
import time

import msgspec

from bench.database.instant import Instant
from bench.server import PROMPT
from rushes import ledger
from rushes.accounts import create_user
from rushes.catalog import Plan, Wish, make_plan
from rushes.db import Steps, one
from rushes.engines.contract import Mode
from rushes.ids import new_id
from rushes.jobs import Order
from rushes.jobs.routing import Router
from rushes.jobs.runner import Runner
from rushes.jobs.worker import Worker
from rushes.observing.logs import configure_logging
from rushes.server import run as run_loop
from rushes.services import Services, build
from rushes.settings import load as load_settings

_ACCOUNTS = 20
_CALLERS = 100
"""Requests that are under way at a time."""
_SLOTS = 200
"""Jobs that run at a time."""
_WARMING = 300


async def _serve(count: int) -> None:
    settings = load_settings(os.environ)
    configure_logging(settings.log_level, "json")
    engine = Instant()
    services = await build(settings, worker=False, engines={engine.name: engine})
    worker = await _start_worker(services, engine)
    plan = make_plan(services.catalog, Wish(model=engine.name, prompt=PROMPT, mode=Mode.TEXT_TO_VIDEO, seconds=5))
    accounts = [await _account(services) for _ in range(_ACCOUNTS)]
    await _submit(services, accounts, plan, _WARMING)
    await _all_over(services, accounts)
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    began, cpu = time.time(), time.process_time()
    await _submit(services, accounts, plan, count)
    accepted = time.time()
    await _all_over(services, accounts)
    ended, cpu = time.time(), time.process_time() - cpu
    await _check(services, accounts, _WARMING + count, plan.quote)
    print(json.dumps({"began": began, "accepted": accepted, "ended": ended, "cpu": cpu}), flush=True)
    await asyncio.to_thread(sys.stdin.readline)  # another node may still need this one's part of the work
    await worker.close(5)
    await services.close()


async def _start_worker(services: Services, engine: Instant) -> Worker:
    """A worker as the server has it, but with slots for more renders than this machine has cores."""
    wire, node, settings, watching = services.cluster.wire, services.node, services.settings, services.watching
    engines = {engine.name: engine}
    runner = Runner(
        services.database, services.library, services.news, node.id, node.scratch,
        retention_days=settings.retention_days, told=wire.told, router=Router(engines, drafts=True),
        catalog=services.catalog, telemetry=watching,
    )  # fmt: skip
    worker = Worker(
        services.database, engines, services.library, services.news, node, runner, slots={"local": _SLOTS},
        run_limit=settings.run_limit_seconds, queue_limit=settings.queue_limit_seconds, telemetry=watching,
    )  # fmt: skip
    wire.hands = worker
    await worker.start()
    if services.cluster.channel is not None:
        services.cluster.channel.start()
    return worker


async def _account(services: Services) -> str:
    user = create_user(f"{new_id('')}@example.com", tier="enterprise", credits=1_000_000_000)
    return (await services.database.write(user)).account


async def _submit(services: Services, accounts: list[str], plan: Plan, count: int) -> None:
    """Have so many jobs accepted, as requests would."""
    turns = itertools.islice(itertools.cycle(accounts), count)

    async def call() -> None:
        for account in turns:
            order = Order(plan=msgspec.structs.replace(plan), dialect="rushes", origin="http://bench")
            await services.jobs.submit(account, order)

    await asyncio.gather(*(call() for _ in range(_CALLERS)))


async def _all_over(services: Services, accounts: list[str]) -> None:
    """Return when every job of these accounts is over, whichever node runs it."""

    def under_way() -> Steps[bool]:
        for account in accounts:
            sql = "SELECT 1 FROM jobs WHERE account_id = :account AND finished_at IS NULL LIMIT 1"
            if (yield from one(sql, account=account)) is not None:
                return True
        return False

    while await services.database.read(under_way()):
        await asyncio.sleep(0.02)


async def _check(services: Services, accounts: list[str], count: int, quote: int) -> None:
    """Everything happened, once."""

    def sums() -> Steps[tuple[int, int, int, int]]:
        done = files = held = spent = 0
        for account in accounts:
            for table, state in (("jobs", "succeeded"), ("assets", "ready")):
                sql = f"SELECT count(*) FROM {table} WHERE account_id = :account AND state = '{state}'"
                row = yield from one(sql, account=account)
                assert row is not None
                done, files = (done + row[0], files) if table == "jobs" else (done, files + row[0])
            wallet = yield from ledger.wallet(account)
            held, spent = held + wallet.held, spent + wallet.spent
        return done, files, held, spent

    assert await services.database.read(sums()) == (count, count, 0, count * quote)


if __name__ == "__main__":
    run_loop(_serve(int(sys.argv[1])))
