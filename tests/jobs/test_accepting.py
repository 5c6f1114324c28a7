"""Orders that come at the same time are accepted in one transaction, each by its own merits."""

from __future__ import annotations

import asyncio
from pathlib import Path

from rushes import ledger
from rushes.accounts import create_user
from rushes.catalog import Wish, load_catalog, make_plan
from rushes.engines.contract import FailureCode, Mode
from rushes.ids import new_id
from rushes.jobs import Job, Jobs, Order, TooManyJobs
from rushes.jobs.events import News
from rushes.jobs.routing import Router
from tests.driving import POSTGRES, drop_postgres, new_postgres
from tests.jobs.test_worker import Paid, Upstream


async def _story(home: Path, url: str) -> None:
    from rushes.db.opening import open_database

    database = await open_database(home, url)
    catalog = load_catalog()
    plan = make_plan(catalog, Wish(model="composer", prompt="p", mode=Mode.TEXT_TO_VIDEO, seconds=5))
    router = Router({"composer": Paid(Upstream(home))}, drafts=True)
    jobs = Jobs(
        database, catalog, router, News(), quota=0,
        wake=lambda _: None, stop=lambda _: None, live=lambda _: None, told=lambda: None,
    )  # fmt: skip

    async def account(credits: int) -> str:
        user = create_user(f"{new_id('')}@example.com", tier="free", credits=credits)
        return (await database.write(user)).account

    try:
        rich, poor = await account(plan.quote * 100), await account(plan.quote * 2)
        again = Order(plan=plan, dialect="rushes", job=new_id("job_"))
        wanted = [(poor, Order(plan=plan, dialect="rushes"))] * 3
        wanted += [(rich, Order(plan=plan, dialect="usvideo", concurrent=2))] * 3
        wanted += [(rich, again)] * 2
        found = await asyncio.gather(*(jobs.submit(*each) for each in wanted), return_exceptions=True)
        kinds = [type(each) for each in found]
        assert kinds == [Job, Job, ledger.InsufficientCredits, Job, Job, TooManyJobs, Job, Job]
        assert found[6] == found[7]
        assert await database.read(ledger.wallet(poor)) == ledger.Wallet(0, plan.quote * 2, 0, 2)
        assert await database.read(ledger.wallet(rich)) == ledger.Wallet(plan.quote * 97, plan.quote * 3, 0, 3)
        assert await database.read(ledger.audit()) == []
        asked = await asyncio.gather(*(jobs.get(rich, job.id) for job in found if isinstance(job, Job)))
        assert [job.account_id if job else None for job in asked] == [None, None, rich, rich, rich, rich]
        assert asked[2] != asked[3]
        # Sent once more, it cannot be accepted any more; what was accepted of it stays.
        known = await jobs.reject(rich, again, FailureCode.INPUT_DOWNLOAD, "gone since")
        assert (known.id, known.state) == (again.job, "queued")
        assert (await database.read(ledger.wallet(rich))).held == plan.quote * 3
        fresh = await jobs.reject(rich, Order(plan=plan, dialect="rushes"), FailureCode.INPUT_DOWNLOAD, "gone")
        assert (fresh.state, fresh.error_message) == ("failed", "gone")
    finally:
        await database.close()


def test_each_by_its_own_merits(tmp_path: Path) -> None:
    async def play() -> None:
        url = await new_postgres() if POSTGRES else ""
        try:
            await _story(tmp_path, url)
        finally:
            if url:
                await drop_postgres(url)

    asyncio.run(play())
