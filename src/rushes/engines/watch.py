"""Health checks in the background: nobody who asks for media waits for one."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping

import structlog

from rushes.engines.contract import Engine, Health
from rushes.engines.health import Board

log = structlog.get_logger("health")

EVERY, SOON = 60.0, 10.0
"""Seconds between the checks of a well engine, and of one that gives cause for worry."""
_LIMIT = 20.0
"""Seconds that one check may take."""
_TICK = 2.0

Switches = Callable[[], Awaitable[list[str]]]
"""Reads what the operator has switched off."""


class Watch:
    """Checks the engines that are elsewhere, and tells the board; the operator's switches too.

    Without `checks` only the switches: a node that hands all work to others' workers takes every configured engine for
    well, for it may not even reach it. The worker that takes a job knows, and sends it another way or lets it wait.
    """

    def __init__(self, engines: Mapping[str, Engine], board: Board, switches: Switches, *, checks: bool = True) -> None:
        self._engines = engines
        self._board = board
        self._switches = switches
        self._due = {name: 0.0 for name, engine in engines.items() if engine.remote and checks}
        self._elsewhere = frozenset(name for name, engine in engines.items() if engine.remote and not checks)
        self._checks: dict[str, asyncio.Task[None]] = {}
        self._loop: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Read the switches, then begin to check; the first results come later."""
        self._board.switch_off(await self._switches())
        self._loop = asyncio.create_task(self._run())

    async def close(self) -> None:
        """Stop."""
        tasks = [*self._checks.values(), *([self._loop] if self._loop is not None else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def health(self, name: str) -> Health:
        """How an engine is: of one elsewhere, what the latest check found; well, where other processes check it."""
        if name in self._elsewhere:
            return Health(ready=True)
        return self._board.health(name) if name in self._due else await self._engines[name].health()

    async def serves(self, name: str) -> bool:
        """Whether this process could give the engine a job now, as far as it knows."""
        engine = self._engines[name]
        return self._board.condition(name) != "down" if engine.remote else (await engine.health()).ready

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                if self._board.switch_off(await self._switches()):
                    log.info("the operator switched engines on or off")
            except Exception as error:
                log.error("switches could not be read, trying again", exc_info=error)
            for name, due in self._due.items():
                if due <= loop.time() and name not in self._checks:
                    self._checks[name] = asyncio.create_task(self._check(name))
            await asyncio.sleep(_TICK)

    async def _check(self, name: str) -> None:
        before = self._board.health(name)
        try:
            async with asyncio.timeout(_LIMIT):
                health = await self._engines[name].health()
        except Exception as error:
            log.warning("health check broke", engine=name, error=repr(error))
            health = Health(
                ready=False, reason="did not answer in time" if isinstance(error, TimeoutError) else "broken"
            )
        self._board.told(name, health)
        if health.ready != before.ready:
            log.info("engine is ready" if health.ready else "engine is not ready", engine=name, reason=health.reason)
        pause = SOON if self._board.worried(name) else EVERY
        self._due[name] = asyncio.get_running_loop().time() + pause * (1 + 0.2 * random.random())  # noqa: S311
        del self._checks[name]
