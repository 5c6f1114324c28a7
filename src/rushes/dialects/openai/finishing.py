"""Jobs whose caller waits for the result in the same request: pictures, speech, transcripts."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.requests import Request

from rushes.catalog import Plan
from rushes.dialects.kit.gate import Caller
from rushes.dialects.kit.problems import Problem, failed, not_found
from rushes.dialects.kit.submitting import Revise, Submitter
from rushes.jobs import Job
from rushes.jobs.intake import Source
from rushes.library import Asset
from rushes.services import Services
from rushes.webhooks.outbox import Callback

PATIENCE = 280.0
"""Seconds that a request waits: under the five minutes after which proxies hang up."""


_NAMED = frozenset({"background", "image", "mask", "file", "prompt", "input", "voice"})
"""Fields that our own engines begin a refusal with, where they are called the same here."""


class Finisher:
    """Submits jobs and waits for their ends, `patience` seconds long."""

    def __init__(self, services: Services, submitter: Submitter, patience: float = PATIENCE) -> None:
        self._services = services
        self._submitter = submitter
        self._patience = patience

    async def finish(
        self,
        request: Request,
        caller: Caller,
        plan: Plan,
        sources: Sequence[Source] = (),
        *,
        callback: Callback | None = None,
        revise: Revise | None = None,
    ) -> Job:
        """The succeeded job. Raises what `Submitter.submit` does, and a Problem when it fails or takes too long."""
        account = caller.who.account
        submitted = await self._submitter.submit(request, caller, plan, sources, callback=callback, revise=revise)
        job = await self._services.jobs.wait(account, submitted.id, self._patience)
        if job is None:
            raise not_found("result")
        if not job.terminal:
            late = f"not done after {self._patience:g} seconds"
            if callback is not None:
                raise Problem(504, "timeout", f"{late}; {job.id} goes on, and callback_url is told")
            # Nobody could get the result any more, so nobody is to pay for it.
            await self._services.jobs.cancel(account, job.id)
            raise Problem(504, "timeout", f"{late}; cancelled, nothing was charged")
        if not job.succeeded:
            problem = failed(job.error_code or "", job.error_message or "the generation failed")
            named = problem.message.partition(": ")[0]
            if problem.kind == "invalid_parameter" and named in _NAMED:
                problem.field = named
            raise problem
        return job

    async def assets(self, job: Job) -> list[Asset]:
        """The files of a succeeded job. Raises a Problem when they are gone already."""
        found = [await self._services.library.get(output.asset) for output in job.output_list()]
        there = [asset for asset in found if asset is not None]
        if not there or len(there) < len(found):
            raise not_found("the result's file, which is kept for a time only,")
        return there

    async def content(self, asset: Asset) -> bytes:
        """All bytes of a file."""
        return b"".join([chunk async for chunk in self._services.library.read(asset, 0, asset.size)])
