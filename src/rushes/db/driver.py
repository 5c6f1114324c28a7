"""What every driver offers. The rooms know this much of a database and no more."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, TypeVar

from rushes.db.steps import Load, Row, Steps

T = TypeVar("T")


class Database(Protocol):
    """A migrated database. Every method raises Unavailable while it cannot be reached (PostgreSQL)."""

    shared: bool
    """Whether processes of several machines may work on it."""
    timed: Callable[[float], None] | None
    """Is told the seconds that each write took, waiting included."""

    async def rows(self, sql: str, /, **params: Any) -> list[Row]:
        """All rows of a query. Sees every write whose `write` has returned."""

    async def one(self, sql: str, /, **params: Any) -> Row | None:
        """The first row of a query, or None."""

    async def read(self, steps: Steps[T]) -> T:
        """Run steps that only read, each as things are then. Raises an error of the driver's when one writes."""

    async def snapshot(self, steps: Steps[T]) -> T:
        """Run steps that only read, all at one moment."""

    async def write(self, steps: Steps[T]) -> T:
        """Run `steps` in one transaction. What they raise is raised here, and nothing of theirs stays."""

    async def aside(self, steps: Steps[T], seconds: float) -> T:
        """Run steps that only read and may take long, all at one moment and out of everybody's way.

        Raises TimeoutError after `seconds`.
        """

    def load(self) -> Load:
        """How busy it is."""

    async def close(self) -> None:
        """Finish what runs, then let go of the database."""
