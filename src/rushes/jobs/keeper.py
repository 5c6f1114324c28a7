"""Keeping what this process has in hand: leases are renewed, progress is written down, and what was lost is let go."""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable, Mapping, Sequence

from rushes.db import Database
from rushes.ids import now_ms
from rushes.jobs import leasing, store
from rushes.jobs.events import News
from rushes.jobs.running import Running

LEASE_MS = 30_000
_RENEWED = 500
"""Leases in one statement."""
_ROUND = 5
"""Heartbeats in which every lease is renewed once, however many there are."""


class Keeper:
    """Keeps the jobs of `running` for `owner`; those that are its no longer are given to `lose`."""

    def __init__(
        self,
        database: Database,
        news: News,
        owner: str,
        running: Mapping[str, Running],
        lose: Callable[[Sequence[Running]], Awaitable[None]],
    ) -> None:
        self._database = database
        self._news = news
        self._owner = owner
        self._running = running
        self._lose = lose
        self._saved: dict[str, float] = {}
        """Progress as the rows have it."""
        self._kept = 0

    def forget(self, job: str) -> None:
        """It is not in hand any more."""
        self._saved.pop(job, None)

    async def keep(self) -> None:
        """One heartbeat."""
        await self._save_progress()
        for part in self._to_keep():
            lost = await self._database.write(leasing.keep(part, self._owner, now_ms() + LEASE_MS))
            if lost:
                await self._lose([running for job in lost if (running := self._running.get(job)) is not None])

    async def _save_progress(self) -> None:
        news = {
            job: running.progress
            for job, running in self._running.items()
            if self._saved.get(job, running.job.progress) < running.progress
        }
        if not news:
            return
        await self._database.write(store.save_progress(news, self._owner))
        self._saved.update((job, share) for job, share in news.items() if job in self._running)
        for job in news:
            self._news.tell(job)

    def _to_keep(self) -> list[list[str]]:
        """Whose leases to renew this time: all, or of very many a part, each in its turn."""
        jobs = list(self._running)
        size = max(_RENEWED, math.ceil(len(jobs) / _ROUND))
        first = self._kept if self._kept < len(jobs) else 0
        self._kept = first + size
        chosen = jobs[first : self._kept]
        return [chosen[at : at + _RENEWED] for at in range(0, len(chosen), _RENEWED)]
