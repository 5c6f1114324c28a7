"""The audit of money, jobs and files, done again and again in the background, so that an alert finds what nobody asks.

It reads every entry of the ledger, beside all else and in a snapshot of its own; it never takes more than a small
share of the time, however large the books have grown.
"""

from __future__ import annotations

import asyncio
import random
import time

import structlog

from rushes import ledger
from rushes.db import Database, Steps
from rushes.jobs import audit as jobs_audit
from rushes.ledger import Finding
from rushes.observing.metrics import Metrics

log = structlog.get_logger("audit")

LIMIT = 300.0
"""Seconds that an audit may take."""
_SHARE = 50
"""It rests this many times as long as it took."""
_NAMED = 20
"""Findings that the log names."""


def audit() -> Steps[list[Finding]]:
    """Everything that is wrong, and what is odd but correct."""
    return (yield from ledger.audit()) + (yield from jobs_audit.audit())


class Books:
    """Audits every `every` seconds, beginning at a moment of that time that chance chooses; 0: never."""

    def __init__(self, database: Database, metrics: Metrics, every: float) -> None:
        self._database = database
        self._metrics = metrics
        self._every = every
        self._loop: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to audit."""
        if self._every:
            self._loop = asyncio.create_task(self._run())

    async def close(self) -> None:
        """Stop."""
        if self._loop is not None:
            self._loop.cancel()
            await asyncio.wait([self._loop])

    async def look(self) -> float:
        """Audit once. How many seconds it took."""
        started = time.monotonic()
        try:
            findings = await self._database.aside(audit(), LIMIT)
        except Exception as error:
            self._metrics.audits_broken.inc()
            log.warning("the books could not be audited", error=repr(error))
            return time.monotonic() - started
        wrong = [finding for finding in findings if finding.mismatch]
        for finding in wrong[:_NAMED]:
            log.error("the books are wrong", check=finding.check, subject=finding.subject, detail=finding.detail)
        took = time.monotonic() - started
        self._metrics.mismatches.set(len(wrong))
        self._metrics.audited.set_to_current_time()
        self._metrics.audit_took.set(took)
        return took

    async def _run(self) -> None:
        # Spread out: many nodes begin together, and a node that restarts often audits too.
        await asyncio.sleep(min(60.0, self._every) * random.random())  # noqa: S311
        while True:
            took = await self.look()
            await asyncio.sleep(max(self._every, took * _SHARE))
