"""Packets made ahead of their turn, in a thread of their own: codecs work outside Python's lock."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Generator
from typing import Any

_ROOM = 64_000_000
"""Bytes that wait; then the thread does."""


class Ahead:
    """What a generator of packets gives, in its order; it begins at once. Iterate over it, and close it."""

    def __init__(self, packets: Generator[Any, None, None], room: int = _ROOM) -> None:
        """room: bytes that may wait; one packet always may."""
        self._packets, self._room = packets, room
        self._ready: deque[Any] = deque()
        self._held = 0
        self._closed = self._ended = False
        self._error: BaseException | None = None
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._work, name="ahead", daemon=True)
        self._thread.start()

    def __iter__(self) -> Ahead:
        return self

    def __next__(self) -> Any:
        """The next packet. Raises what the generator raised, after all that came before."""
        with self._changed:
            self._changed.wait_for(lambda: self._ready or self._ended)
            if self._ready:
                packet = self._ready.popleft()
                self._held -= packet.size
                self._changed.notify_all()
                return packet
        raise self._error or StopIteration

    def close(self) -> None:
        """End the thread, whatever is still to come."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self._thread.join()

    def _work(self) -> None:
        try:
            for packet in self._packets:
                if not self._kept(packet):
                    break
            self._packets.close()
        except BaseException as error:
            self._error = error
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def _kept(self, packet: Any) -> bool:
        with self._changed:
            self._changed.wait_for(lambda: self._closed or not self._held or self._held + packet.size <= self._room)
            self._ready.append(packet)
            self._held += packet.size
            self._changed.notify_all()
            return not self._closed
