"""Identifiers: unguessable, and sorted by the time they were made."""

from __future__ import annotations

import os
import threading
import time

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_PAIRS = [first + second for first in _ALPHABET for second in _ALPHABET]
_SHIFTS = range(120, -1, -10)
_FETCHED = 2048
"""Random bytes from the system at a time: while it is asked, other threads run, and it takes long to be back."""
_lock = threading.Lock()


class IdMaker:
    """Makes ids of 48 bits of milliseconds and 80 random bits, never decreasing within one maker."""

    def __init__(self) -> None:
        self._last = 0
        self._random = 0
        self._bytes = b""
        self._process = 0

    def __call__(self, prefix: str) -> str:
        """One id, `prefix` then 26 characters: new_id("job_") -> "job_01kabc…"."""
        with _lock:
            now = time.time_ns() // 1_000_000
            if now <= self._last:
                self._random += 1 + self._bits(4)
            else:
                self._last = now
                self._random = self._bits(10) >> 1
            value = (self._last << 80) + self._random
        return prefix + _encode(value)

    def _bits(self, count: int) -> int:
        """So many random bytes, as a number; never the same ones again."""
        if len(self._bytes) < count or self._process != os.getpid():
            self._bytes, self._process = os.urandom(_FETCHED), os.getpid()
        taken, self._bytes = self._bytes[:count], self._bytes[count:]
        return int.from_bytes(taken)


def first_id(prefix: str, milliseconds: int) -> str:
    """What every id made at `milliseconds` since 1970 or later is greater than or equal to."""
    return prefix + _encode(milliseconds << 80)


def _encode(value: int) -> str:
    return "".join([_PAIRS[value >> shift & 1023] for shift in _SHIFTS])


new_id = IdMaker()


def now_ms() -> int:
    """Milliseconds since 1970, the unit of every time in the database."""
    return time.time_ns() // 1_000_000
