"""The ends of a job: state, outputs and money change in one transaction, or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from msgspec import Struct

from rushes import ledger
from rushes.db import Steps, lock_account, lock_accounts
from rushes.engines.contract import FailureCode
from rushes.ids import now_ms
from rushes.jobs import store
from rushes.jobs.model import Job, JobOutput, to_text
from rushes.jobs.states import State
from rushes.library import assets
from rushes.webhooks import outbox


class Success(Struct, frozen=True, kw_only=True):
    """What became of a job that is done. Costs: credits; the provider's, in millionths of a credit."""

    job: Job
    cost: int
    outputs: Sequence[JobOutput]
    warnings: Sequence[str]
    expires: int | None
    upstream_cost: int | None = None


def succeed_all(ended: Sequence[Success], owner: str) -> Steps[list[bool]]:
    """Jobs are done: publish their files, settle at their costs. False for each that is no longer ours."""
    done = yield from store.succeed_all(
        [
            store.Success(
                job=each.job.id,
                cost=each.cost,
                upstream_cost=each.upstream_cost,
                outputs=to_text(each.outputs),
                seconds=sum(output.duration for output in each.outputs if output.kind == "video"),
                warnings=to_text(each.warnings),
                expires=each.expires,
            )
            for each in ended
        ],
        owner,
        now_ms(),
    )
    ours = [each for each in ended if each.job.id in done]
    yield from lock_accounts(each.job.account_id for each in ours)
    yield from assets.publish_all(
        [(each.job.account_id, output.asset, each.expires) for each in ours for output in each.outputs]
    )
    yield from assets.drop_inputs([(each.job.account_id, each.job.id) for each in ours])
    yield from ledger.settle_all(
        [ledger.Settlement(each.job.account_id, each.job.id, "capture", each.cost) for each in ours]
    )
    yield from _announce([each.job for each in ours], "generation.completed")
    return [each.job.id in done for each in ended]


def fail(job_id: str, code: FailureCode, message: str, owner: str | None = None) -> Steps[Job | None]:
    """The job failed: nothing is charged."""
    return (yield from _end(job_id, State.FAILED, str(code), message, owner))


def cancel(account: str, job_id: str) -> Steps[Job | None]:
    """The account's owner cancels. None when the job is missing, foreign or over already."""
    job = yield from store.get(account, job_id)
    if job is None or job.terminal:
        return None
    return (yield from _end(job_id, State.CANCELLED, "cancelled", "cancelled by request", None))


def stop(job: Job, owner: str, cost: int) -> Steps[Job | None]:
    """The reader of a text went away: what was written until then is paid for."""
    ended = yield from store.end(
        job.id, State.CANCELLED, code="cancelled", message="the client went away", now=now_ms(), owner=owner, cost=cost
    )
    if ended is not None:
        yield from ledger.capture(job.account_id, job.id, cost)
        yield from _announce([ended], "generation.cancelled")
    return ended


def _end(job_id: str, state: State, code: str, message: str, owner: str | None) -> Steps[Job | None]:
    job = yield from store.end(job_id, state, code=code, message=message, now=now_ms(), owner=owner)
    if job is None:
        return None
    yield from lock_account(job.account_id)
    yield from assets.drop_job(job.account_id, job.id)
    yield from ledger.release(job.account_id, job.id)
    yield from _announce([job], f"generation.{state}")
    return job


def _announce(jobs: Sequence[Job], event: str) -> Steps[None]:
    """Whoever asked to be told will be: written in the same transaction as the end itself."""
    yield from outbox.enqueue_all(
        [
            outbox.Event(
                account=job.account_id,
                subject=job.id,
                name=event,
                snapshot=partial(_snapshot, job.account_id, job.id),
                callbacks=job.callback_list(),
                traceparent=job.traceparent,
            )
            for job in jobs
        ]
    )


def _snapshot(account: str, job: str) -> Steps[str]:
    return to_text((yield from store.get(account, job)))


def remove(account: str, job_id: str) -> Steps[bool]:
    """Delete a finished job's record and its files."""
    if not (yield from store.remove(account, job_id)):
        return False
    yield from assets.drop_job(account, job_id)
    return True
