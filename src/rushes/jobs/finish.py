"""The ends of a job: state, outputs and money change in one transaction, or not at all."""

from __future__ import annotations

from collections.abc import Sequence

from rushes import ledger
from rushes.db import Steps, lock_account
from rushes.engines.contract import FailureCode
from rushes.ids import now_ms
from rushes.jobs import store
from rushes.jobs.model import Job, JobOutput, to_text
from rushes.jobs.states import State
from rushes.library import assets
from rushes.webhooks import outbox


def succeed(
    job: Job,
    owner: str,
    *,
    cost: int,
    outputs: Sequence[JobOutput],
    warnings: Sequence[str],
    expires: int | None,
    upstream_cost: int | None = None,
) -> Steps[bool]:
    """The job is done: publish its files, settle at `cost`. False when it is no longer ours.

    `upstream_cost` is the provider's, in millionths of a credit.
    """
    done = yield from store.succeed(
        job.id,
        owner,
        cost=cost,
        upstream_cost=upstream_cost,
        outputs=to_text(outputs),
        seconds=sum(output.duration for output in outputs if output.kind == "video"),
        warnings=to_text(warnings),
        now=now_ms(),
        expires=expires,
    )
    if done is None:
        return False
    yield from lock_account(job.account_id)
    yield from assets.publish(job.account_id, [output.asset for output in outputs], expires)
    yield from assets.drop_inputs(job.account_id, job.id)
    yield from ledger.capture(job.account_id, job.id, cost)
    yield from _announce(done, "generation.completed")
    return True


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
        yield from _announce(ended, "generation.cancelled")
    return ended


def _end(job_id: str, state: State, code: str, message: str, owner: str | None) -> Steps[Job | None]:
    job = yield from store.end(job_id, state, code=code, message=message, now=now_ms(), owner=owner)
    if job is None:
        return None
    yield from lock_account(job.account_id)
    yield from assets.drop_job(job.account_id, job.id)
    yield from ledger.release(job.account_id, job.id)
    yield from _announce(job, f"generation.{state}")
    return job


def _announce(job: Job, event: str) -> Steps[None]:
    """Whoever asked to be told will be: written in the same transaction as the end itself."""
    yield from outbox.enqueue(
        job.account_id,
        subject=job.id,
        event=event,
        snapshot=to_text(job),
        callbacks=job.callback_list(),
        traceparent=job.traceparent,
    )


def remove(account: str, job_id: str) -> Steps[bool]:
    """Delete a finished job's record and its files."""
    if not (yield from store.remove(account, job_id)):
        return False
    yield from assets.drop_job(account, job_id)
    return True
