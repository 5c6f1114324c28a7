"""Everybody at once on a few accounts: no deadlock, no limit passed, and the books are right."""

from __future__ import annotations

import asyncio
import random
from collections import Counter

from rushes import accounts, ledger
from rushes.accounts.allowance import grant_due, start_allowance
from rushes.catalog import Wish, load_catalog, make_plan
from rushes.db import Steps, lock_account
from rushes.db.postgres import PostgresDatabase
from rushes.engines.contract import FailureCode, Mode
from rushes.ids import new_id, now_ms
from rushes.jobs import audit, claims, finish, leasing, store
from rushes.jobs.claiming import Limit, claim
from rushes.jobs.headroom import TooManyJobs
from rushes.jobs.routing import Choice
from rushes.jobs.service import Order, new_job
from rushes.library import assets
from rushes.library.assets import Asset

PEOPLE, WORKERS, ROUNDS, AT_A_TIME, SLOTS = 4, 6, 60, 12, 9
TIERS = accounts.load_tiers()
CATALOG = load_catalog()
PLAN = make_plan(CATALOG, Wish(model="composer", prompt="p", mode=Mode.TEXT_TO_VIDEO, seconds=5))
LIMIT = Limit(engine="peer", slots=SLOTS)


def accept(account: str, job: str, picture: str) -> Steps[None]:
    """What jobs.service does in one transaction."""
    yield from lock_account(account)
    if (yield from store.active_count(account, "rushes")) >= AT_A_TIME:
        raise TooManyJobs(AT_A_TIME)
    order = Order(plan=PLAN, dialect="rushes", job=job)
    yield from ledger.hold(account, job, PLAN.quote)
    yield from store.insert(new_job(account, order, Choice("peer", "cloud", False)))
    yield from assets.publish(account, (picture,), None)


def staged(account: str, job: str) -> Asset:
    return Asset(
        id=new_id("asset_"), account_id=account, job_id=job, role="first_frame", kind="image", mime="image/png",
        sha256=f"{random.randrange(3):064x}", size=10,
    )  # fmt: skip


async def person(database: PostgresDatabase, account: str, seen: Counter[str]) -> None:
    """Submits, cancels, makes keys, sends the same request twice."""
    for number in range(ROUNDS):
        job = new_id("job_")
        picture = staged(account, job)
        while await database.write(assets.stage_all([picture])) == [False]:
            await asyncio.sleep(0.01)
        try:
            await database.write(accept(account, job, picture.id))
            seen["accepted"] += 1
        except (TooManyJobs, LookupError) as error:
            seen[type(error).__name__] += 1
            await database.write(assets.drop(account, picture.id))
        active = await database.read(store.active_count(account, "rushes"))
        assert active <= AT_A_TIME
        if number % 5 == 0:
            await database.write(finish.cancel(account, job))
            await database.write(accounts.create_key(account, "rushes", "k"))
            taken = [claims.take(account, job, "f", "n:1", now_ms()) for _ in range(2)]
            found = await asyncio.gather(*(database.write(each) for each in taken))
            assert sorted(type(each).__name__ for each in found) == ["Taken", "Waiting"]


async def worker(database: PostgresDatabase, name: str, most: list[int]) -> None:
    """Takes jobs, keeps them, ends them, and tidies like all others."""
    for _ in range(ROUNDS):
        now = now_ms()
        mine = await database.write(claim("cloud", name, now, now + 30_000, 5, (LIMIT,)))
        row = await database.one("SELECT count(*) FROM jobs WHERE state = 'running'")
        most.append(row[0] if row else 0)
        await database.write(store.save_progress({job.id: 0.5 for job in mine}, name))
        await database.write(leasing.keep([job.id for job in mine], name, now_ms() + 30_000))
        for job in mine:
            if random.random() < 0.5:
                await database.write(finish.fail(job.id, FailureCode.INTERNAL, "no", name))
            else:
                done = finish.Success(job=job, cost=job.quote, outputs=(), warnings=(), expires=now_ms() - 1)
                steps = finish.succeed_all([done], name)
                await database.write(steps)
        await database.write(leasing.expire_leases([f"{name}x"]))
        await database.write(assets.drop_expired(now_ms()))
        await database.write(assets.drop_abandoned(0))
        for asset, sha256 in await database.read(assets.given_up(now_ms())):
            if await database.write(assets.let_go(asset, sha256, now_ms())):
                await database.write(assets.forget(asset))
        await database.write(grant_due(now_ms(), TIERS))


def test_a_crowd_on_a_few_accounts(empty: str) -> None:
    async def main() -> None:
        database = await PostgresDatabase.open(empty, connections=24)
        people = []
        for number in range(PEOPLE):
            user = await database.write(accounts.create_user(f"p{number}@x.org", tier="pro", credits=10_000))
            await database.write(start_allowance(user.account, TIERS, now_ms() - 40 * 86_400_000))
            people.append(user.account)
        seen: Counter[str] = Counter()
        most: list[int] = []
        async with asyncio.TaskGroup() as group:
            for account in people * 2:
                group.create_task(person(database, account, seen))
            for number in range(WORKERS):
                group.create_task(worker(database, f"w:{number}", most))
        assert seen["accepted"] > ROUNDS
        assert max(most) <= SLOTS, "more than the provider takes at a time"
        findings = await database.aside(_audits(), 60)
        assert [found for found in findings if found.mismatch] == []
        sql = "SELECT count(*) FROM postings WHERE key LIKE 'grant:monthly:%' GROUP BY account_id"
        months = await database.rows(sql)
        assert months == [(2,)] * PEOPLE
        await database.close()

    asyncio.run(main())


def _audits() -> Steps[list[ledger.Finding]]:
    return (yield from ledger.audit()) + (yield from audit.audit())
