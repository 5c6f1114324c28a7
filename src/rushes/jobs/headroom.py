"""What an account may still have when it orders: jobs at a time, storage, credits."""

from __future__ import annotations

from rushes import ledger
from rushes.db import Steps
from rushes.jobs import store
from rushes.jobs.model import Job
from rushes.library import assets


class TooManyJobs(Exception):
    """The tier's number of jobs at a time is reached."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"at most {limit} jobs at a time; wait for one to finish or cancel it")
        self.limit = limit


class QuotaExceeded(Exception):
    """The account's files take all the storage it may use."""

    def __init__(self, used: int, quota: int) -> None:
        super().__init__(f"storage quota of {quota} bytes is used up ({used} stored); delete files first")


class Headroom:
    """What the accounts of one transaction may still have: looked up once, and used up by what is accepted."""

    def __init__(self, quota: int, available: dict[str, int]) -> None:
        self._quota = quota
        self._available = available
        self._active: dict[tuple[str, str], int] = {}
        self._stored: dict[str, int] = {}

    def lack(self, job: Job, concurrent: int) -> Steps[Exception | None]:
        """Why there is no room for this job. `concurrent` may go on at a time in its dialect, 0: any number."""
        account, lane = job.account_id, (job.account_id, job.dialect)
        if concurrent:
            if lane not in self._active:
                self._active[lane] = yield from store.active_count(account, job.dialect)
            if self._active[lane] >= concurrent:
                return TooManyJobs(concurrent)
        if self._quota:
            if account not in self._stored:
                self._stored[account] = yield from assets.stored_bytes(account)
            if self._stored[account] >= self._quota:
                return QuotaExceeded(self._stored[account], self._quota)
        if self._available.get(account, -1) < job.quote:
            return ledger.InsufficientCredits(job.quote, self._available.get(account, 0))
        return None

    def take(self, job: Job) -> None:
        """This job is accepted."""
        lane = (job.account_id, job.dialect)
        self._available[job.account_id] -= job.quote
        if lane in self._active:
            self._active[lane] += 1
