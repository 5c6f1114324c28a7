"""Render processes: tasks run outside the server, report progress, and can be stopped at once.

One child process runs one task at a time and is kept for the next (its libraries and models stay loaded);
after a while of nothing to do it is stopped. Cancelling kills the child: nothing of the task goes on. A
child dies with its server, however the server dies, because the pipe it reads from closes.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

import msgspec
import structlog

from rushes import processors as machine
from rushes.engines.contract import Done, Failed, FailureCode, Lost, Pending, Status
from rushes.engines.local.cores import Cores
from rushes.engines.local.group import ProcessGroup
from rushes.engines.local.wire import Report, Task
from rushes.ids import new_id

log = structlog.get_logger("host")

_LINE_LIMIT = 1 << 20
_MEMORY_POLL = 0.5
_STARVED = frozenset({-signal.SIGABRT, -signal.SIGSEGV, -signal.SIGKILL})
"""How a process ends that got no memory: most libraries give up at once, and the kernel kills without asking."""
_DIED = "the render process died"
_SHORT_OF_MEMORY = "the render process died, most likely for want of memory; a smaller or shorter one may work"


class _Child(ProcessGroup):
    def __init__(self, process: asyncio.subprocess.Process, engine: str, threads: int) -> None:
        super().__init__(process)
        self.idle_since = asyncio.get_running_loop().time()
        self.engine = engine
        """Whose libraries and models it has loaded."""
        self.threads = threads
        """With how many they compute; that is said once, when they are loaded."""


class RenderHost:
    """Keeps up to `slots` children for long tasks and one for short ones; more tasks wait their turn.

    A long task's child computes with its part of the `processors` (0: all there are), a short one's with all of them:
    the others are paused meanwhile. `memory_bytes` bounds each child's address space. `memory_total` is what they may
    hold together: above it idle children are stopped, and no further long task begins beside another. 0: no bound.
    """

    def __init__(
        self,
        cores: Cores,
        *,
        slots: int,
        idle_seconds: float,
        memory_bytes: int = 0,
        memory_total: int = 0,
        processors: int = 0,
    ) -> None:
        count = processors or machine.processors()
        slots = min(slots, count)
        self._cores = cores
        self._slots = {False: asyncio.Semaphore(slots), True: asyncio.Semaphore(1)}
        self._entering = {False: asyncio.Lock(), True: asyncio.Lock()}
        self._threads = {False: count // slots, True: count}
        self._idle_seconds = idle_seconds
        self._memory_bytes = memory_bytes
        self._memory_total = memory_total
        self._busy: list[_Child] = []
        self._idle: list[_Child] = []
        self._status: dict[str, Status] = {}
        self._runs: dict[str, asyncio.Task[None]] = {}
        self._reaper: asyncio.Task[None] | None = None

    def submit(self, task: Task) -> str:
        """Begin a task; its id for `status` and `cancel`."""
        name = new_id("task_")
        self._status[name] = Pending(progress=0.0)
        self._runs[name] = asyncio.create_task(self._run(name, task))
        if self._reaper is None:
            self._reaper = asyncio.create_task(self._reap())
        return name

    def status(self, name: str) -> Status | None:
        """How a task stands; None for one this host does not know."""
        return self._status.get(name)

    async def ended(self, name: str) -> Status:
        """Wait for a task's end; how it ended. Given up, it stops the task."""
        run = self._runs.get(name)
        try:
            if run is not None:
                await asyncio.wait({run})
            return self._status.get(name) or Lost()
        except asyncio.CancelledError:
            await self.cancel(name)
            raise

    async def cancel(self, name: str) -> None:
        """Stop a task: when this returns, its process is dead."""
        run = self._runs.get(name)
        if run is not None:
            run.cancel()
            await asyncio.gather(run, return_exceptions=True)
        self._status.pop(name, None)

    def forget(self, name: str) -> None:
        """Drop what is known of an ended task."""
        self._status.pop(name, None)

    async def close(self) -> None:
        """Kill every child."""
        if self._reaper is not None:
            self._reaper.cancel()
        for name in list(self._runs):
            await self.cancel(name)
        for child in self._idle:
            child.kill()
            await child.process.wait()
        self._idle.clear()

    async def _run(self, name: str, task: Task) -> None:
        try:
            async with self._slots[task.short]:
                async with self._entering[task.short]:  # one by one: whoever enters next must see this one's memory
                    await self._room(task)
                    child = await self._child(task)
                    self._busy.append(child)
                try:
                    async with self._cores.use(child, short=task.short):
                        self._status[name] = await self._talk(child, name, task)
                except BaseException:
                    child.kill()
                    await child.process.wait()
                    raise
                finally:
                    self._busy.remove(child)
                if child.alive:
                    child.idle_since = asyncio.get_running_loop().time()
                    self._idle.append(child)
        except asyncio.CancelledError:
            raise
        except Exception as error:
            log.error("render process could not be used", exc_info=error)
            self._status[name] = Failed(code=FailureCode.INTERNAL, message="the render process could not be used")
        finally:
            self._runs.pop(name, None)

    async def _child(self, task: Task) -> _Child:
        """One that did the same before and has its models loaded, else a new one."""
        threads = self._threads[task.short]
        for child in self._idle:
            if (child.engine, child.threads) == (task.engine, threads):
                self._idle.remove(child)
                return child
        return _Child(await _spawn(self._memory_bytes, threads), task.engine, threads)

    async def _room(self, task: Task) -> None:
        """Wait until there is memory for another long task. Short ones, and one that would be alone, do not wait."""
        await self._tidy(task.engine)
        while self._busy and self._is_full() and not task.short:
            await asyncio.sleep(_MEMORY_POLL)

    async def _tidy(self, kept: str = "") -> None:
        """While too much memory is held, stop idle children: those for the engine `kept` last, the oldest first."""
        for child in sorted(self._idle, key=lambda each: (each.engine == kept, each.idle_since)):
            if not self._is_full():
                return
            await self._stop(child)

    async def _stop(self, child: _Child) -> None:
        if child in self._idle:  # nobody took it while another was waited for
            self._idle.remove(child)
            child.kill()
            await child.process.wait()

    def _is_full(self) -> bool:
        if not self._memory_total:
            return False
        return sum(child.resident() for child in (*self._busy, *self._idle)) >= self._memory_total

    async def _talk(self, child: _Child, name: str, task: Task) -> Status:
        assert child.process.stdin is not None
        assert child.process.stdout is not None
        child.process.stdin.write(msgspec.json.encode(task) + b"\n")
        await child.process.stdin.drain()
        while line := await child.process.stdout.readline():
            report = msgspec.json.decode(line, type=Report)
            if report.outputs is not None:
                return Done(outputs=report.outputs, warnings=report.warnings)
            if report.code is not None:
                return Failed(code=report.code, message=report.message, for_want_of_room=report.for_want_of_room)
            self._status[name] = Pending(progress=report.progress)
        code = await child.process.wait()
        log.error("render process died", engine=task.engine, exit_code=code)
        return Failed(code=FailureCode.INTERNAL, message=_SHORT_OF_MEMORY if code in _STARVED else _DIED)

    async def _reap(self) -> None:
        while True:
            await asyncio.sleep(min(5.0, self._idle_seconds))
            oldest = asyncio.get_running_loop().time() - self._idle_seconds
            for child in [child for child in self._idle if child.idle_since < oldest]:
                await self._stop(child)
            await self._tidy()


async def _spawn(memory_bytes: int, threads: int) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "rushes.engines.local.child",
        str(memory_bytes),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        cwd=Path("/"),
        start_new_session=True,
        limit=_LINE_LIMIT,
        env={**os.environ, **machine.share(threads)},
    )
