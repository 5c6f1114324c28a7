"""From an allowed plan to an accepted job, input files included. The same in every dialect."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec
from starlette.requests import Request

from rushes.catalog import InvalidParameter, Plan
from rushes.dialects.kit.gate import Caller
from rushes.dialects.kit.links import Links
from rushes.dialects.kit.once import claimed_job
from rushes.engines.contract import EngineError, FailureCode
from rushes.ids import new_id
from rushes.jobs import Job, Order
from rushes.jobs.intake import BadInput, Source
from rushes.ledger import InsufficientCredits, wallet
from rushes.library import Asset
from rushes.net.guard import BlockedAddress, FetchFailed
from rushes.services import Services
from rushes.webhooks.outbox import Callback

Revise = Callable[[Plan, Sequence[Asset]], Plan]
"""Judges the inputs together once they are here, and changes the plan where it depends on them."""


class Submitter:
    """Submits for one dialect."""

    def __init__(self, services: Services, links: Links, dialect: str) -> None:
        self._services = services
        self._links = links
        self._dialect = dialect

    async def submit(
        self,
        request: Request,
        caller: Caller,
        plan: Plan,
        sources: Sequence[Source] = (),
        *,
        callback: Callback | None = None,
        revise: Revise | None = None,
        keep_bad_inputs: bool = False,
        keep_refused: bool = False,
    ) -> Job:
        """Bring in the files the plan needs and queue it. Whatever goes wrong costs nothing and leaves nothing.

        Raises what Jobs.submit does, and InvalidParameter naming the field of an input, or `callback_url`. With
        `keep_bad_inputs`, a job whose input cannot be had is accepted and has failed at once; with `keep_refused`, one
        whose prompt is not allowed.
        """
        account = caller.who.account
        job = claimed_job(request)
        if job and (known := await self._services.jobs.get(account, job)) is not None:
            return known
        if callback is not None:
            await self._check(callback)
        if not sources:
            order = self.order(request, caller, plan, job, callback=callback)
            return await self._accept(account, order, keep_refused)
        # Before fetching anything: someone who cannot pay should not make us download.
        available = (await self._services.database.read(wallet(account))).available
        if available < plan.quote:
            raise InsufficientCredits(plan.quote, available)
        job = job or new_id("job_")
        try:
            staged = await self._services.intake.bring(account, job, list(sources))
        except BadInput as error:
            if not keep_bad_inputs:
                raise
            order = self.order(request, caller, plan, job, callback=callback)
            return await self._services.jobs.reject(account, order, error.code, str(error))
        try:
            if revise is not None:
                plan = revise(plan, staged)
            inputs = tuple(asset.id for asset in staged)
            order = self.order(request, caller, plan, job, inputs=inputs, callback=callback)
            return await self._accept(account, order, keep_refused)
        except BaseException:
            await self._services.library.drop(account, staged)
            raise

    async def _accept(self, account: str, order: Order, keep: bool) -> Job:
        """Queue it. A prompt that is not allowed is refused, or with `keep` on record as a failure."""
        try:
            return await self._services.jobs.submit(account, order)
        except EngineError as error:
            if not keep or error.code is not FailureCode.CONTENT_VIOLATION:
                raise
            bare = msgspec.structs.replace(order, inputs=())
            return await self._services.jobs.reject(account, bare, error.code, error.message)

    def order(
        self,
        request: Request,
        caller: Caller,
        plan: Plan,
        job: str = "",
        *,
        inputs: tuple[str, ...] = (),
        callback: Callback | None = None,
    ) -> Order:
        """The order that a request makes of a plan; what comes of it is marked where the caller's tier says so."""
        return Order(
            plan=msgspec.structs.replace(plan, watermark=caller.tier.watermark),
            dialect=self._dialect,
            concurrent=caller.limits.concurrent_jobs,
            job=job or claimed_job(request),
            inputs=inputs,
            origin=self._links.base(request),
            callbacks=(callback,) if callback is not None else (),
        )

    async def _check(self, callback: Callback) -> None:
        try:
            await self._services.client.check(callback.url)
        except (BlockedAddress, FetchFailed) as error:
            raise InvalidParameter("callback_url", str(error)) from None
