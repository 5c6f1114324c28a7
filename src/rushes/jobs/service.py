"""What a dialect may do with jobs: submit, look, list, cancel, remove, follow."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from typing import Literal

import msgspec
from msgspec import Struct

from rushes import ledger
from rushes.catalog import Catalog, Model, Plan
from rushes.db import Database, Steps, Together, lock_account, lock_accounts
from rushes.engines.contract import FailureCode, Kind
from rushes.ids import new_id, now_ms
from rushes.jobs import finish, histories, store
from rushes.jobs.events import News
from rushes.jobs.headroom import Headroom
from rushes.jobs.model import Job, from_row, to_text
from rushes.jobs.routing import Choice, NoEngine, Router
from rushes.jobs.states import State
from rushes.library import assets
from rushes.telemetry import QUIET, Telemetry
from rushes.webhooks.outbox import Callback

Judge = Callable[[str, Kind, str], Awaitable[None]]
"""Lets a prompt for something of a kind pass, or raises EngineError; the job's id is for its log."""


async def let_pass(text: str, kind: Kind, job: str) -> None: ...


class Order(Struct, frozen=True, kw_only=True):
    """What to queue. `inputs` are staged assets; with them `job` is the id they were staged under.

    `concurrent` is how many jobs the account may have in this dialect at a time, 0 for any number. `origin` is the
    server's address as the client sees it. A job id that the account has already is answered, not queued again.
    """

    plan: Plan
    dialect: str
    concurrent: int = 0
    job: str = ""
    inputs: tuple[str, ...] = ()
    origin: str = ""
    callbacks: tuple[Callback, ...] = ()


