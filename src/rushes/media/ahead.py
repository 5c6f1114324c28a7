"""Stages of work side by side: what one makes is made ahead, in a thread of its own, while the next one works on.

NumPy, OpenCV, codecs and networks compute outside Python's lock, so a stage that keeps one core busy takes nothing from
one that waits for another. What waits is counted: memory does not grow with the length of the work.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Generator, Iterator
from typing import Generic, Self, TypeVar

T = TypeVar("T")


def _one(_: object) -> int:
    return 1


class Ahead(Generic[T]):
    """What an iterator gives, in its order; it begins at once, and is used by nobody else from now on.

    Iterate over it as a context manager, whose end is the thread's.
    """

    def __init__(self, source: Iterator[T], room: int = 1, size: Callable[[T], int] = _one) -> None:
        """room: what may wait, in all, before the source pauses; one thing always may. size: of a thing."""
        self._source, self._room, self._size = source, room, size
        self._ready: deque[T] = deque()
        self._held = 0
        self._closed = self._ended = False
        self._error: BaseException | None = None
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._work, name="ahead", daemon=True)
        self._thread.start()

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> T:
        """The next thing. Raises what the source raised, after all that came before."""
        with self._changed:
            self._changed.wait_for(lambda: self._ready or self._ended)
            if self._ready:
                thing = self._ready.popleft()
                self._held -= self._size(thing)
                self._changed.notify_all()
                return thing
        raise self._error or StopIteration

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Wait until the thread is out of the source, which may still be at its present thing."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self._thread.join()

    def _work(self) -> None:
        try:
            for thing in self._source:
                if not self._kept(thing):
                    break
            if isinstance(self._source, Generator):
                self._source.close()
        except BaseException as error:
            self._error = error
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def _kept(self, thing: T) -> bool:
        """False when there is nobody to take more."""
        with self._changed:
            self._ready.append(thing)
            self._held += self._size(thing)
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._closed or self._held < self._room)
            return not self._closed
