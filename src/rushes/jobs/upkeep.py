"""What is in nobody's hands: jobs of processes that died, jobs that waited too long, files of neither."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import structlog

from rushes.db import Database, Steps
from rushes.engines.contract import FailureCode
from rushes.ids import now_ms
from rushes.jobs import claims, finish, leasing, store
from rushes.jobs.events import News
from rushes.jobs.states import DIRECT
from rushes.library import Library
from rushes.node import Node
from rushes.telemetry import Telemetry

log = structlog.get_logger("worker")

Chore = Callable[[int], Steps[int]]
"""Other rooms' upkeep at a time (milliseconds since 1970), a piece at a time; done again until it answers 0."""
ABANDONED_MS = 600_000
"""Files staged for longer than this by no running job are given up."""


class Upkeep:
    """Frees and ends such jobs, and gives such files up. `queue_limit` is how many seconds a job may wait."""

    def __init__(
        self,
        database: Database,
        library: Library,
        news: News,
        node: Node,
        *,
        queue_limit: int,
        chores: Sequence[Chore],
        telemetry: Telemetry,
    ) -> None:
        self._database = database
        self._library = library
        self._news = news
        self._node = node
        self._queue_limit_ms = queue_limit * 1000
        self._chores = chores
        self._telemetry = telemetry
        self.alone = False
        """Whether no other process works on this database, for certain."""

    async def begin(self) -> None:
        """Free what dead processes held, before anything is run here."""
        await self._recover()
        await self._library.tidy(abandoned_before=now_ms() if self.alone else now_ms() - ABANDONED_MS)

    async def tidy(self) -> None:
        """All of it, every now and then."""
        await self._recover()
        await self._library.tidy(abandoned_before=now_ms() - ABANDONED_MS)
        await self._database.write(claims.forget(now_ms() - claims.DAY_MS))
        for job in await self._database.read(store.overdue(now_ms() - self._queue_limit_ms)):
            await self.fail(job, FailureCode.TIMEOUT, "waited in the queue for longer than the server's limit")
        for chore in self._chores:
            while await self._database.write(chore(now_ms())):
                pass

    async def fail(self, job: str, code: FailureCode, message: str, owner: str | None = None) -> None:
        """End a job that is in nobody's hands; with `owner`, one that is this process's."""
        ended = await self._database.write(finish.fail(job, code, message, owner))
        if ended is not None:
            self._telemetry.ended(ended, "failed", code)
            self._news.tell(job)

    async def _recover(self) -> None:
        """Free what dead processes held."""
        # Of a database that other machines work on, nobody knows that it is alone.
        self.alone = self._node.clear_dead() and not self._database.shared
        owners = await self._database.read(leasing.lease_owners())
        dead = [owner for owner in owners if self._node.is_dead(owner)]
        count = await self._database.write(leasing.expire_leases(dead))
        if count:
            log.info("taking over jobs of a process that died", jobs=count)
        for job in await self._database.read(leasing.orphans(DIRECT, now_ms())):
            await self.fail(job, FailureCode.LOST, "the server stopped while it was answering")