class Jobs:
    """The jobs of everybody; every call names the account it acts for."""

    def __init__(
        self,
        database: Database,
        catalog: Catalog,
        router: Router,
        news: News,
        *,
        quota: int,
        wake: Callable[[str], None],
        stop: Callable[[str], None],
        live: Callable[[str], float | None],
        told: Callable[[], None],
        judge: Judge = let_pass,
        telemetry: Telemetry = QUIET,
    ) -> None:
        self._database = database
        self._judge = judge
        self._catalog = catalog
        self._router = router
        self._news = news
        self._quota = quota
        self._wake = wake
        self._stop = stop
        self._live = live
        self._told = told
        self._telemetry = telemetry
        self._accepting: Together[tuple[Job, Order], Job] = Together(
            lambda wanted: database.write(self._accept(wanted))
        )

    async def submit(self, account: str, order: Order) -> Job:
        """Accept an order: hold its quote and queue it, in one transaction.

        Raises NoEngine, InsufficientCredits, TooManyJobs, QuotaExceeded, and EngineError for a prompt that is not
        allowed: nothing is kept then.
        """
        with self._telemetry.span("job.submit", attributes={"rushes.model": order.plan.model}):
            record = self._record(account, order)
            await self._allow(record, order)
            accepted = await self._accepting.do((record, order))
        self._wake(record.queue)
        return accepted

    async def submit_all(self, account: str, orders: Sequence[Order]) -> list[Job]:
        """Accept several orders together, or none of them. Raises as `submit`; what is required is their sum."""

        def accept_all(records: Sequence[Job]) -> Steps[list[Job]]:
            yield from lock_account(account)
            available = (yield from ledger.wallet(account)).available
            accepted = []
            for outcome in (yield from self._accept(list(zip(records, orders, strict=True)))):
                if isinstance(outcome, ledger.InsufficientCredits):
                    raise ledger.InsufficientCredits(sum(record.quote for record in records), available)
                if isinstance(outcome, Exception):
                    raise outcome
                accepted.append(outcome)
            return accepted

        with self._telemetry.span("job.submit", attributes={"rushes.jobs": len(orders)}):
            records = [self._record(account, order) for order in orders]
            for record, order in zip(records, orders, strict=True):
                await self._allow(record, order)
            accepted = await self._database.write(accept_all(records))
        for queue in {job.queue for job in accepted}:
            self._wake(queue)
        return accepted

    async def reject(self, account: str, order: Order, code: FailureCode, message: str) -> Job:
        """Accept an order that has failed already: on record, told about, free. One that was accepted before is not
        touched. Raises as `submit`.
        """
        record = self._record(account, order)

        def accept_and_fail() -> Steps[tuple[Job, bool]]:
            (outcome,) = yield from self._accept([(record, order)])
            if isinstance(outcome, Exception):
                raise outcome
            if outcome is not record:
                return outcome, False
            return (yield from finish.fail(record.id, code, message)) or record, True

        rejected, fresh = await self._database.write(accept_and_fail())
        if fresh:
            self._telemetry.ended(rejected, "failed", code)
            self._told()
        return rejected

    def available(self, model: Model) -> Literal["yes", "draft", "no"]:
        """Whether this model's media can be made here, or a draft of it."""
        try:
            return "draft" if self._router.choose(model, model.modes[0]).draft else "yes"
        except NoEngine:
            return "no"

    async def _allow(self, record: Job, order: Order) -> None:
        """Let what is asked for in words pass, or raise EngineError."""
        words = [order.plan.prompt, *(value for value in order.plan.extra.values() if isinstance(value, str))]
        await self._judge("\n".join(words), self._catalog.models[order.plan.model].kind, record.id)

    def _record(self, account: str, order: Order) -> Job:
        plan = order.plan
        model = self._catalog.models[plan.model]
        choice = self._router.choose(model, plan.mode, plan.prefer, plan)
        return new_job(account, order, choice, self._telemetry.traceparent())

    def _accept(self, wanted: Sequence[tuple[Job, Order]]) -> Steps[list[Job | Exception]]:
        """Hold the quotes and queue the jobs: for each its record, or why it is not accepted."""
        accounts = {job.account_id for job, _ in wanted}
        yield from lock_accounts(accounts)
        room = Headroom(self._quota, (yield from ledger.available(accounts)))
        accepted: list[tuple[Job, Order]] = []
        outcomes: list[Job | Exception] = []
        for job, order in wanted:
            known = (yield from store.get(job.account_id, job.id)) if order.job else None
            lack = (yield from room.lack(job, order.concurrent)) if known is None else None
            if known is None and lack is None:
                room.take(job)
                accepted.append((job, order))
            outcomes.append(known or lack or job)
        yield from ledger.hold_all([ledger.Hold(job.account_id, job.id, job.quote) for job, _ in accepted])
        yield from store.insert_all(job for job, _ in accepted)
        inputs = [(job.account_id, asset, None) for job, order in accepted for asset in order.inputs]
        yield from assets.publish_all(inputs)
        return outcomes

    async def get(self, account: str, job: str) -> Job | None:
        """The account's job; a foreign one looks like a missing one."""
        row = await self._database.one(store.GET, id=job, account=account)
        return self._fresh(from_row(row)) if row else None

    def _fresh(self, job: Job) -> Job:
        """With the progress this process knows of: the row's is saved only now and then."""
        share = self._live(job.id)
        if share is None or share <= job.progress or job.terminal:
            return job
        return msgspec.structs.replace(job, progress=share)

    async def recent(self, account: str, limit: int, offset: int) -> list[Job]:
        """The account's jobs, newest first."""
        return [self._fresh(job) for job in await self._database.read(store.recent(account, limit, offset))]

    async def page(
        self, account: str, modes: Iterable[str], *, after: str = "", limit: int, oldest_first: bool = False
    ) -> list[Job]:
        """The account's jobs of these modes in the order they were made, those behind the id `after`."""
        steps = store.page(account, modes, after=after, limit=limit, oldest_first=oldest_first)
        return [self._fresh(job) for job in await self._database.read(steps)]

    async def history(self, account: str, made: histories.Made, limit: int, offset: int) -> tuple[list[Job], int]:
        """The account's jobs that make videos, or pictures, newest first, and how many there are in all."""
        found = await self._database.read(histories.page(account, made, limit, offset))
        return [self._fresh(job) for job in found], await self._database.read(histories.count(account, made))

    async def active(self, account: str, limit: int) -> list[Job]:
        """The account's queued and running jobs, newest first."""
        return [self._fresh(job) for job in await self._database.read(histories.active(account, limit))]

    async def ahead(self, job: Job) -> int:
        """How many jobs wait in front of this one, which waits itself."""
        return await self._database.read(store.ahead(job))

    async def cancel(self, account: str, job: str) -> Job | None:
        """Stop a queued or running job; its hold is released. None when there is nothing to stop."""
        ended = await self._database.write(finish.cancel(account, job))
        if ended is not None:
            self._telemetry.ended(ended, "cancelled")
            self._stop(job)
            self._news.tell(job)
            self._told()
        return ended

    async def remove(self, account: str, job: str) -> bool:
        """Delete a finished job's record and files. False when missing, foreign or not finished."""
        return await self._database.write(finish.remove(account, job))

    async def follow(self, account: str, job: str) -> AsyncIterator[Job]:
        """The job now and at every change until it is terminal, or the server ends. Nothing when missing or foreign."""
        last: tuple[str, float] | None = None
        while (found := await self.get(account, job)) is not None:
            if (found.state, found.progress) != last:
                last = (found.state, found.progress)
                yield found
            if found.terminal or self._news.over:
                return
            await self._news.wait(job, self._news.look_again)

    async def wait(self, account: str, job: str, seconds: float) -> Job | None:
        """The job when it is terminal, or as it is after `seconds`."""
        until = now_ms() + seconds * 1000
        while True:
            found = await self.get(account, job)
            left = (until - now_ms()) / 1000
            if found is None or found.terminal or left <= 0:
                return found
            await self._news.wait(job, min(left, self._news.look_again))


def new_job(account: str, order: Order, choice: Choice, traceparent: str = "") -> Job:
    """The record of an order, queued."""
    plan = order.plan
    return Job(
        id=order.job or new_id("job_"),
        account_id=account,
        dialect=order.dialect,
        model=plan.model,
        mode=plan.mode,
        request=to_text(plan),
        state=State.QUEUED,
        progress=0.0,
        quote=plan.quote,
        cost=None,
        engine=choice.engine,
        draft=int(choice.draft),
        queue=choice.queue,
        submission="none",
        operation=None,
        attempts=0,
        lease_owner=None,
        outputs="[]",
        warnings=to_text(plan.warnings),
        error_code=None,
        error_message=None,
        created_at=now_ms(),
        started_at=None,
        finished_at=None,
        expires_at=None,
        origin=order.origin,
        callbacks=to_text(order.callbacks),
        upstream=choice.upstream,
        tag=choice.tag,
        traceparent=traceparent or None,
    )
