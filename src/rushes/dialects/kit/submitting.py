"""From an allowed plan to an accepted job, input files included. The same in every dialect."""

from __future__ import annotations

from rushes.catalog import Plan
from rushes.dialects.kit.gate import Caller
from rushes.ids import new_id
from rushes.jobs import Job
from rushes.jobs.intake import Source
from rushes.ledger import InsufficientCredits, wallet
from rushes.services import Services


async def submit(services: Services, caller: Caller, plan: Plan, dialect: str, sources: list[Source]) -> Job:
    """Bring in the files the plan needs and queue it. Whatever goes wrong costs nothing and leaves nothing."""
    if not sources:
        return await services.jobs.submit(caller.who, caller.tier, plan, dialect)
    account = caller.who.account
    # Before fetching anything: someone who cannot pay should not make us download.
    available = (await services.database.read(wallet(account))).available
    if available < plan.quote:
        raise InsufficientCredits(plan.quote, available)
    job = new_id("job_")
    staged = await services.intake.bring(account, job, sources)
    try:
        return await services.jobs.submit(
            caller.who, caller.tier, plan, dialect, job=job, inputs=[asset.id for asset in staged]
        )
    except BaseException:
        await services.library.drop(account, staged)
        raise
