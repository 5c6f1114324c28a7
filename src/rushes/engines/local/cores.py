"""Who may compute now: never more work at a time than there are cores for, and nobody starves.

Work is long (a video) or short (a picture, a sentence, a text: somebody waits for it). Short work comes one at a time,
and while it runs the long work is paused, process and all. When both want to go on for long, they take turns.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from typing import Literal, Protocol

Kind = Literal["short", "long"]
_GRAIN = 0.001
"""Timers may ring a little early."""


class Member(Protocol):
    """A piece of work that can be paused where it is."""

    def pause(self) -> None: ...

    def resume(self) -> None: ...


class Cores:
    """Shared by everything that computes on this machine.

    Short work may hold long work up for `short_slice` seconds in all; then the long work has `long_slice` seconds,
    which pay for it.
    """

    def __init__(self, *, short_slice: float = 20.0, long_slice: float = 5.0) -> None:
        self._short_slice = short_slice
        self._repaid = short_slice / long_slice
        """Seconds of debt that a second of long work repays."""
        self._members: dict[Kind, list[Member]] = {"short": [], "long": []}
        self._paused: list[Member] = []
        self._turn = asyncio.Lock()
        self._active: Kind = "long"
        self._since = 0.0
        self._debt = 0.0
        """Seconds for which long work was held up."""
        self._owed = False
        """The debt was full: it is repaid as a whole before short work goes on."""
        self._timer: asyncio.TimerHandle | None = None

    @asynccontextmanager
    async def use(self, member: Member, *, short: bool) -> AsyncIterator[None]:
        """Let `member` compute for as long as the block lasts; short work waits for its turn first, in order."""
        async with self._turn if short else nullcontext(), self._joined(member, "short" if short else "long"):
            yield

    @asynccontextmanager
    async def _joined(self, member: Member, kind: Kind) -> AsyncIterator[None]:
        self._count()
        self._members[kind].append(member)
        if kind != self._active:
            self._pause(member)
        self._arrange()
        try:
            yield
        finally:
            self._count()
            self._members[kind].remove(member)
            self._resume(member)  # an idle process must not stay stopped
            self._arrange()

    def _pause(self, member: Member) -> None:
        self._paused.append(member)
        member.pause()

    def _resume(self, member: Member) -> None:
        """Only what was paused here: one that somebody else has frozen stays so, and is noticed."""
        if member in self._paused:
            self._paused.remove(member)
            member.resume()

    def _count(self) -> None:
        """Bring the debt up to now."""
        now = asyncio.get_running_loop().time()
        passed, self._since = now - self._since, now
        if self._active == "long" or not self._members["long"]:
            self._debt = max(0.0, self._debt - passed * self._repaid)
        else:
            self._debt += passed
        if self._debt <= 0:
            self._owed = False
        elif self._debt >= self._short_slice:
            self._owed = True

    def _arrange(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if not self._members["short"] or (self._members["long"] and self._owed):
            self._switch("long")
        else:
            self._switch("short")
        if self._members["short"] and self._members["long"]:
            left = self._debt / self._repaid if self._owed else self._short_slice - self._debt
            self._timer = asyncio.get_running_loop().call_later(left + _GRAIN, self._again)

    def _again(self) -> None:
        self._count()
        self._arrange()

    def _switch(self, kind: Kind) -> None:
        if kind == self._active:
            return
        for member in self._members[self._active]:
            self._pause(member)
        self._active = kind
        for member in self._members[kind]:
            self._resume(member)
