"""Work on many jobs of many engines, so much of each engine's at a time: a slow one makes only its own jobs wait."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Coroutine

Work = Callable[[], Coroutine[None, None, None]]


class Turns:
    """Starts work at once while fewer than `most` pieces of the same name go on, else when it is its turn.

    What waits has no task: it lies in a queue.
    """

    def __init__(self, most: int, spawn: Callable[[Coroutine[None, None, None]], None]) -> None:
        self._most = most
        self._spawn = spawn
        self._going: dict[str, int] = {}
        self._waiting: dict[str, deque[Work]] = {}
        self._closed = False

    def add(self, name: str, work: Work) -> None:
        """Do `work` when it is its turn among that of `name`."""
        if self._going.get(name, 0) < self._most:
            self._begin(name, work)
        else:
            self._waiting.setdefault(name, deque()).append(work)

    def close(self) -> None:
        """Begin nothing that has not begun."""
        self._closed = True

    def _begin(self, name: str, work: Work) -> None:
        if self._closed:
            return
        self._going[name] = self._going.get(name, 0) + 1
        self._spawn(self._run(name, work))

    async def _run(self, name: str, work: Work) -> None:
        try:
            await work()
        finally:
            self._going[name] -= 1
            waiting = self._waiting.get(name)
            if waiting:
                self._begin(name, waiting.popleft())
            elif not self._going[name]:
                del self._going[name]
                self._waiting.pop(name, None)
