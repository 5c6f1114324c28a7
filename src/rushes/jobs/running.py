"""A job in the hands of this process."""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct

from rushes.catalog import Plan
from rushes.engines.contract import Engine, Operation
from rushes.jobs.model import Job
from rushes.library import Asset
from rushes.telemetry import Work


class Running(Struct):
    """A job in this process. Times are by the event loop's clock: it does not jump when the machine's is set."""

    job: Job
    plan: Plan
    engine: Engine
    folder: Path
    deadline: float
    """When it has taken as long as a run may."""
    operation: Operation | None = None
    progress: float = 0.0
    losses: int = 0
    looked_at: bool = False
    """A look at it goes on, or waits for its turn."""
    paced: bool = False
    """It has its place among the looks at its engine."""
    due: float = 0.0
    """When that is to be."""
    stuck_since: float = 0.0
    """Since when the database or the file store cannot be had for its next step; 0: they can."""
    nudged: bool = False
    """The provider says that there is news."""
    given_up: bool = True
    """Files of it may be given up at its end: its inputs, and what it made in vain."""
    dropped: bool = False
    """It is not in our hands any more, or in those of another Running."""
    files: list[Asset] | None = None
    """What is on record for it: inputs, and what an earlier attempt staged. None: not looked up yet."""
    untidy: bool = False
    """There may be something in its folder."""
    stored: list[Asset] = []
    """Files that were made of it here."""
    work: Work = Work()
    """Its place in a trace."""

    @property
    def lane(self) -> tuple[str, str]:
        """The engine, and its name for the model."""
        return self.job.engine, self.job.upstream
