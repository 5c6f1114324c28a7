"""Whose jobs a worker takes: those of engines that it can serve now, and those that no worker can.

Workers may differ: one has no weights and may not fetch them, another cannot reach the ComfyUI box, or was not told of
a provider. Each says in the table `workers` what it can do. A job that nobody can do is not left in the queue for ever:
after a while it is taken all the same, and then goes another way, or ends and says why.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Collection

from msgspec import Struct

from rushes.db import Database, Steps, rows, run
from rushes.node import Node

SPARE = 30.0
"""Seconds for which no worker could serve an engine, until those that know it take its jobs: it may be restarting."""
UNKNOWN = 600.0
"""The same for an engine that this process was not told of; another may be about to come that was."""
_STRAYS = 60.0
"""Seconds between two looks for jobs of engines that are unknown here."""

Serves = Callable[[str], Awaitable[bool]]
"""Whether this process could give an engine a job now."""


async def always(_: str) -> bool:
    """Every engine that is configured can be served."""
    return True


class Other(Struct, frozen=True):
    """Another process that runs jobs, and whose."""

    id: str
    queues: frozenset[str]
    engines: frozenset[str]


class Abilities:
    """What this process can do of its `queues`, what the others can, and what is therefore taken here."""

    def __init__(
        self,
        database: Database,
        node: Node,
        queues: Collection[str],
        engines: Collection[str],
        serves: Serves = always,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database = database
        self._node = node
        self._queues = tuple(queues)
        self._engines = tuple(engines)
        self._serves = serves
        self._clock = clock
        self._missed: dict[tuple[str, str], float] = {}
        """Since when nobody can do an engine's work of a queue, by what was seen here."""
        self._strays: list[tuple[str, str]] = []
        self._strays_at = -_STRAYS
        self._taken: dict[str, tuple[str, ...]] = {}

    def takes(self, queue: str) -> tuple[str, ...]:
        """The engines whose jobs of a queue are taken here now."""
        return self._taken.get(queue, ())

    async def look(self, *, alone: bool) -> None:
        """See what can be done here, say so where it has changed, and hear what the others can. `alone`: there are none
        on this database, so that nothing waits for them.
        """
        mine = frozenset([name for name in self._engines if await self._serves(name)])
        others = await self._others(mine)
        now = self._clock()
        if now - self._strays_at >= _STRAYS:
            self._strays = await self._database.read(_strays(self._queues, self._engines))
            self._strays_at = now
        unable = [(queue, name) for queue in self._queues for name in self._engines if name not in mine]
        open_to_all = {
            (queue, name): self._missed.get((queue, name), now)
            for queue, name in (*unable, *self._strays)
            if not any(queue in other.queues and name in other.engines for other in others)
        }
        self._missed = open_to_all
        taken = {queue: set(mine) for queue in self._queues}
        for (queue, name), since in open_to_all.items():
            if alone or now - since >= (SPARE if name in self._engines else UNKNOWN):
                taken[queue].add(name)
        self._taken = {queue: tuple(sorted(names)) for queue, names in taken.items()}

    async def leave(self) -> None:
        """Say that this process takes nothing more."""
        await self._database.write(_forget([self._node.id]))

    async def _others(self, mine: frozenset[str]) -> list[Other]:
        """The others that live. Those that are known to have died are forgotten, what is said of us is put right."""
        found = {each.id: each for each in await self._database.read(_known())}
        us = found.pop(self._node.id, None)
        if us is None or us.engines != mine:  # after a long sleep the others had forgotten us
            await self._database.write(_say(self._node.id, self._queues, mine))
        dead = [each for each in found if self._node.is_dead(each)]
        if dead:
            await self._database.write(_forget(dead))
        return [other for other in found.values() if other.id not in dead]


def _say(worker: str, queues: Collection[str], engines: Collection[str]) -> Steps[None]:
    yield from run(
        "INSERT INTO workers (id, queues, engines) VALUES (:id, :queues, :engines)"
        " ON CONFLICT (id) DO UPDATE SET engines = :engines",
        id=worker,
        queues=" ".join(queues),
        engines=" ".join(sorted(engines)),
    )


def _known() -> Steps[list[Other]]:
    found = yield from rows("SELECT id, queues, engines FROM workers")
    return [Other(str(name), frozenset(queues.split()), frozenset(engines.split())) for name, queues, engines in found]


def _forget(workers: Collection[str]) -> Steps[None]:
    for worker in workers:
        yield from run("DELETE FROM workers WHERE id = :id", id=worker)


def _strays(queues: Collection[str], engines: Collection[str]) -> Steps[list[tuple[str, str]]]:
    """Queue and engine of unfinished jobs of these queues whose engine is none of these."""
    found = yield from rows("SELECT DISTINCT queue, engine FROM jobs WHERE finished_at IS NULL")
    return [(str(queue), str(name)) for queue, name in found if queue in queues and name not in engines]
